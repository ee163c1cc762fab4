using ProjectSilo.Conat.Core;

namespace ProjectSilo.Conat.Server.Persist.Engine;

/// <summary>A request to a stream as its owner carries it out: <see cref="Run"/> within a transaction, then, when all of that is kept, <see cref="Complete"/>.</summary>
internal abstract class StreamWork
{
    /// <summary>Whether it may change something.</summary>
    public abstract bool IsWrite { get; }

    /// <summary>Bytes that it keeps in memory.</summary>
    public virtual int Bytes => 0;

    /// <summary>Why it didn't work; null if it did.</summary>
    public ConatException? Error { get; set; }

    /// <summary>Does it; again, from the start, if what was done has been undone.</summary>
    /// <exception cref="ConatException">It is refused, and nothing has changed.</exception>
    /// <exception cref="Storage.StorageException">The disk doesn't do it; all of the transaction is undone.</exception>
    public abstract void Run(StreamEngine engine);

    /// <summary>Answers: what <see cref="Run"/> found, or <see cref="Error"/>. Must be quick, and not throw.</summary>
    public abstract void Complete();
}
