using ProjectSilo.Grains.Interfaces.Commands;

namespace ProjectSilo.Grains.Commands;

/// <summary>
/// Joins equal calls, so that several clients that save a document start one build (spec 09 §1.10). Used on the turns of one grain, so it needs no lock.
/// </summary>
internal sealed class AggregateCalls<T>(TimeProvider time, TimeSpan lifetime, int maxResults)
{
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    /// <summary>Answers from a finished or running call that is recent enough, or runs.</summary>
    public Task<T> Run(AggregateRequest request, Func<Task<T>> run)
    {
        if (!_entries.TryGetValue(request.Key, out var entry))
        {
            _entries[request.Key] = entry = new Entry(request.Key);
        }

        return Run(entry, request.Value, run);
    }

    /// <summary>Drops results that are too old, and the oldest ones if there are too many.</summary>
    public void Expire()
    {
        var ended = _entries.Values.Where(entry => entry.Running is null).OrderByDescending(entry => entry.Finished?.Started).ToList();
        for (var i = 0; i < ended.Count; i++)
        {
            if (i >= maxResults || !IsFresh(ended[i].Finished))
            {
                _entries.Remove(ended[i].Key);
            }
        }
    }

    private Task<T> Run(Entry entry, AggregateValue value, Func<Task<T>> run)
    {
        if (IsFresh(entry.Finished) && value.IsAtMost(entry.Finished!.Value))
        {
            return entry.Finished.Result;
        }

        if (entry.Running is null)
        {
            return Execute(entry, value, run);
        }

        if (value.IsAtMost(entry.Running.Value))
        {
            return entry.Running.Result;
        }

        var queued = new Queued(value, run);
        entry.Queue.Add(queued);
        return queued.Completion.Task;
    }

    private Task<T> Execute(Entry entry, AggregateValue value, Func<Task<T>> run)
    {
        var completion = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        entry.Running = new Call(value, completion.Task, time.GetTimestamp());
        return ExecuteCore();

        async Task<T> ExecuteCore()
        {
            try
            {
                var result = await run();
                completion.SetResult(result);
                return result;
            }
            catch (Exception exception)
            {
                // Whoever joined gets the same error; if nobody did, it is not unobserved: this caller has it.
                completion.SetException(exception);
                _ = completion.Task.Exception;
                throw;
            }
            finally
            {
                End(entry);
            }
        }
    }

    private void End(Entry entry)
    {
        // A failure of ours, too many commands say, is not the command's result and may pass.
        if (entry.Running!.Result.Exception is null or { InnerException: CommandException })
        {
            entry.Finished = entry.Running;
        }

        entry.Running = null;
        Expire();

        var queue = entry.Queue.OrderByDescending(queued => queued.Value.Number).ThenByDescending(queued => queued.Value.Text, StringComparer.Ordinal).ToList();
        entry.Queue.Clear();
        if (queue.Count > 0)
        {
            _entries[entry.Key] = entry;
        }

        foreach (var queued in queue)
        {
            Forward(Run(entry, queued.Value, queued.Run), queued.Completion);
        }
    }

    private static void Forward(Task<T> task, TaskCompletionSource<T> completion) =>
        task.ContinueWith(
            static (ended, state) => ((TaskCompletionSource<T>)state!).SetFromTask(ended),
            completion,
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);

    private bool IsFresh(Call? call) => call is not null && time.GetElapsedTime(call.Started) <= lifetime;

    private sealed record Call(AggregateValue Value, Task<T> Result, long Started);

    private sealed class Queued(AggregateValue value, Func<Task<T>> run)
    {
        public AggregateValue Value { get; } = value;

        public Func<Task<T>> Run { get; } = run;

        public TaskCompletionSource<T> Completion { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private sealed class Entry(string key)
    {
        public string Key { get; } = key;

        public Call? Running { get; set; }

        public Call? Finished { get; set; }

        public List<Queued> Queue { get; } = [];
    }
}
