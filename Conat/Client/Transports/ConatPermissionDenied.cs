namespace ProjectSilo.Conat.Transports;

/// <summary>The event <c>permission</c> (spec 05 §7).</summary>
/// <param name="Message">The broker's text: <c>permission denied publishing to 'a' from {…}</c>.</param>
/// <param name="Subject">What was asked for.</param>
/// <param name="IsPublish">Whether it was publishing, <c>"type":"pub"</c>; else subscribing.</param>
public sealed record ConatPermissionDenied(string Message, string Subject, bool IsPublish);
