namespace ProjectSilo.Grains.Interfaces.Commands;

/// <summary>Asks for a job: <c>{async_get, async_await}</c> (spec 09 §1.11).</summary>
/// <param name="JobId">As given; need not be a UUID.</param>
/// <param name="AwaitEnd">Answer only when the job has ended.</param>
[GenerateSerializer, Immutable, Alias("ProjectSilo.JobQuery")]
public sealed record JobQuery([property: Id(0)] string JobId, [property: Id(1)] bool AwaitEnd);
