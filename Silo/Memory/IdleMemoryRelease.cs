using Microsoft.Extensions.Options;
using ProjectSilo.Grains.Native;

namespace ProjectSilo.Silo.Memory;

/// <summary>
/// Gives memory back to the system once work has ceased. Without it an answer of 60 MB would cost its project hundreds of megabytes for as long as the
/// daemon is idle: the runtime collects when memory is asked for, never because none is.
/// </summary>
internal sealed class IdleMemoryRelease(IOptions<IdleMemoryOptions> options, TimeProvider time) : BackgroundService
{
    private readonly IdleMemoryOptions _options = options.Value;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(_options.CheckInterval, time);
        var atLastLook = GC.GetTotalAllocatedBytes();

        // What the start left behind is worth the first release, however little it is.
        var atRelease = atLastLook - _options.WorthwhileBytes;
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            var allocated = GC.GetTotalAllocatedBytes();
            if (allocated - atLastLook <= _options.QuietBytes && allocated - atRelease >= _options.WorthwhileBytes)
            {
                // A pause of some milliseconds, while nobody is there to notice.
                GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
                NativeHeap.Trim();
                atRelease = allocated;
            }

            atLastLook = allocated;
        }
    }
}
