namespace ProjectSilo.Grains.Interfaces.Commands;

/// <summary>The state of an asynchronous job, on the wire in lower case.</summary>
public enum JobStatus
{
    Running,
    Completed,
    Error,
}
