using System.Collections.Immutable;
using System.Text;
using ProjectSilo.Conat;
using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Services;
using ProjectSilo.Conat.Values;
using ProjectSilo.Grains.Interfaces.Terminals;

namespace ProjectSilo.Gateways.Conat.Terminals;

/// <summary>
/// The browsers that show a terminal (spec 06 §9.3). A call may wait ten seconds until there is one, so nobody waits for it; its failure matters to nobody.
/// </summary>
internal sealed class TerminalBrowsers(ConatClient client, string projectId, string path, CancellationToken stopping)
{
    /// <summary>Most calls that wait; one more is dropped.</summary>
    private const int MaxCalls = 16;

    private readonly ConatServiceClient _browsers = new(client, TerminalSubjects.Browser(projectId, path));
    private int _calls;

    /// <summary>Tells the size.</summary>
    public void Resize(TerminalSize size) => Call("size", new WireObject { ["rows"] = size.Rows, ["cols"] = size.Columns }.Build());

    /// <summary>Passes on a message that the terminal printed.</summary>
    public void Command(string json)
    {
        if (WireJson.TryParse(Encoding.UTF8.GetBytes(json), out var message))
        {
            Call("command", message);
        }
    }

    private void Call(string name, WireValue argument)
    {
        if (Interlocked.Increment(ref _calls) > MaxCalls)
        {
            Interlocked.Decrement(ref _calls);
            return;
        }

        _ = CallAsync(name, [argument]);
    }

    private async Task CallAsync(string name, ImmutableArray<WireValue> arguments)
    {
        try
        {
            await _browsers.CallAsync(name, arguments, null, stopping).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is ConatException or OperationCanceledException)
        {
            // Nobody shows it.
        }
        finally
        {
            Interlocked.Decrement(ref _calls);
        }
    }
}
