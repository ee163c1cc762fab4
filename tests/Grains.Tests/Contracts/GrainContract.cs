using System.Collections.Immutable;
using System.Reflection;
using System.Runtime.CompilerServices;
using Orleans;

namespace ProjectSilo.Grains.Tests.Contracts;

/// <summary>
/// Finds what may not cross a grain call. Orleans would copy it or fail to; the embedded host passes references and would hide the mistake
/// (docs/design: decision 2).
/// </summary>
internal sealed class GrainContract
{
    private static readonly HashSet<Type> Values =
    [
        typeof(string), typeof(bool), typeof(char), typeof(byte), typeof(sbyte), typeof(short), typeof(ushort), typeof(int), typeof(uint), typeof(long),
        typeof(ulong), typeof(float), typeof(double), typeof(decimal), typeof(Guid), typeof(DateTime), typeof(DateTimeOffset), typeof(TimeSpan),
        typeof(ReadOnlyMemory<byte>),
    ];

    private static readonly HashSet<Type> Collections =
    [
        typeof(Nullable<>), typeof(ImmutableArray<>), typeof(ImmutableList<>), typeof(ImmutableHashSet<>), typeof(ImmutableSortedSet<>),
        typeof(ImmutableDictionary<,>), typeof(ImmutableSortedDictionary<,>),
    ];

    private readonly HashSet<Type> _seen = [];
    private readonly Dictionary<string, Type> _aliases = [];
    private readonly List<string> _violations = [];

    /// <summary>All violations in the grain interfaces of <paramref name="assembly"/>.</summary>
    public static IReadOnlyList<string> Check(Assembly assembly) =>
        Check(assembly.GetTypes().Where(type => type.IsInterface && typeof(IGrain).IsAssignableFrom(type)));

    public static IReadOnlyList<string> Check(IEnumerable<Type> grainInterfaces)
    {
        var contract = new GrainContract();
        foreach (var method in grainInterfaces.SelectMany(type => type.GetMethods()))
        {
            var place = $"{method.DeclaringType!.Name}.{method.Name}";
            foreach (var parameter in method.GetParameters().Where(parameter => parameter.ParameterType != typeof(CancellationToken)))
            {
                contract.CheckType(parameter.ParameterType, $"{place}({parameter.Name})");
            }

            contract.CheckResult(method.ReturnType, place);
        }

        return contract._violations;
    }

    private void CheckResult(Type type, string place)
    {
        if (type == typeof(Task) || type == typeof(ValueTask))
        {
            return;
        }

        var shape = type.IsGenericType ? type.GetGenericTypeDefinition() : null;
        if (shape == typeof(Task<>) || shape == typeof(ValueTask<>) || shape == typeof(IAsyncEnumerable<>))
        {
            CheckType(type.GetGenericArguments()[0], place);
        }
        else
        {
            _violations.Add($"{place} returns {type}, not a task or an asynchronous sequence");
        }
    }

    private void CheckType(Type type, string place)
    {
        if (Values.Contains(type) || type.IsEnum || (type.IsInterface && typeof(IGrain).IsAssignableFrom(type)))
        {
            return;
        }

        if (type.IsGenericType && Collections.Contains(type.GetGenericTypeDefinition()))
        {
            foreach (var argument in type.GetGenericArguments())
            {
                CheckType(argument, place);
            }
        }
        else if (_seen.Add(type))
        {
            CheckRecord(type, $"{place}: {type}");
        }
    }

    private void CheckRecord(Type type, string place)
    {
        if (!IsRecord(type))
        {
            _violations.Add($"{place} is neither a record nor a known immutable type");
            return;
        }

        Require(type.IsSealed || type.IsAbstract, $"{place} is neither sealed nor abstract");
        Require(type.IsDefined(typeof(GenerateSerializerAttribute), inherit: false), $"{place} lacks [GenerateSerializer]");
        Require(type.IsDefined(typeof(ImmutableAttribute), inherit: false), $"{place} lacks [Immutable]");
        CheckAlias(type, place);
        CheckMembers(type, place);
        if (type.BaseType is { } parent && parent != typeof(object) && parent != typeof(ValueType))
        {
            CheckType(parent, place);
        }

        if (type.IsAbstract)
        {
            // A closed set of cases: each crosses the call in its base's place.
            foreach (var derived in type.Assembly.GetTypes().Where(candidate => candidate.BaseType == type))
            {
                CheckType(derived, place);
            }
        }
    }

    private void CheckAlias(Type type, string place)
    {
        if (type.GetCustomAttribute<AliasAttribute>(inherit: false)?.Alias is not { } alias)
        {
            _violations.Add($"{place} lacks [Alias]");
        }
        else if (!_aliases.TryAdd(alias, type) && _aliases[alias] != type)
        {
            _violations.Add($"{place} has the alias {alias} of {_aliases[alias]}");
        }
    }

    private void CheckMembers(Type type, string place)
    {
        const BindingFlags own = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
        var ids = new HashSet<uint>();
        foreach (var field in type.GetFields(own))
        {
            var property = type.GetProperty(field.Name.Split('<', '>') is [_, var name, _] ? name : field.Name, own);
            var member = (MemberInfo?)property ?? field;
            var id = member.GetCustomAttribute<IdAttribute>()?.Id;
            Require(id is not null, $"{place}.{member.Name} lacks [Id]");
            Require(id is null || ids.Add(id.Value), $"{place}.{member.Name} has an [Id] that another member has");
            Require(IsFixed(field, property), $"{place}.{member.Name} can be changed");
            CheckType(field.FieldType, $"{place}.{member.Name}");
        }
    }

    private static bool IsFixed(FieldInfo field, PropertyInfo? property) =>
        property?.SetMethod is { } setter ? setter.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit)) : field.IsInitOnly;

    private static bool IsRecord(Type type) => type.IsValueType
        ? type.IsDefined(typeof(IsReadOnlyAttribute)) && type.GetMethod("PrintMembers", BindingFlags.Instance | BindingFlags.NonPublic) is not null
        : type.GetMethod("<Clone>$") is not null;

    private void Require(bool holds, string violation)
    {
        if (!holds)
        {
            _violations.Add(violation);
        }
    }
}
