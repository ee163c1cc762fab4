using Orleans.Runtime;
using ProjectSilo.Grains.Interfaces.Terminals;
using ProjectSilo.Grains.Tests.Files;
using ProjectSilo.Tests;

namespace ProjectSilo.Grains.Tests.Terminals;

/// <summary>A terminal, and all that it has said.</summary>
internal sealed class FollowedTerminal : IAsyncDisposable
{
    private readonly CancellationTokenSource _end = new();
    private readonly Lock _lock = new();
    private readonly List<TerminalEvent> _events = [];
    private readonly Task _following;

    public FollowedTerminal(FilesProject project, string path)
    {
        Grain = project.Terminal(path);
        _following = Follow();
    }

    public ITerminalGrain Grain { get; }

    public IReadOnlyList<TerminalEvent> Events
    {
        get
        {
            lock (_lock)
            {
                return [.. _events];
            }
        }
    }

    public string Text => string.Concat(Events.Select(next => next.Text));

    /// <summary>Waits until it has said this.</summary>
    public async Task<string> Says(string text)
    {
        try
        {
            await Bounded.Until(() => Text.Contains(text, StringComparison.Ordinal), text);
        }
        catch (Exception exception)
        {
            throw new InvalidOperationException($"'{text}' is not in '{Text}'", exception);
        }

        return Text;
    }

    public Task Says(TerminalSize size) => Bounded.Until(() => Events.LastOrDefault(next => next.Size is not null)?.Size == size, size.ToString());

    /// <summary>Takes no more.</summary>
    public async Task Leave()
    {
        await _end.CancelAsync();
        await _following;
    }

    public async ValueTask DisposeAsync()
    {
        await Leave();
        _end.Dispose();
    }

    private async Task Follow()
    {
        try
        {
            await foreach (var next in Grain.Follow(_end.Token).WithBatchSize(1))
            {
                lock (_lock)
                {
                    _events.Add(next);
                }

                await Grain.Confirm(next.Number);
            }
        }
        catch (OperationCanceledException)
        {
            // The test is over.
        }
    }
}
