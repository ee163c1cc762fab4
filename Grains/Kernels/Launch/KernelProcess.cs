using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using Microsoft.Extensions.Logging;
using ProjectSilo.Grains.Commands;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Interfaces.Kernels;
using ProjectSilo.Grains.Kernels.Wire;
using ProjectSilo.Grains.Native;

namespace ProjectSilo.Grains.Kernels.Launch;

/// <summary>A kernel's process with its files, from its start until all of it is gone. Nothing here runs on a grain's turn.</summary>
[SuppressMessage("Design", "CA1001", Justification = "A source without a timer holds nothing to dispose of.")]
internal sealed partial class KernelProcess
{
    private const int ReadBufferBytes = 4096;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly KernelProcessServices _services;
    private readonly ChildProcess _child;
    private readonly string? _script;
    private readonly byte[] _marker;
    private readonly TextTail _errors;
    private readonly CancellationTokenSource _stopReading = new();
    private readonly Task _reading;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _isEnding;

    private KernelProcess(KernelProcessServices services, ChildProcess child, KernelSpec spec, ConnectionInfo connection, string connectionFile, string? script, byte[] marker)
    {
        _services = services;
        _child = child;
        _script = script;
        _marker = marker;
        _errors = new TextTail(services.Limits.MaxErrorCharacters);
        Spec = spec;
        Connection = connection;
        ConnectionFile = connectionFile;
        Started = services.Time.GetTimestamp();
        _reading = ReadErrors();
    }

    public KernelSpec Spec { get; }

    /// <summary>Where it listens.</summary>
    public ConnectionInfo Connection { get; }

    /// <summary>The absolute path.</summary>
    public string ConnectionFile { get; }

    public int Pid => _child.Pid;

    /// <summary>When it was started, in ticks of the clock.</summary>
    public long Started { get; }

    /// <summary>Completes when the process itself has ended.</summary>
    public Task<ExitStatus> Exited => _child.Exited;

