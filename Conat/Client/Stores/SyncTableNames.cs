using System.Collections.Immutable;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Stores;

/// <summary>How synctables are called, and their rows (spec 07 §12.1, §12.2).</summary>
public static class SyncTableNames
{
    /// <summary>The table of a document's patches, which is a stream.</summary>
    public const string Patches = "patches";

    /// <summary>The fields whose values are the key of a table's row.</summary>
    public static ImmutableArray<string> PrimaryKeys(string table) => table switch
    {
        "syncstrings" => ["string_id"],
        Patches => ["string_id", "time", "is_snapshot"],
        "ipywidgets" => ["string_id", "model_id", "type"],
        "eval_inputs" => ["string_id", "time", "user_id"],
        "eval_outputs" => ["string_id", "time", "number"],
        "cursors" => ["string_id", "user_id"],
        "accounts" => ["account_id"],
        "projects" => ["project_id"],
        _ => ["id"],
    };

    /// <summary>The name of the table's store: <c>syncstrings:859f…</c>; without a <c>string_id</c> in the row that has the whole row in its place, as JSON with sorted members.</summary>
    public static string StoreName(string table, WireValue.Members row)
    {
        ArgumentNullException.ThrowIfNull(row);
        return $"{table}:{row["string_id"].AsText() ?? WireJson.ToCanonicalText(row)}";
    }

    /// <summary>Who owns the table's store: the project of a document, else the account.</summary>
    public static (string? AccountId, string? ProjectId) Owner(SyncTableOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return options.Row["string_id"] is WireValue.Text && options.Row["project_id"].AsText() is { } project
            ? (null, project)
            : (options.AccountId ?? options.Row["account_id"].AsText(), options.ProjectId);
    }

    /// <summary>The key of a row: its primary key's value, or a list of their values.</summary>
    public static string RowKey(ImmutableArray<string> primaryKeys, WireValue.Members row)
    {
        ArgumentNullException.ThrowIfNull(row);
        return primaryKeys is [var one]
            ? row.Has(one) ? StoreNames.ToKey(row[one]) : ""
            : StoreNames.ToKey(new WireValue.Items([.. primaryKeys.Select(name => row[name])]));
    }

    /// <summary>The key of a patch: <c>["859f…",1700000000000,null]</c>.</summary>
    public static string PatchKey(string stringId, WireValue.Members row)
    {
        ArgumentNullException.ThrowIfNull(row);
        return WireJson.ToText(new WireValue.Items([stringId, row["time"], row["is_snapshot"]]));
    }
}
