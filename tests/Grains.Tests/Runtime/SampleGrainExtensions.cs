namespace ProjectSilo.Grains.Tests.Runtime;

internal static class SampleGrainExtensions
{
    /// <summary>
    /// A round trip that passes whatever waits: when it is back, requests sent before it are in the grain, running or waiting.
    /// </summary>
    public static async Task HoldBesideOpen(this ISampleGrain grain)
    {
        var gate = Stage.NewName();
        Stage.Open(gate);
        await grain.HoldBeside(gate).Within();
    }
}
