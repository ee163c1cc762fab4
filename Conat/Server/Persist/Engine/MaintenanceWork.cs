namespace ProjectSilo.Conat.Server.Persist.Engine;

/// <summary>What is done with a stream's file between its transactions: nobody has asked for it, so its failure is nobody's.</summary>
internal sealed class MaintenanceWork(Action action) : StreamWork
{
    /// <inheritdoc />
    public override bool IsWrite => false;

    /// <summary>Does it.</summary>
    public void Do() => action();

    /// <inheritdoc />
    public override void Run(StreamEngine engine) => throw new InvalidOperationException("Maintenance has no transaction.");

    /// <inheritdoc />
    public override void Complete()
    {
    }
}
