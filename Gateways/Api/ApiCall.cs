using System.Collections.Immutable;

using ProjectSilo.Conat.Values;
namespace ProjectSilo.Gateways.Api;

/// <summary>One call of a method of the table.</summary>
/// <param name="Api">The table, for calls that go on elsewhere.</param>
/// <param name="Arguments">Positional; see <see cref="Argument"/>.</param>
/// <param name="Caller">The connection that asks, e.g. <c>hub:3</c>.</param>
/// <param name="CancellationToken">The caller has gone away.</param>
public sealed record ApiCall(ApiTable Api, ImmutableArray<WireValue> Arguments, string Caller, CancellationToken CancellationToken)
{
    /// <summary>The argument at <paramref name="index"/>; absent ones are null.</summary>
    public WireValue Argument(int index) => index < Arguments.Length ? Arguments[index] : WireValue.Null;

    /// <summary>The options object at <paramref name="index"/>; anything else counts as an empty one.</summary>
    public WireValue.Members Options(int index) => Argument(index) as WireValue.Members ?? new WireValue.Members([]);

    /// <summary>The grain of its kind on this compute server.</summary>
    public T Grain<T>()
        where T : IGrainWithStringKey => Api.Grain<T>();
}
