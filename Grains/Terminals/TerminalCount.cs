using ProjectSilo.Grains.Interfaces.Errors;

namespace ProjectSilo.Grains.Terminals;

/// <summary>How many terminals have a process.</summary>
internal sealed class TerminalCount
{
    private int _count;

    /// <summary>One more.</summary>
    /// <exception cref="RequestException">There are as many as there may be.</exception>
    public void Add(int most)
    {
        if (Interlocked.Increment(ref _count) > most && most > 0)
        {
            Remove();
            throw new RequestException($"there are {most} terminals already -- please close some");
        }
    }

    /// <summary>One less.</summary>
    public void Remove() => Interlocked.Decrement(ref _count);
}
