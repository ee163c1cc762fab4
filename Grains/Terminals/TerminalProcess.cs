using System.Diagnostics.CodeAnalysis;
using System.Text;
using ProjectSilo.Grains.Interfaces.Terminals;
using ProjectSilo.Grains.Native;

namespace ProjectSilo.Grains.Terminals;

/// <summary>
/// One program on one pseudo terminal, from its start to its end. Nothing here runs on a grain's turn: output goes from the polling thread, or from the pool when much
/// comes, into the <see cref="TerminalFeed"/>.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "Sources without timers hold nothing to dispose of, and may be cancelled at any time.")]
internal sealed class TerminalProcess
{
    /// <summary>The kernel's own buffer of a terminal is half of it, so a read never gives more; and an idle terminal holds not much.</summary>
    private const int ReadBufferBytes = 8 * 1024;

    /// <summary>More than the kernel holds of what was printed before the program's end; what goes on printing after it isn't waited for.</summary>
    private const int MaxLastBytes = 256 * 1024;

    /// <summary>So many reads in a row that found something there already are a flood: the polling thread is left to others.</summary>
    private const int ReadsOfFlood = 4;

    /// <summary>What the program has printed before its end is there at once; a background job may hold the terminal for ever.</summary>
    private static readonly TimeSpan LastOutputTime = TimeSpan.FromMilliseconds(200);

    /// <summary>No event tells the end of a process group.</summary>
    private static readonly TimeSpan GroupPollInterval = TimeSpan.FromMilliseconds(50);

    private readonly PseudoTerminal _terminal;
    private readonly ChildProcess _child;
    private readonly TerminalFeed _feed;
    private readonly TimeProvider _time;
    private readonly TerminalInput _input;
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();
    private readonly CancellationTokenSource _end = new();
    private readonly CancellationTokenSource _stopReading = new();
    private readonly Task _reading;
    private readonly Task _typing;

    /// <summary>Completes when flow control lets output be read.</summary>
    private volatile TaskCompletionSource? _pause;

    /// <summary>Read since the program has ended, and one more; 0 while it runs.</summary>
    private int _lastBytes;

    /// <summary>Guards <see cref="_firstInput"/>, so that nothing is typed before it.</summary>
    private readonly Lock _typingLock = new();

    /// <summary>
    /// Typed when the program has printed something, or with the first input: the terminal would echo it before the prompt, which then would have to wait for its turn in the
    /// stream.
    /// </summary>
    private string? _firstInput;

    private TerminalProcess(PseudoTerminal terminal, ChildProcess child, string? firstInput, TerminalFeed feed, TerminalsOptions options, TimeProvider time)
    {
        _firstInput = firstInput;
        _terminal = terminal;
        _child = child;
        _feed = feed;
        _time = time;
        _input = new TerminalInput(terminal.Input, feed, options.MaxWaitingInput);
        _reading = Read();
        _typing = _input.RunAsync(_end.Token);
        Ended = ObserveEnd();
    }

    /// <summary>The pid of the program, which leads the session.</summary>
    public int Pid => _child.Pid;

    /// <summary>Completes when the program has ended and what it printed is in the feed. The terminal is hung up then.</summary>
    public Task Ended { get; }

    /// <summary>Starts it. Blocks: call it on <see cref="BlockingWork"/>.</summary>
    /// <exception cref="Interfaces.Errors.PosixException">The system has no terminal left, or the program can't be run; then the call is <c>spawn …</c>.</exception>
    public static TerminalProcess Start(TerminalLaunch launch, TerminalSize size, TerminalFeed feed, TerminalsOptions options, TimeProvider time)
    {
        var terminal = PseudoTerminal.Open(size.Rows, size.Columns);
        try
        {
            var child = terminal.Start(launch.Prepare());
            return new TerminalProcess(terminal, child, launch.FirstInput, feed, options, time);
        }
        catch
        {
            terminal.Dispose();
            throw;
        }
    }

    /// <summary>Types; see <see cref="TerminalInput.Type"/>. The characters of flow control alone, Ctrl-S and Ctrl-Q, hold and release the output here.</summary>
    public void Type(string text)
    {
        switch (text)
        {
            case "\u0013":
                _pause ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                break;
            case "\u0011":
                Release();
                break;
            default:
                lock (_typingLock)
                {
                    TypeFirst();
                    _input.Type(text);
                }

                break;
        }
    }

    private void TypeFirst()
    {
        lock (_typingLock)
        {
            if (_firstInput is { } text)
            {
                _firstInput = null;
                _input.Type(text);
            }
        }
    }

    /// <summary>Changes the size, and has the program draw again even if it is the old one.</summary>
    public void Resize(TerminalSize size)
    {
        _terminal.Resize(size.Rows + 1, size.Columns);
        _terminal.Resize(size.Rows, size.Columns);
    }

