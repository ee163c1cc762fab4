using System.Buffers;
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
    private const int ReadBufferBytes = 64 * 1024;

    /// <summary>So many reads in a row that found something there already are a flood: the polling thread is left to others.</summary>
    private const int ReadsOfFlood = 4;

    /// <summary>What the program has printed before its end is there at once; a background job may hold the terminal for ever.</summary>
    private static readonly TimeSpan LastOutputTime = TimeSpan.FromMilliseconds(200);

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

    private TerminalProcess(PseudoTerminal terminal, ChildProcess child, TerminalFeed feed, TerminalsOptions options, TimeProvider time)
    {
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
            return new TerminalProcess(terminal, child, feed, options, time);
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
                Interlocked.Exchange(ref _pause, null)?.SetResult();
                break;
            default:
                _input.Type(text);
                break;
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

    private async Task KillAfter(TimeSpan grace, int? foreground)
    {
        try
        {
            await _child.Exited.WaitAsync(grace, _time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            SignalForeground(foreground, LibC.SIGKILL);
            _child.KillGroup(LibC.SIGKILL);
            await _child.Exited.ConfigureAwait(false);
        }
    }

    /// <summary>A group of this session: its number may be another's by now.</summary>
    private void SignalForeground(int? group, int signal)
    {
        if (group is { } id && id != _child.Pid && LibC.getsid(id) == _child.Pid)
        {
            _ = LibC.kill(-id, signal);
        }
    }

    private async Task ObserveEnd()
    {
        await _child.Exited.ConfigureAwait(false);
        await _reading.WaitAsync(LastOutputTime, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _stopReading.CancelAsync().ConfigureAwait(false);
        await _end.CancelAsync().ConfigureAwait(false);
        await _reading.ConfigureAwait(false);
        await _typing.ConfigureAwait(false);
        _terminal.Dispose();
    }

    private async Task Read()
    {
        var bytes = ArrayPool<byte>.Shared.Rent(ReadBufferBytes);
        var characters = ArrayPool<char>.Shared.Rent(Encoding.UTF8.GetMaxCharCount(ReadBufferBytes));
        try
        {
            var readsInRow = 0;
            while (true)
            {
                _terminal.Output.ContinuesOnPollThread = readsInRow < ReadsOfFlood;
                var read = _terminal.Output.ReadAsync(bytes.AsMemory(0, ReadBufferBytes), _stopReading.Token);
                readsInRow = read.IsCompleted ? readsInRow + 1 : 0;
                var count = await read.ConfigureAwait(false);
                _feed.AddOutput(characters.AsSpan(0, _decoder.GetChars(bytes.AsSpan(0, count), characters, flush: count == 0)));
                if (count == 0)
                {
                    return;
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
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
            ArrayPool<char>.Shared.Return(characters);
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
            var taken = _feed.Taken;
            if (!_feed.IsFull)
            {
                return;
            }

            await taken.WaitAsync(_stopReading.Token).ConfigureAwait(false);
        }
    }
}
