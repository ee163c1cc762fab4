using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat;

/// <summary>A method of a service. What it throws is answered as <c>Error: &lt;message&gt;</c>, so a message must not tell secrets.</summary>
public delegate ValueTask<WireValue> ConatMethod(ConatCall call, CancellationToken cancellationToken);
