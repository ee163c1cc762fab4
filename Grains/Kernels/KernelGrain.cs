using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using ProjectSilo.Grains.Interfaces;
using ProjectSilo.Grains.Interfaces.Commands;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Interfaces.Kernels;
using ProjectSilo.Grains.Kernels.Execution;
using ProjectSilo.Grains.Kernels.Launch;

namespace ProjectSilo.Grains.Kernels;

/// <summary>One Jupyter kernel: its processes one after the other, and who follows it (spec 10 §5).</summary>
internal sealed partial class KernelGrain(KernelSessionServices services, ILogger<KernelGrain> logger) : Grain, IKernelGrain
{
    private readonly List<EventQueue> _followers = [];
    private KernelOptions? _options;
    private KernelStatus _status = new() { State = KernelState.Off };

    /// <summary>The present process; null if there is none.</summary>
    private KernelSession? _session;

    /// <summary>The end of those before.</summary>
    private Task _ends = Task.CompletedTask;

    /// <inheritdoc />
    public Task Configure(KernelOptions options)
    {
        if (_options is not null && !AreEqual(_options, options))
        {
            throw new RequestException("the kernel has other options already");
        }

        _options = options;

        // It is the owner who forgets it: by closing it.
        DelayDeactivation(Timeout.InfiniteTimeSpan);
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public Task Start(CancellationToken cancellationToken) => Session().Ready.WaitAsync(cancellationToken);

    /// <inheritdoc />
    public Task<KernelStatus> Status() => Task.FromResult(_status);

    /// <inheritdoc />
    public async IAsyncEnumerable<KernelItem> Execute(ExecuteRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var session = Session();
        var execution = session.Add(request);
        try
        {
            while (true)
            {
                await execution.Output.Wait(cancellationToken);
                while (execution.Output.TryTake(out var item))
                {
                    yield return item;
                    if (item.IsDone)
                    {
                        yield break;
                    }
                }
            }
        }
        finally
        {
            execution.Output.Abandon();
            await session.Cancel(execution);
        }
    }

    /// <inheritdoc />
    public Task<bool> Answer(string executionId, string value) => _session?.Answer(executionId, value) ?? Task.FromResult(false);

    /// <inheritdoc />
    public Task Cancel(string executionId) => _session?.Cancel(executionId) ?? Task.CompletedTask;

    /// <inheritdoc />
    public Task<ReadOnlyMemory<byte>> Ask(string messageType, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        if (messageType is not ("complete_request" or "inspect_request" or "kernel_info_request"))
        {
            throw new RequestException($"a kernel can't be asked a {messageType}");
        }

        if (!MessageContent.IsJson(content.Span, isObject: true))
        {
            throw new RequestException("the content of a message must be a JSON object");
        }

        return Session().Ask(messageType, content, cancellationToken);
    }

    /// <inheritdoc />
    public Task Send(CommMessage message)
    {
        if (!MessageContent.IsJson(message.Data.Span, isObject: false))
        {
            throw new RequestException("the data of a widget's message must be JSON");
        }

        return _session?.Send(message) ?? Task.CompletedTask;
    }

    /// <inheritdoc />
    public Task Signal(string signal)
    {
        var number = SignalNumber.Of(signal) ?? throw new RequestException($"Unknown signal: {signal}");
        return _session?.Signal(number) ?? Task.CompletedTask;
    }

    /// <inheritdoc />
    public async Task Close()
    {
        _session?.Close();
        DelayDeactivation(TimeSpan.Zero);
        await _ends;
    }

    /// <inheritdoc />
    public async IAsyncEnumerable<KernelEvent> Follow([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var events = new EventQueue(services.Limits.MaxWaitingEventBytes);
        _followers.Add(events);
        try
        {
            yield return new KernelEvent { Status = _status };
            KernelEvent next;
            do
            {
                next = await events.Next(cancellationToken);
                yield return next;
            }
            while (next.Status is not { State: KernelState.Closed });
        }
        finally
        {
            _followers.Remove(events);
        }
    }

    /// <inheritdoc />
    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        _session?.Close();
        await _ends.WaitAsync(cancellationToken);
    }

    /// <summary>The present process, or one that is started now.</summary>
    private KernelSession Session()
    {
        if (_session is { } present)
        {
            return present;
        }

        var options = _options ?? throw new RequestException("the kernel is not configured");
        if (options.Kernel.Length == 0)
        {
            throw new RequestException(KernelErrors.NoKernel);
        }

        DelayDeactivation(Timeout.InfiniteTimeSpan);
        var session = new KernelSession(options, "kernel " + GrainKey.Parse(this.GetPrimaryKeyString()).Rest, services, Publish);
        _session = session;
        Own(session.Run());
        _ends = Task.WhenAll(_ends, session.Gone);
        return session;
    }

    /// <summary>Tells of what happens to the present process; of one that was closed nothing more comes.</summary>
    private void Publish(KernelEvent kernelEvent)
    {
        if (kernelEvent.Status is { } status)
        {
            _status = status;
            if (status.State is KernelState.Closed)
            {
                // Whoever asks for something now gets another process.
                _session = null;
            }
        }

        foreach (var follower in _followers)
        {
            follower.Add(kernelEvent);
        }
    }

    private static bool AreEqual(KernelOptions one, KernelOptions other) =>
        one with { Environment = other.Environment } == other && one.Environment.SequenceEqual(other.Environment);

    /// <summary>Background work of this grain runs on its turns and never fails unseen.</summary>
    private async void Own(Task task)
    {
        try
        {
            await task;
        }
        catch (Exception exception)
        {
            LogBackgroundFailure(logger, exception);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Running a kernel failed")]
    private static partial void LogBackgroundFailure(ILogger logger, Exception exception);
}
