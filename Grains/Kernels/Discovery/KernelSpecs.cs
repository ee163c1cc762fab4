using System.Collections.Immutable;
using System.Globalization;
using Microsoft.Extensions.Options;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Interfaces.Kernels;
using ProjectSilo.Grains.Native;

namespace ProjectSilo.Grains.Kernels.Discovery;

/// <summary>The installed kernels, as they were some seconds ago or are now (spec 10 §1). Nobody runs <c>jupyter kernelspec</c>: a scan takes a millisecond, that a second.</summary>
internal sealed class KernelSpecs(KernelFolders folders, BlockingWork blockingWork, IOptions<KernelsOptions> options, TimeProvider time)
{
    private readonly KernelsOptions _limits = options.Value;

    /// <summary>Guards what follows.</summary>
    private readonly Lock _lock = new();
    private Task<ImmutableArray<KernelSpec>>? _scan;
    private long _scanned;

    /// <summary>The scan after the one that runs: for those who came when that had begun, and want to know what is now.</summary>
    private Task<ImmutableArray<KernelSpec>>? _next;

    /// <summary>All, by display name.</summary>
    /// <param name="isFresh">Whether the folders are read after this call; else it may be some seconds old. Calls at one time share one scan.</param>
    public Task<ImmutableArray<KernelSpec>> Get(bool isFresh)
    {
        lock (_lock)
        {
            if (_scan is null || (_scan.IsCompleted && (isFresh || !_scan.IsCompletedSuccessfully || time.GetElapsedTime(_scanned) >= _limits.SpecsMaxAge)))
            {
                return Scan();
            }

            return !isFresh || _scan.IsCompleted ? _scan : _next ??= ScanAfter(_scan);
        }
    }

    /// <summary>The kernel of that name, in any case; null if there is none.</summary>
    public static KernelSpec? Find(ImmutableArray<KernelSpec> specs, string name)
    {
        foreach (var spec in specs)
        {
            if (string.Equals(spec.Name, name, StringComparison.OrdinalIgnoreCase))
            {
                return spec;
            }
        }

        return null;
    }

    private Task<ImmutableArray<KernelSpec>> Scan()
    {
        _next = null;
        _scanned = time.GetTimestamp();
        return _scan = ReadInTime();
    }

    private async Task<ImmutableArray<KernelSpec>> ReadInTime()
    {
        try
        {
            return await blockingWork.Run("kernel specs", Read).WaitAsync(_limits.SpecsTimeout, time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new RequestException(string.Create(
                CultureInfo.InvariantCulture, $"looking for kernels takes longer than {_limits.SpecsTimeout.TotalSeconds:0.###} s; is there a dead folder among those of Jupyter?"));
        }
    }

    private async Task<ImmutableArray<KernelSpec>> ScanAfter(Task scan)
    {
        await scan.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ForceYielding);
        Task<ImmutableArray<KernelSpec>> own;
        lock (_lock)
        {
            own = Scan();
        }

        return await own.ConfigureAwait(false);
    }

    private ImmutableArray<KernelSpec> Read()
    {
        var found = new Dictionary<string, KernelSpec>(StringComparer.Ordinal);
        var left = _limits.MaxSpecs;
        foreach (var folder in folders.All())
        {
            foreach (var candidate in Candidates(Path.Join(folder, "kernels")))
            {
                if (left-- == 0)
                {
                    break;
                }

                if (TryRead(candidate) is { } spec)
                {
                    found.TryAdd(spec.Name, spec);
                }
            }
        }

        return [.. found.Values.OrderBy(spec => spec.DisplayName, StringComparer.Ordinal).ThenBy(spec => spec.Name, StringComparer.Ordinal)];
    }

    private static string[] Candidates(string folder)
    {
        try
        {
            var candidates = Directory.GetFileSystemEntries(folder);
            Array.Sort(candidates, StringComparer.Ordinal);
            return candidates;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private KernelSpec? TryRead(string folder)
    {
        var file = Path.Join(folder, "kernel.json");
        try
        {
            return KernelSpecReader.TryRead(folder, RegularFile.Read(file, file, "open", _limits.MaxSpecBytes).Span, out var spec) ? spec : null;
        }
        catch (Exception exception) when (exception is PosixException or RequestException)
        {
            // Broken ones are skipped silently.
            return null;
        }
    }
}
