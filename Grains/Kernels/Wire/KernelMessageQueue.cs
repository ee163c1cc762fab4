using ProjectSilo.Grains.Kernels.Zmtp;

namespace ProjectSilo.Grains.Kernels.Wire;

/// <summary>What has come from a kernel and waits to be taken, in the order of arrival a channel: as frames, which are checked and read when they are taken.</summary>
/// <remarks>
/// <para>
/// The bound is of bytes. A kernel's PUB socket silently drops what isn't read at once, an <c>idle</c> status as well as an output, and then an execution never ends: it holds a thousand messages, and below
/// it a Unix socket a few hundred more, TCP thousands. So iopub is read at once even if nobody takes messages or the processors are busy, which is why nothing is done with frames before they wait here; and
/// what is left out is chosen here:
/// </para>
/// <list type="bullet">
/// <item>beyond the bound, outputs (all of iopub but what the next line names) are left out and counted; the next message of iopub tells how many (<see cref="KernelMessage.Missing"/>). A first message is
/// taken however large it is;</item>
/// <item><c>status</c>, <c>execute_input</c>, <c>error</c>, <c>clear_output</c>, <c>comm_…</c>, and all of the other channels, are never left out. Beyond twice the bound, where no kernel that means well gets,
/// their socket isn't read until something is taken.</item>
/// </list>
/// </remarks>
internal sealed class KernelMessageQueue(long maxBytes)
{
    /// <summary>What a message takes besides its bytes, about.</summary>
    private const int Overhead = 512;

    /// <summary>Protects all that follows.</summary>
    private readonly Lock _lock = new();

    private readonly Queue<Received> _messages = new();
    private long _bytes;
    private int _missing;
    private long _allMissing;
    private bool _isComplete;
    private Exception? _failure;
    private TaskCompletionSource? _change;
    private TaskCompletionSource? _space;

    /// <summary>Messages left out so far.</summary>
    public long Missing => Volatile.Read(ref _allMissing);

    /// <summary>Adds a message, or leaves it out. After the end it does nothing.</summary>
    public async ValueTask Add(KernelChannel channel, ZmtpMessage frames, CancellationToken cancellationToken)
    {
        while (TryAdd(channel, frames) is { } space)
        {
            await space.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>A message of iopub was left out before it came here.</summary>
    public void AddMissing()
    {
        lock (_lock)
        {
            LeaveOut();
        }
    }

    /// <summary>Takes the next message; one caller at a time.</summary>
    /// <returns>Null at the end.</returns>
    /// <exception cref="Exception">The failure given to <see cref="Complete"/>, when all messages are taken.</exception>
    public async ValueTask<Received?> Take(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task change;
            lock (_lock)
            {
                if (_messages.TryDequeue(out var message))
                {
                    Taken(message);
                    return message;
                }

                if (_isComplete)
                {
                    return _failure is null ? null : throw _failure;
                }

                change = (_change ??= NewSignal()).Task;
            }

            await change.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>No more messages come; who takes gets what is there, then the end.</summary>
    public void Complete(Exception? failure)
    {
        lock (_lock)
        {
            if (!_isComplete)
            {
                _isComplete = true;
                _failure = failure;
                Signal(ref _change);
                Signal(ref _space);
            }
        }
    }

    private static bool IsOutput(KernelChannel channel, ZmtpMessage frames) => channel == KernelChannel.IoPub
        && JupyterCodec.PeekType(frames) is not (JupyterMessage.Status or "execute_input" or "error" or "clear_output" or "comm_open" or "comm_msg" or "comm_close");

    private static long Size(ZmtpMessage frames) => frames.Wire.Length + Overhead;

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static void Signal(ref TaskCompletionSource? signal)
    {
        signal?.SetResult();
        signal = null;
    }

    /// <summary>Null if it was added or left out; else what to wait for before the next attempt.</summary>
    private Task? TryAdd(KernelChannel channel, ZmtpMessage frames)
    {
        var size = Size(frames);
        lock (_lock)
        {
            if (_isComplete)
            {
                return null;
            }

            if (_messages.Count > 0 && _bytes + size > maxBytes)
            {
                if (IsOutput(channel, frames))
                {
                    LeaveOut();
                    return null;
                }

                if (_bytes + size > 2 * maxBytes)
                {
                    return (_space ??= NewSignal()).Task;
                }
            }

            var missing = channel == KernelChannel.IoPub ? _missing : 0;
            _missing -= missing;
            _bytes += size;
            _messages.Enqueue(new Received(channel, frames, missing));
            Signal(ref _change);
            return null;
        }
    }

    private void LeaveOut()
    {
        _missing++;
        _allMissing++;
    }

    private void Taken(Received message)
    {
        _bytes -= Size(message.Frames);
        Signal(ref _space);
        if (_messages.Count == 0)
        {
            // A flood's queue isn't kept.
            _messages.TrimExcess(4);
        }
    }

    /// <summary>A message as it came.</summary>
    /// <param name="Channel">Where it came.</param>
    /// <param name="Frames">Not checked yet.</param>
    /// <param name="Missing">As of <see cref="KernelMessage.Missing"/>.</param>
    public readonly record struct Received(KernelChannel Channel, ZmtpMessage Frames, int Missing);
}
