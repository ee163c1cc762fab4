namespace ProjectSilo.Conat.Server.Persist.Storage;

/// <summary>The order of texts by their bytes in UTF-8, which is SQLite's: that of the code points.</summary>
internal static class Utf8Order
{
    /// <summary>Negative if <paramref name="left"/> comes first.</summary>
    public static int Compare(string left, string right)
    {
        var length = Math.Min(left.Length, right.Length);
        for (var i = 0; i < length; i++)
        {
            if (left[i] != right[i])
            {
                return Rank(left[i]) - Rank(right[i]);
            }
        }

        return left.Length - right.Length;
    }

    /// <summary>Surrogates stand for code points beyond all that one unit can be.</summary>
    private static int Rank(char unit) => char.IsSurrogate(unit) ? unit + char.MaxValue : unit;
}
