using System.Runtime.InteropServices;
using ProjectSilo.Grains.Native;

namespace ProjectSilo.Silo.Signals;

/// <summary>
/// SIGTERM, SIGINT, SIGQUIT and SIGHUP ask the daemon to stop (spec 01 §17). After the stop the process ends <i>by</i> the signal, as its parent
/// expects.
/// </summary>
internal sealed class StopSignals : IDisposable
{
    private const int SignalExitCode = 128;
    private static readonly TimeSpan DeliveryTimeout = TimeSpan.FromSeconds(1);

    private readonly TaskCompletionSource<int> _received = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly PosixSignalRegistration[] _registrations;

    public StopSignals() => _registrations =
        [Register(PosixSignal.SIGHUP, 1), Register(PosixSignal.SIGINT, 2), Register(PosixSignal.SIGQUIT, 3), Register(PosixSignal.SIGTERM, 15)];

    /// <summary>The number of the first signal received.</summary>
    public Task<int> Received => _received.Task;

    /// <summary>Ends the process by <paramref name="signal"/>.</summary>
    /// <returns>The exit code to end with in case the signal does not reach us within a second, as if sent to a process that blocks it.</returns>
    public static async Task<int> DieAsync(int signal, TimeProvider time)
    {
        RuntimeFiles.Remove();
        OwnProcess.DieBySignal(signal);
        await Task.Delay(DeliveryTimeout, time);
        return SignalExitCode + signal;
    }

    public void Dispose()
    {
        foreach (var registration in _registrations)
        {
            registration.Dispose();
        }
    }

    private PosixSignalRegistration Register(PosixSignal signal, int number) =>
        PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = true;
            _received.TrySetResult(number);
        });
}
