using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Server.Persist.Storage;

namespace ProjectSilo.Conat.Server.Persist.Engine;

/// <summary>
/// One open stream, and the only one who touches its store: work is carried out one after the other, in the order it came. What waits together for the disk is one transaction,
/// answered when that is kept. In memory there is nothing to wait for: work is done by whoever brings it, or who is just doing some.
/// </summary>
internal sealed partial class PersistStream
{
    /// <summary>Most work of one transaction, so that the first of it is answered soon.</summary>
    private const int MaxBatch = 1_000;

    /// <summary>Most bytes of one transaction; one piece of work always fits.</summary>
    private const long MaxBatchBytes = 8_000_000;

    private readonly StreamEngine _engine;
    private readonly StreamResources _resources;

    /// <summary>Null in memory.</summary>
    private readonly SqliteStore? _file;
    private readonly StreamCopies _copies;
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Of the one who is at work.</summary>
    private readonly List<StreamWork> _batch = [];

    /// <summary>Guards the queue, and whether somebody is at work.</summary>
    private readonly Lock _gate = new();

    /// <summary>Bounded by what the sockets have in flight.</summary>
    private readonly Queue<StreamWork> _queue = new();
    private bool _isAtWork;
    private bool _isClosing;

    private PersistStream(string path, StreamEngine engine, SqliteStore? file, StreamCopies copies, StreamResources resources)
    {
        (Path, _engine, _file, _copies, _resources) = (path, engine, file, copies, resources);
    }

    /// <summary>The storage path.</summary>
    public string Path { get; }

    /// <summary>Whether it is in memory only.</summary>
    public bool IsEphemeral => _file is null;

    /// <summary>Ends when it is closed, and its file free.</summary>
    public Task Closed => _closed.Task;

    /// <summary>One in memory.</summary>
    public static PersistStream Ephemeral(string path, StreamResources resources) =>
        new(path, new StreamEngine(new MemoryStore(), isEphemeral: true, resources.Time), null, new StreamCopies(null, null), resources);

    /// <summary>One in a file, which is not touched before <paramref name="free"/> has ended.</summary>
    public static PersistStream Persistent(string path, SqliteStore file, StreamCopies copies, StreamResources resources, Task free)
    {
        var stream = new PersistStream(path, new StreamEngine(file, isEphemeral: false, resources.Time), file, copies, resources);
        if (!free.IsCompleted)
        {
            stream._isAtWork = true;
            _ = stream.BeginAfterAsync(free);
        }

        return stream;
    }

    /// <summary>Has work done when its turn comes. Doesn't wait for the disk.</summary>
    public void Post(StreamWork work)
    {
        if (!TryEnqueue(work, out var isFirst))
        {
            work.Error = new ConatException("closed", "EPIPE");
            work.Complete();
            return;
        }

        if (!isFirst)
        {
            return;
        }

        if (IsEphemeral)
        {
            while (RunNext())
            {
            }
        }
        else
        {
            _resources.Workers.Schedule(this);
        }
    }

    /// <summary>Has work done, and waits for its result.</summary>
    /// <exception cref="ConatException">It is refused, or failed.</exception>
    public Task<T> RunAsync<T>(Func<StreamEngine, T> function, bool isWrite)
    {
        var completion = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(new StreamWork<T>(function, isWrite, bytes: 0, (result, error) =>
        {
            if (error is null)
            {
                completion.TrySetResult(result!);
            }
            else
            {
                completion.TrySetException(error);
            }
        }));
        return completion.Task;
    }

    /// <summary>Has something done between two transactions.</summary>
    public void PostBetween(Action action) => Post(new MaintenanceWork(action));

    /// <summary>Has the file closed until it is needed again.</summary>
    public void ReleaseFile() => PostBetween(_file!.Release);

    /// <summary>Forgets what only took memory.</summary>
    public void Tidy()
    {
        if (_engine.HasNames)
        {
            PostBetween(_engine.ForgetOld);
        }
    }

    /// <summary>Closes it after all that was posted. What is posted later is refused.</summary>
    public void Close()
    {
        PostBetween(CloseFile);
        lock (_gate)
        {
            _isClosing = true;
        }
    }

    /// <summary>Carries out what waits, as far as it fits together. Called by one at a time.</summary>
    /// <returns>Whether there is more.</returns>
    public bool RunNext()
    {
        Take();
        try
        {
            if (_batch[0] is MaintenanceWork maintenance)
            {
                maintenance.Do();
            }
            else
            {
                RunBatch();
            }
        }
        catch (Exception exception)
        {
            // The edge of the work: whatever is wrong with it, the next is carried out.
            LogFailed(_resources.Logger, Path, exception);
            Undo();
            Fail(new ConatException("internal error"));
        }

        foreach (var work in _batch)
        {
            work.Complete();
        }

        _batch.Clear();
        lock (_gate)
        {
            _isAtWork = _queue.Count > 0;
            return _isAtWork;
        }
    }

    /// <returns>False if it is closed.</returns>
    private bool TryEnqueue(StreamWork work, out bool isFirst)
    {
        lock (_gate)
        {
            isFirst = !_isAtWork && !_isClosing;
            if (_isClosing)
            {
                return false;
            }

            _queue.Enqueue(work);
            _isAtWork = true;
            return true;
        }
    }

    private async Task BeginAfterAsync(Task free)
    {
        await free.ConfigureAwait(false);
        lock (_gate)
        {
            if (_queue.Count == 0)
            {
                _isAtWork = false;
                return;
            }
        }

        _resources.Workers.Schedule(this);
    }

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

        Announce(_engine.TakeEvents());
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