    /// <summary>Completes when all of it is gone, after <see cref="End"/>.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Starts it, with its files. Blocks: call it on <see cref="BlockingWork"/>.</summary>
    /// <exception cref="PosixException">A folder or file can't be made, or the program can't be run; then the call is <c>spawn …</c>.</exception>
    /// <exception cref="IOException">The connection file can't be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The connection file can't be written.</exception>
    /// <exception cref="ArgumentException">A text contains NUL.</exception>
    public static KernelProcess Start(KernelProcessServices services, KernelLaunch launch)
    {
        Folders.Make(launch.RuntimeFolder, Folders.OwnerOnly);
        Folders.Make(launch.WorkingDirectory, Folders.Usual);
        var connection = launch.SpeaksIpc(services.Limits.Transport) ? ConnectionInfo.CreateIpc(launch.TemporaryFolder) : ConnectionInfo.CreateTcp();
        var file = Path.Join(launch.RuntimeFolder, $"kernel-{connection.Key}.json");
        string? script = null;
        try
        {
            using (var stream = new FileStream(file, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = OwnerOnly }))
            {
                stream.Write(connection.ToJson());
            }

            script = launch.Script(file) is { } text ? ScriptFile.Create(launch.TemporaryFolder, text, owner: null) : null;
            var marker = services.Guard.NextMarker();
            var child = ChildProcess.Start(launch.Process(file, script, marker));
            return new KernelProcess(services, child, launch.Spec, connection, file, script, Encoding.UTF8.GetBytes($"{marker.Key}={marker.Value}"));
        }
        catch
        {
            DeleteFiles(services.Logger, file, script, connection);
            throw;
        }
    }

    /// <summary>Signals the process and its group.</summary>
    /// <returns>False if it has ended.</returns>
    public bool Signal(int signal) => _child.TryKillGroup(signal);

    /// <summary>The last of what it wrote to stderr, all of it unless something that it started still holds that open.</summary>
    public async Task<string> LastErrors()
    {
        await _reading.WaitAsync(_services.Limits.LastWordsTime, _services.Time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return _errors.ToString();
    }

    /// <summary>
    /// Kills it and all that it has started, and removes its files. Completes when they are gone. Whoever had it started calls this at last, also for a process that has ended by itself.
    /// </summary>
    public async Task End()
    {
        if (Interlocked.Exchange(ref _isEnding, 1) == 0)
        {
            try
            {
                await EndOnce().ConfigureAwait(false);
            }
            finally
            {
                _ended.SetResult();
            }
        }

        await Ended.ConfigureAwait(false);
    }

    private async Task EndOnce()
    {
        try
        {
            // First of all, while it is still known what descends from it. Not in the share of whoever started it: that may be taken by what hangs.
            await _services.BlockingWork.Run("kernel ends", KillAll).WaitAsync(_services.Limits.EndTimeout, _services.Time).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is TimeoutException or RequestException)
        {
            LogNotSearched(_services.Logger, Pid, exception);
        }

        _child.KillGroup(LibC.SIGKILL);
        try
        {
            await _child.Exited.WaitAsync(_services.Limits.EndTimeout, _services.Time).ConfigureAwait(false);
        }
        catch (TimeoutException exception)
        {
            LogNotEnded(_services.Logger, Pid, exception);
        }

        await _stopReading.CancelAsync().ConfigureAwait(false);
        await _reading.ConfigureAwait(false);
        _child.Dispose();
        try
        {
            await _services.BlockingWork.Run("kernel ends", () => DeleteFiles(_services.Logger, ConnectionFile, _script, Connection))
                .WaitAsync(_services.Limits.EndTimeout, _services.Time).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is TimeoutException or RequestException)
        {
            LogFilesNotDeleted(_services.Logger, ConnectionFile, exception);
        }
    }

    private void KillAll()
    {
        // A session of an ended process whose number another has now is not ours.
        var isOurs = !_child.Exited.IsCompleted || LibC.kill(Pid, 0) != 0;
        MarkedProcesses.Kill(_marker, isOurs ? Pid : 0, _services.Time);
    }

    private async Task ReadErrors()
    {
        var bytes = ArrayPool<byte>.Shared.Rent(ReadBufferBytes);
        var characters = ArrayPool<char>.Shared.Rent(Encoding.UTF8.GetMaxCharCount(bytes.Length));
        try
        {
            var decoder = Encoding.UTF8.GetDecoder();
            int count;
            do
            {
                count = await _child.StandardError!.ReadAsync(bytes, _stopReading.Token).ConfigureAwait(false);
                _errors.Append(characters.AsSpan(0, decoder.GetChars(bytes.AsSpan(0, count), characters, flush: count == 0)));
            }
            while (count > 0);
        }
        catch (Exception exception) when (exception is OperationCanceledException or PosixException)
        {
            // It is being ended, or the system watches no more descriptors: then it goes without.
            LogErrorsNotRead(_services.Logger, Pid, exception);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
            ArrayPool<char>.Shared.Return(characters);
        }
    }

    private static void DeleteFiles(ILogger logger, string connectionFile, string? script, ConnectionInfo connection)
    {
        try
        {
            File.Delete(connectionFile);
            if (script is not null)
            {
                ScriptFile.Delete(script);
            }

            connection.DeleteSockets();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or PosixException)
        {
            LogFilesNotDeleted(logger, connectionFile, exception);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "What kernel {Pid} has started could not be looked for")]
    private static partial void LogNotSearched(ILogger logger, int pid, Exception exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Kernel {Pid} was killed and does not end")]
    private static partial void LogNotEnded(ILogger logger, int pid, Exception exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Could not remove {File} and what belongs to it")]
    private static partial void LogFilesNotDeleted(ILogger logger, string file, Exception exception);

    [LoggerMessage(Level = LogLevel.Debug, Message = "The errors of kernel {Pid} are read no longer")]
    private static partial void LogErrorsNotRead(ILogger logger, int pid, Exception exception);
}
