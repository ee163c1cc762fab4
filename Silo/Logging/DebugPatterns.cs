namespace ProjectSilo.Silo.Logging;

/// <summary>
/// The value of <c>DEBUG</c>: patterns with <c>*</c>, separated by commas or blanks; one that begins with <c>-</c> excludes, whatever its place
/// (spec 01 §15). E.g. <c>cocalc:*,-cocalc:silly:*</c>.
/// </summary>
internal sealed class DebugPatterns
{
    private readonly string[] _included;
    private readonly string[] _excluded;

    public DebugPatterns(string patterns)
    {
        var all = patterns.Split([',', ' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        _included = [.. all.Where(pattern => pattern[0] != '-')];
        _excluded = [.. all.Where(pattern => pattern[0] == '-').Select(pattern => pattern[1..])];
    }

    /// <param name="name">E.g. <c>cocalc:info:ProjectSilo.Silo.Hosting</c>.</param>
    public bool Match(string name) =>
        Array.Exists(_included, pattern => Matches(pattern, name)) && !Array.Exists(_excluded, pattern => Matches(pattern, name));

    /// <summary>Greedy with one step back, so linear in practice and free of recursion.</summary>
    private static bool Matches(ReadOnlySpan<char> pattern, ReadOnlySpan<char> name)
    {
        int p = 0, n = 0, star = -1, retry = 0;
        while (n < name.Length)
        {
            if (p < pattern.Length && pattern[p] == '*')
            {
                star = p++;
                retry = n;
            }
            else if (p < pattern.Length && pattern[p] == name[n])
            {
                p++;
                n++;
            }
            else if (star >= 0)
            {
                p = star + 1;
                n = ++retry;
            }
            else
            {
                return false;
            }
        }

        return pattern[p..].TrimStart('*').IsEmpty;
    }
}
