using System.Collections.Immutable;

using ProjectSilo.Conat.Values;
namespace ProjectSilo.Gateways.Api;

/// <summary>The project API of one compute server, wherever that is.</summary>
public interface IApi
{
    /// <summary>Calls a method, e.g. <c>system.exec</c>.</summary>
    /// <returns>The result; <see cref="WireValue.Null"/> for none.</returns>
    /// <exception cref="Exception">It failed: <see cref="WireErrors.Text"/> says what the client is told.</exception>
    ValueTask<WireValue> Invoke(string name, ImmutableArray<WireValue> arguments, string caller, CancellationToken cancellationToken);
}
