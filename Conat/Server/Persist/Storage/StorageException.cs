using Microsoft.Data.Sqlite;
using ProjectSilo.Conat.Core;

namespace ProjectSilo.Conat.Server.Persist.Storage;

/// <summary>The disk, or the file on it, doesn't do what a request needs. Nothing of the request is stored.</summary>
/// <param name="message">What a client is told: nothing of where the files are.</param>
/// <param name="code">A POSIX name. Clients give up at none of them but try again.</param>
/// <param name="inner">What happened.</param>
internal sealed class StorageException(string message, string code, Exception? inner = null) : Exception(message, inner)
{
    public const string NoSpace = "ENOSPC";
    public const string ReadOnly = "EROFS";
    public const string Busy = "EBUSY";
    public const string Damaged = "EILSEQ";
    public const string InputOutput = "EIO";
    public const string NotSupported = "ENOTSUP";
    public const string TooLarge = "EFBIG";
    public const string NotPermitted = "EACCES";

    public StorageException()
        : this("error", InputOutput)
    {
    }

    public StorageException(string message)
        : this(message, InputOutput)
    {
    }

    public StorageException(string message, Exception innerException)
        : this(message, InputOutput, innerException)
    {
    }

    public string Code { get; } = code;

    /// <summary>As a client sees it.</summary>
    public ConatException ToConat() => new(Message, Code, this);

    /// <summary>What SQLite says.</summary>
    public static StorageException From(SqliteException exception) => exception.SqliteErrorCode switch
    {
        SQLitePCL.raw.SQLITE_FULL => new("no space is left for the stream", NoSpace, exception),
        SQLitePCL.raw.SQLITE_READONLY => new("the stream's file can't be written", ReadOnly, exception),
        SQLitePCL.raw.SQLITE_BUSY or SQLitePCL.raw.SQLITE_LOCKED => new("the stream's file is locked by another program", Busy, exception),
        SQLitePCL.raw.SQLITE_CORRUPT or SQLitePCL.raw.SQLITE_NOTADB => new("the stream's file is damaged", Damaged, exception),
        SQLitePCL.raw.SQLITE_TOOBIG => new("the message is too large to be stored", TooLarge, exception),
        SQLitePCL.raw.SQLITE_CANTOPEN or SQLitePCL.raw.SQLITE_PERM or SQLitePCL.raw.SQLITE_AUTH => new("the stream's file can't be opened", NotPermitted, exception),
        _ => new("the stream's file can't be used", InputOutput, exception),
    };

    /// <summary>What the file system says.</summary>
    public static StorageException From(Exception exception) => exception switch
    {
        StorageException storage => storage,
        SqliteException sqlite => From(sqlite),
        UnauthorizedAccessException => new("the stream's file can't be opened", NotPermitted, exception),
        _ => new("the stream's file can't be used", InputOutput, exception),
    };
}
