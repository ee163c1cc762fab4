namespace ProjectSilo.Silo;

/// <summary>
/// The daemon can't start (spec 01 §4). The message is for the operator: it goes to stderr as it is, and the process ends with exit code 1.
/// It never holds a secret.
/// </summary>
internal sealed class StartFailedException(string message, Exception? innerException = null) : Exception(message, innerException);
