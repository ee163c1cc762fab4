namespace ProjectSilo.Conat.Persist;

/// <summary>The codes of errors (spec 07 §1.13), as <see cref="Core.ConatException.Code"/> has them: as text.</summary>
public static class PersistCodes
{
    /// <summary>A limit of the stream: the change is dropped.</summary>
    public const string Reject = "reject";

    /// <summary>A compare-and-set is lost: the newer value is on its way.</summary>
    public const string WrongLastSequence = "wrong-last-sequence";

    /// <summary>An argument is wrong.</summary>
    public const string BadRequest = "400";

    /// <summary>Not permitted: giving up is all one can do.</summary>
    public const string Forbidden = "403";

    /// <summary>No such command.</summary>
    public const string NotFound = "404";

    /// <summary>Not in time: worth trying again.</summary>
    public const string TimedOut = "408";

    /// <summary>Too many open streams, which ends the opening.</summary>
    public const string TooMany = "429";

    /// <summary>Nobody is subscribed, or a part of an answer is lost: worth trying again.</summary>
    public const string Unavailable = "503";
}
