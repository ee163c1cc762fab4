namespace ProjectSilo.Grains.Kernels.Wire;

/// <summary>A message as it came.</summary>
/// <param name="Channel">Where it came.</param>
/// <param name="Message">The message.</param>
/// <param name="Missing">So many messages of the same channel were left out just before it: they were too large, or whoever takes the messages was too slow (<see cref="KernelMessageQueue"/>).</param>
internal readonly record struct KernelMessage(KernelChannel Channel, JupyterMessage Message, int Missing);
