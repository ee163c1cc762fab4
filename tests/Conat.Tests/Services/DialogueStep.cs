using ProjectSilo.Conat.Core.Messages;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Tests.Services;

/// <summary>Something that a party of a dialogue sends.</summary>
/// <param name="Party">Who.</param>
/// <param name="Kind"><c>publish</c>, <c>subscribe</c>, <c>unsubscribe</c>, or <c>close</c> for the end of its transport.</param>
/// <param name="Subject">Where; empty of a close.</param>
/// <param name="Queue">Of a subscribe.</param>
/// <param name="Message">Of a publish.</param>
internal sealed record DialogueStep(string Party, string Kind, string Subject, string? Queue = null, ConatMessage? Message = null)
{
    public string? Reply => Message?.Reply;

    public string? Command => Message?.Header(ConatHeaders.SocketCommand).AsText();

    public bool IsData => Command is null && Message?.Header(ConatHeaders.SocketSequence) is WireValue.Number;
}
