namespace ProjectSilo.Grains.Interfaces.Project;

/// <summary>Which parts of Jupyter are there: <c>{"lab":true,"notebook":true,"kernelspec":true}</c>.</summary>
[GenerateSerializer, Immutable, Alias("ProjectSilo.JupyterCapabilities")]
public sealed record JupyterCapabilities([property: Id(0)] bool Lab, [property: Id(1)] bool Notebook, [property: Id(2)] bool Kernelspec);
