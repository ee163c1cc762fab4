using Orleans.Runtime;
using ProjectSilo.Grains.Runtime.Calls;

namespace ProjectSilo.Grains.Runtime.Timers;

/// <summary>One tick of a timer, as a request of the grain to itself. Filters don't see it.</summary>
internal sealed class TimerCall(GrainTimer timer, GrainId target) : GrainCall(target, TickMethod, [])
{
    private static readonly GrainMethod TickMethod = GrainMethod.Create(typeof(GrainTimer).GetMethod(nameof(GrainTimer.TickAsync))!);

    public override bool IsAnswered => false;

    public override bool IsFiltered => false;

    public override bool MovesOn => false;

    public override bool AlwaysInterleave => timer.Interleave;

    public override bool KeepsAlive => timer.KeepAlive;

    public override object? Result { get; set; }

    protected override Task Execute() => timer.TickAsync();

    protected override bool Answer(Task execution)
    {
        timer.OnTickEnded();
        return true;
    }

    protected override void AnswerFailure(Exception exception) => timer.OnTickEnded();

    protected override void AnswerCanceled(CancellationToken token) => timer.OnTickEnded();
}
