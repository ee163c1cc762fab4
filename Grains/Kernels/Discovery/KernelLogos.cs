using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Interfaces.Kernels;
using ProjectSilo.Grains.Native;

namespace ProjectSilo.Grains.Kernels.Discovery;

/// <summary>The pictures of kernels (spec 10 §1.3). Used by one grain, so it needs no lock.</summary>
internal sealed class KernelLogos(BlockingWork blockingWork, KernelsOptions limits, TimeProvider time)
{
    private static readonly KernelLogo None = new(null, default);

    /// <summary>The oldest in front; at most <see cref="KernelsOptions.MaxLogos"/>.</summary>
    private readonly List<(string Folder, long Timestamp, Task<KernelLogo> Logo)> _known = [];

    /// <summary>The best picture. Calls at one time share one reading.</summary>
    public Task<KernelLogo> Get(KernelSpec spec, bool isFresh)
    {
        var folder = spec.ResourceDirectory;
        var index = _known.FindIndex(entry => entry.Folder == folder);
        if (index >= 0)
        {
            var (_, timestamp, known) = _known[index];
            if (!known.IsCompleted || (!isFresh && known.IsCompletedSuccessfully && time.GetElapsedTime(timestamp) < limits.LogoMaxAge))
            {
                return known;
            }

            _known.RemoveAt(index);
        }

        var logo = ReadInTime(folder);
        _known.Add((folder, time.GetTimestamp(), logo));
        if (_known.Count > limits.MaxLogos)
        {
            _known.RemoveAt(0);
        }

        return logo;
    }

    private async Task<KernelLogo> ReadInTime(string folder)
    {
        try
        {
            return await blockingWork.Run("kernel logos", () => Read(folder)).WaitAsync(limits.SpecsTimeout, time);
        }
        catch (TimeoutException)
        {
            throw new RequestException($"'{folder}' does not answer");
        }
    }

    private KernelLogo Read(string folder)
    {
        try
        {
            // So logo-svg.svg comes before logo-64x64.png, and that before logo-32x32.png.
            foreach (var file in Directory.GetFiles(folder, "logo-*").OrderByDescending(Path.GetFileName, StringComparer.OrdinalIgnoreCase))
            {
                if (TryRead(file) is { } content)
                {
                    return new KernelLogo(Path.GetFileName(file), content);
                }
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The kernel has just been removed.
        }

        return None;
    }

    private ReadOnlyMemory<byte>? TryRead(string file)
    {
        try
        {
            return RegularFile.Read(file, file, "open", limits.MaxLogoBytes);
        }
        catch (Exception exception) when (exception is PosixException or RequestException)
        {
            return null;
        }
    }
}
