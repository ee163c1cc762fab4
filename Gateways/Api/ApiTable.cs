using System.Collections.Immutable;
using ProjectSilo.Conat.Values;
using ProjectSilo.Grains.Interfaces;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Interfaces.Project;

namespace ProjectSilo.Gateways.Api;

/// <summary>
/// The one table of <c>system.*</c>, <c>editor.*</c> and <c>sync.*</c> (spec 06 §3): every wire dispatches into it, so a method behaves the same on each.
/// </summary>
public sealed class ApiTable(IGrainFactory grains, ApiIdentity identity, TimeProvider time) : IApi
{
    private readonly Dictionary<string, Func<ApiCall, ValueTask<WireValue>>> _methods = Methods(identity, time);

    internal ApiIdentity Identity => identity;

    /// <summary>The API of compute server <paramref name="computeServerId"/>.</summary>
    /// <exception cref="RequestException">It can't be reached.</exception>
    public IApi For(int computeServerId) =>
        computeServerId == identity.ComputeServerId
            ? this
            : throw new RequestException("no connection to compute server -- please start or restart it");

    /// <inheritdoc />
    public ValueTask<WireValue> Invoke(string name, ImmutableArray<WireValue> arguments, string caller, CancellationToken cancellationToken) =>
        _methods.TryGetValue(FirstTwoParts(name), out var method)
            ? method(new ApiCall(this, arguments, caller, cancellationToken))
            : throw new RequestException($"unknown function '{name}'");

    /// <summary>The port of a named server, which is started if need be (spec 09 §10). Only hubs ask for it.</summary>
    public Task<int> NamedServerPort(string name) => Grain<IProjectGrain>().GetNamedServerPort(name);

    /// <summary>The grain of its kind on this compute server.</summary>
    public T Grain<T>()
        where T : IGrainWithStringKey => grains.GetGrain<T>(GrainKey.Of(identity.ComputeServerId));

    private static Dictionary<string, Func<ApiCall, ValueTask<WireValue>>> Methods(ApiIdentity identity, TimeProvider time)
    {
        var methods = new Dictionary<string, Func<ApiCall, ValueTask<WireValue>>>(StringComparer.Ordinal)
        {
            ["ping"] = _ => new ValueTask<WireValue>("pong"),
        };
        SystemMethods.AddTo(methods, identity, time);
        FileMethods.AddTo(methods);
        ConfigurationMethods.AddTo(methods);
        WorksheetMethods.AddTo(methods);
        foreach (var name in UnavailableMethods.Names)
        {
            methods.Add(name, _ => throw new RequestException($"{name} is not available yet"));
        }

        return methods;
    }

    /// <summary><c>system.exec.x</c> means <c>system.exec</c>.</summary>
    private static string FirstTwoParts(string name)
    {
        var first = name.IndexOf('.', StringComparison.Ordinal);
        var second = first < 0 ? -1 : name.IndexOf('.', first + 1);
        return second < 0 ? name : name[..second];
    }
}
