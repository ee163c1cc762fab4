using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Persist;

namespace ProjectSilo.Conat.Server.Persist.Engine;

/// <summary>How many sockets have a stream open (spec 07 §1.10), counted from the open frame to the socket's end.</summary>
internal sealed class OpenQuota(int maxPerScope, int max)
{
    /// <summary>Guards the two below.</summary>
    private readonly Lock _gate = new();
    private readonly Dictionary<string, int> _scopes = new(StringComparer.Ordinal);
    private int _all;

    /// <summary>One more.</summary>
    /// <returns>Why not, code 429; null if there is room.</returns>
    public ConatException? TryEnter(string scope)
    {
        lock (_gate)
        {
            var count = _scopes.GetValueOrDefault(scope);
            if (count >= maxPerScope)
            {
                return Refusal($"per user limit of {maxPerScope}");
            }

            if (_all >= max)
            {
                return Refusal($"global limit of {max}");
            }

            _scopes[scope] = count + 1;
            _all++;
            return null;
        }
    }

    /// <summary>One less.</summary>
    public void Leave(string scope)
    {
        lock (_gate)
        {
            _all--;
            if (--_scopes[scope] == 0)
            {
                _scopes.Remove(scope);
            }
        }
    }

    private static ConatException Refusal(string limit) =>
        new($"There is a {limit} persistent storage.   Please close browser tabs or files or come back later.", PersistCodes.TooMany);
}
