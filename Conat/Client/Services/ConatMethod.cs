using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Services;

/// <summary>
/// A method of a service. Its result is the answer, unless it has answered itself (<see cref="ConatCall.RespondAsync"/>). What it throws is answered in any case, as the
/// text that <see cref="ServiceOptions.ErrorText"/> makes of it, so a message must not tell secrets.
/// </summary>
public delegate ValueTask<WireValue> ConatMethod(ConatCall call, CancellationToken cancellationToken);
