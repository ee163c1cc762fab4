using ProjectSilo.Grains.Commands;

namespace ProjectSilo.Grains.Native;

/// <summary>One who watches a folder. Made by <see cref="FolderWatches.TryAdd"/>; disposing it ends it.</summary>
internal sealed class FolderWatch(FolderWatches watches, int number, FileIdentity folder) : IDisposable
{
    private readonly ChangeSignal _changed = new();
    private int _isChanged;

    /// <summary>The kernel's number of the folder's watch.</summary>
    public int Number { get; } = number;

    /// <summary>Which folder it is, whatever has its path now.</summary>
    public FileIdentity Folder { get; } = folder;

    /// <summary>Completes at the next change. Take it before looking at <see cref="IsChanged"/>.</summary>
    public Task NextChange => _changed.Next;

    /// <summary>Whether something has changed since <see cref="Forget"/>.</summary>
    public bool IsChanged => Volatile.Read(ref _isChanged) != 0;

    /// <summary>Whether nothing more will be told: the folder was moved or deleted.</summary>
    public bool IsEnded { get; private set; }

    /// <summary>What has changed will be looked at now.</summary>
    public void Forget() => Volatile.Write(ref _isChanged, 0);

    /// <inheritdoc />
    public void Dispose() => watches.Remove(this);

    /// <summary>Of a thousand changes before the next look the first wakes.</summary>
    internal void Change(bool isEnd)
    {
        IsEnded |= isEnd;
        if (Interlocked.Exchange(ref _isChanged, 1) == 0)
        {
            _changed.Raise();
        }
    }
}