    /// <summary>
    /// Hangs up. The program and what is in the foreground get SIGHUP; what runs in the background is told by the shell, and lives on if it wants to.
    /// </summary>
    /// <param name="grace">Who has not ended after this is killed.</param>
    /// <returns>When nothing more comes from it: a task that completes when the program has ended.</returns>
    public async Task<Task> HangUp(TimeSpan grace)
    {
        var foreground = _terminal.ForegroundGroup();
        await _stopReading.CancelAsync().ConfigureAwait(false);
        await _reading.ConfigureAwait(false);
        _terminal.Dispose();
        _child.KillGroup(LibC.SIGHUP);
        SignalForeground(foreground, LibC.SIGHUP);
        return KillAfter(grace, foreground);
    }

    /// <summary>The leader's group and that of the foreground: they end by themselves, or are killed.</summary>
    private async Task KillAfter(TimeSpan grace, int? foreground)
    {
        var begin = _time.GetTimestamp();
        await ((Task)_child.Exited).WaitAsync(grace, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        while (IsAlive(_child.Pid) || IsAlive(foreground))
        {
            if (_time.GetElapsedTime(begin) >= grace)
            {
                SignalForeground(foreground, LibC.SIGKILL);
                _child.KillGroup(LibC.SIGKILL);
                break;
            }

            await Task.Delay(GroupPollInterval, _time).ConfigureAwait(false);
        }

        await _child.Exited.ConfigureAwait(false);
    }

    private static bool IsAlive(int? group) => group is { } id && LibC.kill(-id, 0) == 0;

    /// <summary>
    /// A group of this session: its number may be another's by now. The kernel gives no process a pid that still names a group: where none has it, the group is the old one.
    /// </summary>
    private void SignalForeground(int? group, int signal)
    {
        if (group is { } id && id != _child.Pid && (LibC.getsid(id) is var session && (session == _child.Pid || session < 0)))
        {
            _ = LibC.kill(-id, signal);
        }
    }

    private async Task ObserveEnd()
    {
        await _child.Exited.ConfigureAwait(false);
        await ReadRest().ConfigureAwait(false);
        await _stopReading.CancelAsync().ConfigureAwait(false);
        await _end.CancelAsync().ConfigureAwait(false);
        await _reading.ConfigureAwait(false);
        await _typing.ConfigureAwait(false);
        _terminal.Dispose();
    }

    /// <summary>Has all be read that the program printed before its end, also where nobody takes it for long.</summary>
    private async Task ReadRest()
    {
        Volatile.Write(ref _lastBytes, 1);
        Release();
        while (Volatile.Read(ref _lastBytes) < MaxLastBytes)
        {
            var roomMade = _feed.RoomMade;
            if (_feed.IsFull)
            {
                await Task.WhenAny(_reading, roomMade).ConfigureAwait(false);
            }

            await _reading.WaitAsync(LastOutputTime, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (_reading.IsCompleted || !_feed.IsFull)
            {
                return;
            }
        }
    }

    private void Release() => Interlocked.Exchange(ref _pause, null)?.SetResult();

    private async Task Read()
    {
        var bytes = new byte[ReadBufferBytes];
        var characters = new char[Encoding.UTF8.GetMaxCharCount(ReadBufferBytes)];
        try
        {
            var readsInRow = 0;
            while (true)
            {
                _terminal.Output.ContinuesOnPollThread = readsInRow < ReadsOfFlood;
                var read = _terminal.Output.ReadAsync(bytes, _stopReading.Token);
                readsInRow = read.IsCompleted ? readsInRow + 1 : 0;
                var count = await read.ConfigureAwait(false);
                _feed.AddOutput(characters.AsSpan(0, _decoder.GetChars(bytes.AsSpan(0, count), characters, flush: count == 0)));
                if (count == 0)
                {
                    return;
                }

                if (_firstInput is not null)
                {
                    TypeFirst();
                }

                if (Volatile.Read(ref _lastBytes) > 0)
                {
                    Interlocked.Add(ref _lastBytes, count);
                }

                if (readsInRow == ReadsOfFlood)
                {
                    await DescriptorPoll.LeaveThread().ConfigureAwait(false);
                }

                await MayRead().ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // Nobody wants it any more.
        }
    }

    private async ValueTask MayRead()
    {
        while (_pause is { } pause)
        {
            await pause.Task.WaitAsync(_stopReading.Token).ConfigureAwait(false);
        }

        while (true)
        {
            var roomMade = _feed.RoomMade;
            if (!_feed.IsFull)
            {
                return;
            }

            await roomMade.WaitAsync(_stopReading.Token).ConfigureAwait(false);
        }
    }
}
