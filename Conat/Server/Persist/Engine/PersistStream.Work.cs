using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Server.Persist.Storage;

namespace ProjectSilo.Conat.Server.Persist.Engine;

/// <summary>How work is carried out: as much as fits in one transaction, and each by itself if that fails.</summary>
internal sealed partial class PersistStream
{
    private void Take()
    {
        lock (_gate)
        {
            var bytes = 0L;
            while (_queue.TryPeek(out var next) && _batch.Count < MaxBatch && (_batch.Count == 0 || bytes + next.Bytes <= MaxBatchBytes))
            {
                if (next is MaintenanceWork && _batch.Count > 0)
                {
                    break;
                }

                _batch.Add(_queue.Dequeue());
                bytes += next.Bytes;
                if (next is MaintenanceWork)
                {
                    break;
                }
            }
        }
    }

    private void RunBatch()
    {
        try
        {
            _engine.Store.Open();
        }
        catch (StorageException exception)
        {
            LogStorage(_resources.Logger, Path, exception);
            Fail(exception.ToConat());
            return;
        }

        if (_file is not null)
        {
            _resources.Files.Touch(this);
        }

        if (!TryRun(0, _batch.Count) && _batch.Count > 1)
        {
            // What one of them did undid all: each has a transaction of its own now.
            for (var i = 0; i < _batch.Count; i++)
            {
                TryRun(i, 1);
            }
        }
    }

    /// <summary>Carries out a part of the batch in one transaction.</summary>
    /// <returns>False if nothing of it has happened; if it was only one, that has its error.</returns>
    private bool TryRun(int start, int count)
    {
        try
        {
            _engine.Store.Begin(HasWrite(start, count));
            for (var i = start; i < start + count; i++)
            {
                Run(_batch[i]);
            }

            _engine.Store.Commit();
            _engine.Commit();
        }
        catch (StorageException exception)
        {
            Undo();
            if (count == 1)
            {
                LogStorage(_resources.Logger, Path, exception);
                _batch[start].Error = exception.ToConat();
            }

            return false;
        }

        var events = _engine.TakeEvents();
        Guarded(() => Announce(events));
        return true;
    }

    private void Run(StreamWork work)
    {
        work.Error = null;
        try
        {
            work.Run(_engine);
        }
        catch (ConatException refusal)
        {
            work.Error = refusal;
        }
    }

    private bool HasWrite(int start, int count)
    {
        for (var i = start; i < start + count; i++)
        {
            if (_batch[i].IsWrite)
            {
                return true;
            }
        }

        return false;
    }

    private void Undo()
    {
        _engine.Store.Rollback();
        _engine.Rollback();
    }

    private void Fail(ConatException error)
    {
        foreach (var work in _batch)
        {
            work.Error = error;
        }
    }
}
