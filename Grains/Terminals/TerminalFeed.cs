using System.Text;
using ProjectSilo.Grains.Commands;
using ProjectSilo.Grains.Interfaces.Terminals;

namespace ProjectSilo.Grains.Terminals;

/// <summary>
/// What a terminal has to say, until its follower has dealt with it: in order, but for sizes and commands, which go first and never wait for output. Output that waits is
/// bounded by who adds it; the rest is small and bounded here.
/// </summary>
/// <remarks>What was taken is kept until it is confirmed: a follower that ends in between has its successor get it again.</remarks>
internal sealed class TerminalFeed(int maxWaitingOutput)
{
    /// <summary>Without a follower, starts and ends could pile up: the oldest go.</summary>
    private const int MaxItems = 1_000;
    private const int MaxCommands = 100;

    /// <summary>Guards all that follows.</summary>
    private readonly Lock _lock = new();
    private readonly LinkedList<Item> _items = new();
    private readonly Queue<string> _commands = new();
    private readonly ChangeSignal _changed = new();
    private readonly ChangeSignal _roomMade = new();
    private readonly ChangeSignal _confirmed = new();
    private TerminalSize? _size;

    /// <summary>Taken and not confirmed.</summary>
    private TerminalEvent? _taken;
    private long _lastNumber;
    private int _waitingOutput;

    /// <summary>Completes when something is added.</summary>
    public Task Changed => _changed.Next;

    /// <summary>Completes when less waits.</summary>
    public Task RoomMade => _roomMade.Next;

    /// <summary>Whether so much output waits that no more should be read.</summary>
    public bool IsFull
    {
        get
        {
            lock (_lock)
            {
                return _waitingOutput >= maxWaitingOutput;
            }
        }
    }

    /// <summary>Adds what a program printed.</summary>
    public void AddOutput(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty)
        {
            return;
        }

        lock (_lock)
        {
            if (_items.Last?.Value.Output is not { } output)
            {
                output = new Output();
                AddItem(new Item { Output = output });
            }

            _waitingOutput += output.Append(text);
        }

        _changed.Raise();
    }

    /// <summary>Adds a text of ours, which is an entry by itself.</summary>
    public void AddMessage(string text) => Add(new TerminalEvent { Text = text });

    /// <summary>Adds anything else that must stay in order.</summary>
    public void Add(TerminalEvent next)
    {
        lock (_lock)
        {
            AddItem(new Item { Event = next });
        }

        _changed.Raise();
    }

    /// <summary>Adds a size; of several that wait the last one counts.</summary>
    public void AddSize(TerminalSize size)
    {
        lock (_lock)
        {
            _size = size;
        }

        _changed.Raise();
    }

    /// <summary>Adds a command to the browsers; of too many that wait the first are lost.</summary>
    public void AddCommand(string json)
    {
        lock (_lock)
        {
            if (_commands.Count == MaxCommands)
            {
                _commands.Dequeue();
            }

            _commands.Enqueue(json);
        }

        _changed.Raise();
    }

    /// <summary>Drops the output that waits.</summary>
    public void DropOutput()
    {
        lock (_lock)
        {
            for (var node = _items.First; node is not null;)
            {
                var next = node.Next;
                if (node.Value.Output is not null)
                {
                    _items.Remove(node);
                }

                node = next;
            }

            _waitingOutput = 0;
        }

        _roomMade.Raise();
    }

    /// <summary>Whether nothing waits.</summary>
    public bool IsEmpty
    {
        get
        {
            lock (_lock)
            {
                return _taken is null && _size is null && _commands.Count == 0 && _items.Count == 0;
            }
        }
    }

    /// <summary>Whether only output waits, so that nothing is held up if it is collected a little longer.</summary>
    public bool OnlyOutputWaits()
    {
        lock (_lock)
        {
            return _taken is null && _size is null && _commands.Count == 0 && _items.First?.Value.Output is not null;
        }
    }

    /// <summary>Takes what is next, which is what was taken last if that was not confirmed; null if nothing waits.</summary>
    /// <param name="isOutput">Whether it is what a program printed, taken for the first time.</param>
    public TerminalEvent? TryTake(out bool isOutput)
    {
        TerminalEvent next;
        isOutput = false;
        lock (_lock)
        {
            if (_taken is not null)
            {
                return _taken;
            }

            if (_size is not null)
            {
                next = new TerminalEvent { Size = _size };
                _size = null;
            }
            else if (_commands.TryDequeue(out var command))
            {
                next = new TerminalEvent { Command = command };
            }
            else if (_items.First is { } first)
            {
                _items.RemoveFirst();
                isOutput = first.Value.Output is not null;
                next = first.Value.Event ?? new TerminalEvent { Text = first.Value.Output!.Text };
                _waitingOutput -= first.Value.Output?.Bytes ?? 0;
            }
            else
            {
                return null;
            }

            _taken = next = next with { Number = ++_lastNumber };
        }

        _roomMade.Raise();
        return next;
    }

    /// <summary>What was taken has been dealt with. An earlier number, of a follower that is late, means nothing.</summary>
    public void Confirm(long number)
    {
        lock (_lock)
        {
            if (_taken?.Number != number)
            {
                return;
            }

            _taken = null;
        }

        _confirmed.Raise();
    }

    /// <summary>Waits until this one is confirmed.</summary>
    public async Task UntilConfirmed(long number, CancellationToken cancellationToken)
    {
        while (true)
        {
            var confirmed = _confirmed.Next;
            lock (_lock)
            {
                if (_taken?.Number != number)
                {
                    return;
                }
            }

            await confirmed.WaitAsync(cancellationToken);
        }
    }

    private void AddItem(Item item)
    {
        _items.AddLast(item);
        if (_items.Count > MaxItems)
        {
            _waitingOutput -= _items.First!.Value.Output?.Bytes ?? 0;
            _items.RemoveFirst();
        }
    }

    /// <summary>Output that still grows, or an event.</summary>
    private readonly struct Item
    {
        public Output? Output { get; init; }

        public TerminalEvent? Event { get; init; }
    }

    private sealed class Output
    {
        private readonly StringBuilder _text = new();

        public string Text => _text.ToString();

        /// <summary>In UTF-8, which is what a stream counts.</summary>
        public int Bytes { get; private set; }

        /// <returns>How many bytes it is longer now.</returns>
        public int Append(ReadOnlySpan<char> text)
        {
            var bytes = Encoding.UTF8.GetByteCount(text);
            _text.Append(text);
            Bytes += bytes;
            return bytes;
        }
    }
}
