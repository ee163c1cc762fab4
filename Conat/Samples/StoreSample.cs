using ProjectSilo.Conat.Stores;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Samples;

/// <summary>Two members share a map and a list that a persist server keeps.</summary>
public static class StoreSample
{
    /// <summary>Writes with <paramref name="one"/> what <paramref name="other"/> sees. A persist server has to be on the bus.</summary>
    /// <param name="one">A member that may use the owner's streams.</param>
    /// <param name="other">Another one.</param>
    /// <param name="projectId">The project that owns them; null is the hub.</param>
    /// <param name="output">Gets what is seen.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task RunAsync(ConatClient one, ConatClient other, string? projectId, TextWriter output, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(one);
        ArgumentNullException.ThrowIfNull(other);
        ArgumentNullException.ThrowIfNull(output);
        var options = new DkvOptions { Name = "sample-settings", ProjectId = projectId, IsEphemeral = true, NoInventory = true };
        await using var settings = await one.OpenDkvAsync(options, cancellationToken).ConfigureAwait(false);
        await using var mirror = await other.OpenDkvAsync(options, cancellationToken).ConfigureAwait(false);
        var seen = new TaskCompletionSource<DkvChange>(TaskCreationOptions.RunContinuationsAsynchronously);
        mirror.Changed += change => seen.TrySetResult(change);

        settings.Set("theme", "dark");
        await output.WriteLineAsync($"here: {settings.Get("theme")}, saved: {!settings.HasUnsavedChanges}").ConfigureAwait(false);
        await settings.SaveAsync(cancellationToken).ConfigureAwait(false);
        var change = await seen.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        await output.WriteLineAsync($"there: {change.Key} is {change.Value}").ConfigureAwait(false);

        // A list is loaded from its number on; here everything.
        var list = new StreamOptions { Name = "sample-log", ProjectId = projectId, IsEphemeral = true, NoInventory = true };
        await using var log = await one.OpenDstreamAsync(list, cancellationToken).ConfigureAwait(false);
        log.Push("one", "two");
        await log.SaveAsync(cancellationToken).ConfigureAwait(false);
        await using var reader = await other.OpenAstreamAsync(list, cancellationToken).ConfigureAwait(false);
        await foreach (var row in reader.GetAllAsync(cancellationToken: cancellationToken).ConfigureAwait(false))
        {
            await output.WriteLineAsync($"{row.Seq}: {row.Value.AsText()}").ConfigureAwait(false);
        }
    }
}
