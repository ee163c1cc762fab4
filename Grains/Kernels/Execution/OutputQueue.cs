using System.Diagnostics.CodeAnalysis;
using ProjectSilo.Grains.Commands;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Interfaces.Kernels;

namespace ProjectSilo.Grains.Kernels.Execution;

/// <summary>
/// What comes of one execution and was not taken yet. Bounded in bytes: what comes when it is full is left out, and a gap says how much; the kernel never waits. What an execution can't be
/// understood without (errors, replies, states) may fill as much again. Used on a grain's turns, so it needs no lock.
/// </summary>
internal sealed class OutputQueue(int maxBytes)
{
    /// <summary>An object and its place in the queue.</summary>
    private const int ItemBytes = 250;

    private readonly Queue<(KernelItem Item, long Bytes)> _items = new();
    private readonly ChangeSignal _changed = new();
    private long _bytes;
    private int _missing;
    private bool _isEnded;
    private string? _failure;

    /// <summary>Nobody takes anything any more.</summary>
    public bool IsAbandoned { get; private set; }

    /// <summary>Adds an item, or leaves it out.</summary>
    public void Add(KernelItem item, bool isVital)
    {
        if (_isEnded || IsAbandoned)
        {
            return;
        }

        long bytes = ItemBytes + item.Content.Length + item.Metadata.Length;
        foreach (var buffer in item.Buffers)
        {
            bytes += buffer.Length;
        }

        // One item fits always, however large it is.
        if (_items.Count > 0 && _bytes + bytes > (isVital ? 2L * maxBytes : maxBytes))
        {
            Miss(1);
            return;
        }

        AddGap();
        Enqueue(item, bytes);
    }

    /// <summary>So many messages did not even come here.</summary>
    public void Miss(int count) => _missing += count;

    /// <summary>The end: <see cref="KernelItem.IsDone"/>, or a failure after all that came.</summary>
    public void End(string? failure)
    {
        if (_isEnded)
        {
            return;
        }

        AddGap();
        _isEnded = true;
        _failure = failure;
        if (failure is null)
        {
            Enqueue(new KernelItem { IsDone = true }, 0);
        }

        _changed.Raise();
    }

    /// <summary>Drops all, now and later.</summary>
    public void Abandon()
    {
        IsAbandoned = true;
        _items.Clear();
        _bytes = 0;
    }

    /// <summary>The next item.</summary>
    /// <returns>False if there is none now.</returns>
    /// <exception cref="RequestException">There is none any more, since the kernel failed.</exception>
    public bool TryTake([NotNullWhen(true)] out KernelItem? item)
    {
        if (_items.TryDequeue(out var next))
        {
            _bytes -= next.Bytes;
            item = next.Item;
            return true;
        }

        item = null;
        return _failure is null ? false : throw new RequestException(_failure);
    }

    /// <summary>Waits until <see cref="TryTake"/> has something to say.</summary>
    public async Task Wait(CancellationToken cancellationToken)
    {
        while (_items.Count == 0 && !_isEnded)
        {
            await _changed.Next.WaitAsync(cancellationToken);
        }
    }

    private void AddGap()
    {
        if (_missing > 0)
        {
            Enqueue(new KernelItem { Missing = _missing }, ItemBytes);
            _missing = 0;
        }
    }

    private void Enqueue(KernelItem item, long bytes)
    {
        _items.Enqueue((item, bytes));
        _bytes += bytes;
        if (_items.Count == 1)
        {
            _changed.Raise();
        }
    }
}
