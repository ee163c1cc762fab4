namespace ProjectSilo.Grains.Interfaces.Commands;

/// <summary>
/// A command failed: the message is the bare text of spec 09 §1.9, e.g. <c>command 'exit 3' exited with nonzero code 3 -- stderr=''</c>. Clients match on
/// parts of it and get it without a prefix.
/// </summary>
public sealed class CommandException(string message) : Exception(message);
