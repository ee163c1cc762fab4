using ProjectSilo.Conat.Server.Persist.Storage;

namespace ProjectSilo.Conat.Server.Persist.Engine;

/// <summary>The file's end, and its copies (spec 07 §1.12). A copy that fails is logged only.</summary>
internal sealed partial class PersistStream
{
    private ITimer? _archiveTimer;

    /// <summary>When the last copy to the archive was made; null before the first.</summary>
    private long? _archived;

    /// <summary>Whether there is something that the archive has not. Guarded, as the two above, by being at work.</summary>
    private bool _isArchiveOld;

    /// <summary>The stream has changed.</summary>
    private void ArchiveSoon()
    {
        if (_copies.Archive is null || _isArchiveOld)
        {
            return;
        }

        _isArchiveOld = true;
        var left = _archived is { } last ? _resources.ArchiveInterval - _resources.Time.GetElapsedTime(last) : TimeSpan.Zero;
        if (left <= TimeSpan.Zero)
        {
            PostArchive();
            return;
        }

        _archiveTimer ??= _resources.Time.CreateTimer(_ => PostArchive(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _archiveTimer.Change(left, Timeout.InfiniteTimeSpan);
    }

    private void PostArchive() => PostBetween(Archive);

    private void Archive()
    {
        if (!_isArchiveOld || _copies.Archive is null)
        {
            return;
        }

        _isArchiveOld = false;
        _archived = _resources.Time.GetTimestamp();
        Copy(() => _file!.CopyTo(_copies.Archive));
    }

    private void CloseFile()
    {
        try
        {
            _archiveTimer?.Dispose();
            if (_file is null)
            {
                return;
            }

            _resources.Files.Remove(this);
            _file.Release();
            foreach (var target in (string?[])[_copies.Archive, _copies.Backup])
            {
                if (target is not null)
                {
                    Copy(() => _file.CopyClosedTo(target));
                }
            }
        }
        finally
        {
            _closed.TrySetResult();
        }
    }

    private void Copy(Action copy)
    {
        try
        {
            copy();
        }
        catch (StorageException exception)
        {
            LogNotCopied(_resources.Logger, Path, exception);
        }
    }
}
