using System.Security.Cryptography;
using System.Text;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Stores;

/// <summary>The names and keys of stores that all members of the bus build alike (spec 07 §6, §9, §11): existing data is found by them.</summary>
public static class StoreNames
{
    /// <summary>What the name of a dko's dkv begins with.</summary>
    public const string DkoPrefix = "__dko__";

    /// <summary>SHA-1 in lower case hex of all arguments in a row: texts as they are in UTF-8, other values as JSON.</summary>
    public static string Sha1(params ReadOnlySpan<WireValue> arguments)
    {
        var text = new StringBuilder();
        foreach (var argument in arguments)
        {
            text.Append(argument.AsText() ?? WireJson.ToText(argument));
        }

        return Sha1Hex(text.ToString());
    }

    /// <summary>A document's id: <c>sha1(project_id + path)</c>, e.g. <c>859f504aba186be4c771e4bb086d88d2250461ba</c>.</summary>
    public static string StringId(string projectId, string path) => Sha1Hex(projectId + path);

    /// <summary>The stream of a document's patches: <c>patches:859f50…</c>.</summary>
    public static string Patches(string stringId) => $"patches:{stringId}";

    /// <summary>
    /// A value as a row's key: a text as it is, other scalars as JavaScript shows them, objects and lists as JSON with sorted members, a date as its ISO text in quotes.
    /// </summary>
    public static string ToKey(WireValue value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return value switch
        {
            WireValue.Nothing => "null",
            WireValue.Text or WireValue.Bool or WireValue.Number => value.ScalarToText()!,
            _ => WireJson.ToCanonicalText(value),
        };
    }

    /// <summary>The key of a store in the inventory: <c>{"name":"mykv","type":"kv"}</c>.</summary>
    public static string InventoryKey(string name, string type) => WireJson.ToText(new WireObject { ["name"] = name, ["type"] = type }.Build());

    /// <summary>The key of a field's row in a dko: <c>["o","a"]</c>.</summary>
    public static string FieldKey(string key, string field) => WireJson.ToText(new WireValue.Items([key, field]));

    /// <summary>Reads a key of a dko's dkv: with a field it is the row of that field, without the row of the object.</summary>
    public static (string Key, string? Field) ReadFieldKey(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return key.StartsWith('[') && key.EndsWith(']') && WireJson.TryParse(Encoding.UTF8.GetBytes(key), out var value)
            && value is WireValue.Items { Values: [var first, var second] }
            ? (AsName(first), AsName(second))
            : (key, null);
    }

    private static string AsName(WireValue value) => value is WireValue.Nothing ? "null" : value.Show();

    private static string Sha1Hex(string text)
    {
#pragma warning disable CA5350 // A name, not a secret: the wire has SHA-1.
        return Convert.ToHexStringLower(SHA1.HashData(Encoding.UTF8.GetBytes(text)));
#pragma warning restore CA5350
    }
}
