using System.Collections.Concurrent;
using System.Reflection;
using Orleans;
using Orleans.Concurrency;
using Orleans.Runtime;
using ProjectSilo.Grains.Runtime.Streaming;

namespace ProjectSilo.Grains.Runtime.Calls;

/// <summary>All that is known of one method of a grain interface, found out once.</summary>
internal abstract class GrainMethod
{
    private readonly MethodInvoker _invoker;
    private readonly ConcurrentDictionary<Type, MethodInfo> _implementations = new();

    protected GrainMethod(MethodInfo info)
    {
        Info = info;
        _invoker = MethodInvoker.Create(info);
        InterfaceName = info.DeclaringType!.FullName!;
        SpanName = $"{info.DeclaringType.Name}/{info.Name}";
        AlwaysInterleave = info.IsDefined(typeof(AlwaysInterleaveAttribute));
        ReadOnly = info.IsDefined(typeof(ReadOnlyAttribute));
        ResponseTimeout = info.GetCustomAttribute<ResponseTimeoutAttribute>()?.Timeout;
        TokenIndex = Array.FindIndex(info.GetParameters(), parameter => parameter.ParameterType == typeof(CancellationToken));
    }

    public MethodInfo Info { get; }

    public string Name => Info.Name;

    public string InterfaceName { get; }

    /// <summary>E.g. <c>IFilesGrain/ReadFile</c>.</summary>
    public string SpanName { get; }

    public bool AlwaysInterleave { get; }

    public bool ReadOnly { get; }

    /// <summary>Null for the silo's default.</summary>
    public TimeSpan? ResponseTimeout { get; }

    /// <summary>Position of the cancellation token among the parameters, or -1.</summary>
    public int TokenIndex { get; }

    /// <exception cref="NotSupportedException">A grain can't have such a method.</exception>
    public static GrainMethod Create(MethodInfo info)
    {
        var type = info.ReturnType;
        if (info.IsGenericMethod || info.GetParameters().Any(parameter => parameter.ParameterType.IsByRef))
        {
            throw new NotSupportedException($"{info.DeclaringType}.{info.Name}: grain methods are neither generic nor have ref or out parameters.");
        }

        if (type == typeof(Task))
        {
            return new TaskMethod(info);
        }

        if (type == typeof(ValueTask))
        {
            return new ValueTaskMethod(info);
        }

        var shape = type.IsGenericType ? type.GetGenericTypeDefinition() : null;
        var implementation = shape == typeof(Task<>) ? typeof(TaskMethod<>)
            : shape == typeof(ValueTask<>) ? typeof(ValueTaskMethod<>)
            : shape == typeof(IAsyncEnumerable<>) ? typeof(EnumerableMethod<>)
            : throw new NotSupportedException($"{info.DeclaringType}.{info.Name}: grain methods return Task, ValueTask or IAsyncEnumerable.");
        return (GrainMethod)Activator.CreateInstance(implementation.MakeGenericType(type.GetGenericArguments()), info)!;
    }

    /// <summary>The caller's side: sends the request and gives what the interface's method returns.</summary>
    public abstract object Call(EmbeddedSilo silo, GrainId target, object?[] arguments);

    public MethodInfo ImplementationIn(Type grainClass) => _implementations.GetOrAdd(grainClass, static (type, interfaceMethod) =>
    {
        var map = type.GetInterfaceMap(interfaceMethod.DeclaringType!);
        return map.TargetMethods[Array.IndexOf(map.InterfaceMethods, interfaceMethod)];
    }, Info);

    /// <summary>Calls the method of <paramref name="grain"/>; what it throws is not wrapped.</summary>
    protected object InvokeOn(object grain, object?[] arguments) =>
        _invoker.Invoke(grain, arguments.AsSpan()) ?? throw new InvalidOperationException($"{InterfaceName}.{Name} returned null.");

    protected CancellationToken TokenIn(object?[] arguments) => TokenIndex >= 0 ? (CancellationToken)arguments[TokenIndex]! : CancellationToken.None;
}
