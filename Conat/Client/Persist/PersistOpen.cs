using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Persist;

/// <summary>
/// What a client writes first on a socket (spec 07 §1.3): <c>{"storage":{"path":"projects/P/foo","ephemeral":false},"changefeed":false}</c>.
/// </summary>
/// <param name="Path">The storage path.</param>
/// <param name="Ephemeral">Never written to disk; null leaves it out, which is false.</param>
/// <param name="Sync">Flushed to the disk with each write; null leaves it out, which is false.</param>
/// <param name="Changefeed">Whether events are sent from the start; null leaves it out, which is false.</param>
public sealed record PersistOpen(string Path, bool? Ephemeral = null, bool? Sync = null, bool? Changefeed = null)
{
    /// <summary>As it is written.</summary>
    public WireValue.Members ToWire() => new WireObject
    {
        [PersistHeaders.Storage] = new WireObject
        {
            [PersistHeaders.Path] = Path,
            [PersistHeaders.Ephemeral] = Ephemeral is { } ephemeral ? ephemeral : (WireValue?)null,
            [PersistHeaders.Sync] = Sync is { } sync ? sync : (WireValue?)null,
        }.Build(),
        [PersistHeaders.Changefeed] = Changefeed is { } changefeed ? changefeed : (WireValue?)null,
    }.Build();

    /// <summary>Reads one; other members are ignored.</summary>
    /// <exception cref="ConatException"><c>storage.path must be given</c>, code 400.</exception>
    public static PersistOpen Read(WireValue value) =>
        value is WireValue.Members members && members[PersistHeaders.Storage] is WireValue.Members storage && storage[PersistHeaders.Path] is WireValue.Text path
            ? new PersistOpen(
                path.Value,
                storage[PersistHeaders.Ephemeral].IsTruthy(),
                storage[PersistHeaders.Sync].IsTruthy(),
                members[PersistHeaders.Changefeed].IsTruthy())
            : throw new ConatException("storage.path must be given", PersistCodes.BadRequest);
}
