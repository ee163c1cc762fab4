using System.Collections.Immutable;
using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Persist;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Stores;

/// <summary>Which synctable to open, and how (spec 07 §12).</summary>
public sealed record SyncTableOptions
{
    /// <summary>The table, e.g. <c>syncstrings</c>.</summary>
    public required string Table { get; init; }

    /// <summary>The row that the query asks for: fields with values select, those with null are wanted.</summary>
    public required WireValue.Members Row { get; init; }

    /// <summary>The project; the daemon always gives its own.</summary>
    public string? ProjectId { get; init; }

    /// <summary>The account, which owns the table if it is given and the row isn't a document's.</summary>
    public string? AccountId { get; init; }

    /// <summary>Whether a row is one value, else each of its fields is.</summary>
    public bool IsAtomic { get; init; }

    /// <summary>As <see cref="StoreOptions.IsEphemeral"/>.</summary>
    public bool IsEphemeral { get; init; }

    /// <summary>As <see cref="StoreOptions.Config"/>.</summary>
    public StreamConfigurationChange? Config { get; init; }

    /// <summary>As <see cref="StoreOptions.Description"/>; normally <c>{path}</c>.</summary>
    public WireValue? Description { get; init; }

    /// <summary>As <see cref="StreamOptions.StartSeq"/>, of a stream of patches.</summary>
    public long StartSeq { get; init; }

    /// <summary>As <see cref="StoreOptions.NoInventory"/>.</summary>
    public bool NoInventory { get; init; }

    /// <summary>As <see cref="StoreOptions.NoAutosave"/>.</summary>
    public bool NoAutosave { get; init; }

    /// <summary>As <see cref="StoreOptions.NoCache"/>.</summary>
    public bool NoCache { get; init; }

    /// <summary>The fields whose values are a row's key; default are those of the table.</summary>
    public ImmutableArray<string> PrimaryKeys { get; init; }

    /// <summary>Reads a query <c>{table: [{field: value or null, …}]}</c>.</summary>
    /// <param name="query">The query.</param>
    /// <param name="obj">Goes into the row first: <c>{project_id, path}</c>.</param>
    /// <exception cref="ConatException"><c>query must have exactly one table</c>, and one row in it.</exception>
    public static SyncTableOptions OfQuery(WireValue.Members query, WireValue.Members? obj = null)
    {
        ArgumentNullException.ThrowIfNull(query);
        if (query.Values is not [(var table, var rows)] || (rows is WireValue.Items { Values: [var first] } ? first : rows) is not WireValue.Members row)
        {
            throw new ConatException("query must have exactly one table, with one row");
        }

        return new SyncTableOptions { Table = table, Row = obj is null ? row : new WireObject().AddAll(row, [.. obj.Values.Select(member => member.Key)]).AddAll(obj).Build() };
    }
}
