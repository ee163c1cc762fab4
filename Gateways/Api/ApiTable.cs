using System.Collections.Immutable;
using ProjectSilo.Conat.Values;
using ProjectSilo.Gateways.Conat.Terminals;
using ProjectSilo.Grains.Interfaces;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Interfaces.Project;

namespace ProjectSilo.Gateways.Api;

/// <summary>
/// The one table of <c>system.*</c>, <c>editor.*</c> and <c>sync.*</c> (spec 06 §3): every wire dispatches into it, so a method behaves the same on each.
/// </summary>
/// <param name="grains">The grains of this compute server.</param>
/// <param name="identity">Who this daemon is.</param>
/// <param name="time">The clock.</param>
/// <param name="computeServers">The others; null if there is no bus.</param>
/// <param name="services">The services on the bus; null if there is none.</param>
/// <param name="terminals">The terminals on the bus; null if there is none.</param>
public sealed class ApiTable(
    IGrainFactory grains, ApiIdentity identity, TimeProvider time, IComputeServers? computeServers = null, IServiceSwitch? services = null, ITerminalServices? terminals = null) : IApi
{
    private readonly Dictionary<string, Func<ApiCall, ValueTask<WireValue>>> _methods = Methods(identity, time);

    internal ApiIdentity Identity => identity;

    internal IServiceSwitch? Services => services;

    internal ITerminalServices? Terminals => terminals;

    /// <summary>The API of compute server <paramref name="computeServerId"/>: this table, or that of another daemon over the bus.</summary>
    /// <exception cref="RequestException">There is no bus. That a server can't be reached is a failure of its calls.</exception>
    public IApi For(int computeServerId) =>
        computeServerId == identity.ComputeServerId ? this : computeServers?.For(computeServerId) ?? throw NoConnection();

    /// <summary>What is told of a compute server that isn't there (spec 06 §3.4).</summary>
    internal static RequestException NoConnection() => new("no connection to compute server -- please start or restart it");

    /// <summary>Whether there is such a method.</summary>
    public bool Knows(string name) => _methods.ContainsKey(name);

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

    /// <summary>The grain for <paramref name="rest"/> on this compute server.</summary>
    public T Grain<T>(string rest)
        where T : IGrainWithStringKey => grains.GetGrain<T>(GrainKey.Of(identity.ComputeServerId, rest));

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
        TerminalMethods.AddTo(methods);
        FormatterMethods.AddTo(methods);
        KernelMethods.AddTo(methods);
        NotebookMethods.AddTo(methods);
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
