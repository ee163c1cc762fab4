namespace ProjectSilo.Conat.Persist;

/// <summary>
/// Which server has an owner's streams (spec 07 §1.2): a pure function of the scope, so that all clients of an owner meet on one server. A split would lose change events.
/// </summary>
public static class PersistServerIds
{
    /// <summary>The id of <paramref name="scope"/>'s server among <paramref name="ids"/>, which is not empty and whose order is fixed.</summary>
    public static string Choose(string scope, IReadOnlyList<string> ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        ArgumentOutOfRangeException.ThrowIfZero(ids.Count);
        return ids[(int)(Math.Abs((long)Hash(scope)) % ids.Count)];
    }

    /// <summary>The hash of a text's UTF-16 code units: h·31 + c for each, in 32 bits that wrap.</summary>
    public static int Hash(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var hash = 0;
        foreach (var unit in text)
        {
            hash = unchecked((hash << 5) - hash + unit);
        }

        return hash;
    }
}
