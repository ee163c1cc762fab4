namespace ProjectSilo.Conat.Persist;

/// <summary>The names of headers and members (spec 07 §1.3, §1.6 – §1.8). Parameters of commands are headers.</summary>
public static class PersistHeaders
{
    /// <summary>The command.</summary>
    public const string Command = "cmd";

    /// <summary>The client's own time limit, in milliseconds.</summary>
    public const string Timeout = "timeout";

    public const string Key = "key";
    public const string Headers = "headers";
    public const string Ttl = "ttl";
    public const string PreviousSeq = "previousSeq";
    public const string MessageId = "msgID";
    public const string MessageData = "messageData";
    public const string Seq = "seq";
    public const string Seqs = "seqs";
    public const string LastSeq = "last_seq";
    public const string All = "all";
    public const string StartSeq = "start_seq";
    public const string EndSeq = "end_seq";
    public const string Time = "time";
    public const string Encoding = "encoding";
    public const string Raw = "raw";
    public const string Operation = "op";
    public const string Config = "config";
    public const string Storage = "storage";
    public const string Path = "path";
    public const string Ephemeral = "ephemeral";
    public const string Sync = "sync";
    public const string Changefeed = "changefeed";

    /// <summary>Marks a stored message whose key is deleted (spec 07 §3.6).</summary>
    public const string Tombstone = "CN-Tombstone";

    /// <summary>The answer to <c>changefeed</c>.</summary>
    public const string Created = "created";

    /// <summary>The value of <see cref="Operation"/> of an event that messages are gone.</summary>
    public const string DeleteOperation = "delete";
}
