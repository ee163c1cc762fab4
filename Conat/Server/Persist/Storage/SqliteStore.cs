using System.Globalization;
using System.Text;
using Microsoft.Data.Sqlite;
using ProjectSilo.Conat.Persist;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Server.Persist.Storage;

/// <summary>
/// A stream in a SQLite file of the reference's layout (spec 07 §1.12). While it is open, changes go to a write-ahead log: a commit is one write, and what is committed outlives
/// the process. Closed, the file is as the reference leaves it, with a plain journal. Calls block: they are made where blocking does no harm.
/// </summary>
internal sealed partial class SqliteStore : StreamStore
{
    private const string Schema = """
        CREATE TABLE IF NOT EXISTS messages (
          seq INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT UNIQUE, time INTEGER NOT NULL, headers TEXT, compress NUMBER NOT NULL, encoding NUMBER NOT NULL,
          raw BLOB NOT NULL, size NUMBER NOT NULL, ttl NUMBER
        );
        CREATE TABLE IF NOT EXISTS config (
          field TEXT PRIMARY KEY, value TEXT NOT NULL
        );
        CREATE INDEX IF NOT EXISTS idx_messages_key ON messages(key);
        CREATE INDEX IF NOT EXISTS idx_messages_time ON messages(time);
        """;

    /// <summary>All that is read or written; others' columns beside don't matter.</summary>
    private static readonly string[] Columns = ["seq", "key", "time", "headers", "compress", "encoding", "raw", "size", "ttl"];

    /// <summary>Seconds that another program's lock is waited for.</summary>
    private const int LockTimeoutSeconds = 2;

    /// <summary>Kilobytes of pages that one open file keeps in memory.</summary>
    private const int CacheKilobytes = 512;

    /// <summary>With at least so many unused pages, and a quarter of all, a file is made smaller when it is closed.</summary>
    private const long MinFreePages = 64;

    private readonly string _file;
    private readonly bool _isSync;
    private readonly bool _isReadOnly;
    private readonly StreamCopies _copies;
    private readonly Dictionary<string, SqliteCommand> _commands = new(StringComparer.Ordinal);
    private SqliteConnection? _connection;
    private StreamConfiguration? _configuration;
    private long? _count;
    private long? _bytes;
    private long? _nextExpiry;
    private bool _isVacuumWorthwhile;

    /// <param name="file">The file, which need not be there.</param>
    /// <param name="isSync">Whether each commit is on the disk before it is answered.</param>
    /// <param name="copies">Where its copies are.</param>
    /// <param name="isReadOnly">Whether it must be there, and stays as it is.</param>
    public SqliteStore(string file, bool isSync, StreamCopies copies, bool isReadOnly = false) =>
        (_file, _isSync, _copies, _isReadOnly) = (file, isSync, copies, isReadOnly);

    /// <summary>Whether the file is open.</summary>
    public bool IsOpen => _connection is not null;

    /// <inheritdoc />
    public override StreamConfiguration Configuration => _configuration ??= ReadConfiguration();

    /// <inheritdoc />
    public override void Open() => Guard(OpenCore);

    /// <inheritdoc />
    public override void Begin(bool isWrite) => Guard(() => Execute(isWrite ? "BEGIN IMMEDIATE" : "BEGIN"));

    /// <inheritdoc />
    public override void Commit()
    {
        Guard(() => Execute("COMMIT"));
        if (_isVacuumWorthwhile)
        {
            // All that deletes everything leaves nearly nothing to copy.
            _isVacuumWorthwhile = false;
            TryExecute("VACUUM");
        }
    }

    /// <inheritdoc />
    public override void Rollback()
    {
        Forget();
        if (_connection is { } connection && SQLitePCL.raw.sqlite3_get_autocommit(connection.Handle) == 0)
        {
            TryExecute("ROLLBACK");
        }
    }

    /// <inheritdoc />
    public override void Configure(StreamConfigurationChange change) => Guard(() =>
    {
        foreach (var (field, value) in change.ToWire().Values)
        {
            var text = value is WireValue.Text plain && field != StreamFields.Desc ? plain.Value : WireJson.ToText(value);
            Execute("INSERT INTO config(field, value) VALUES($1, $2) ON CONFLICT(field) DO UPDATE SET value = $2", field, text);
        }

        _configuration = null;
    });

    /// <summary>Closes the file; it is then as the reference leaves it.</summary>
    public override void Release()
    {
        if (_connection is null)
        {
            return;
        }

        try
        {
            if (!_isReadOnly)
            {
                VacuumIfWorthwhile();
                TryExecute("PRAGMA journal_mode=DELETE");
            }
        }
        finally
        {
            Close();
        }
    }

    /// <summary>Copies the file, which stays open.</summary>
    /// <exception cref="StorageException">It didn't work.</exception>
    public void CopyTo(string target) => Guard(() =>
    {
        OpenCore();
        // Whole only without a log beside it.
        if (Scalar("PRAGMA journal_mode=DELETE") is not "delete")
        {
            throw new StorageException("the stream's file is in use by another program", StorageException.Busy);
        }

        try
        {
            StreamCopies.Copy(_file, target);
        }
        finally
        {
            TryExecute("PRAGMA journal_mode=WAL");
        }
    });

    /// <summary>Copies the file, which is closed.</summary>
    /// <exception cref="StorageException">It didn't work.</exception>
    public void CopyClosedTo(string target) => Guard(() =>
    {
        if (File.Exists(_file))
        {
            StreamCopies.Copy(_file, target);
        }
    });

    private void OpenCore()
    {
        if (_connection is not null)
        {
            return;
        }

        if (!_isReadOnly)
        {
            StreamCopies.CreateFolderOf(_file);
            _copies.Restore(_file);
        }

        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = _file,
            Mode = _isReadOnly ? SqliteOpenMode.ReadOnly : SqliteOpenMode.ReadWriteCreate,
            Pooling = false,
            DefaultTimeout = LockTimeoutSeconds,
        }.ToString());
        try
        {
            connection.Open();
            _connection = connection;
            Execute(string.Create(CultureInfo.InvariantCulture, $"PRAGMA cache_size=-{CacheKilobytes}"));
            Execute(_isSync ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL");
            CheckLayout();
            _configuration = ReadConfiguration();
        }
        catch
        {
            Close();
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Refuses the files of another program, and makes the tables of a new one.</summary>
    private void CheckLayout()
    {
        if (Scalar("PRAGMA user_version") is not 0L)
        {
            throw new StorageException("the stream's file is of a newer version", StorageException.NotSupported);
        }

        var columns = new HashSet<string>(StringComparer.Ordinal);
        using (var reader = Command("SELECT name FROM pragma_table_info('messages')").ExecuteReader())
        {
            while (reader.Read())
            {
                columns.Add(reader.GetString(0));
            }
        }

        if ((columns.Count > 0 || _isReadOnly) && !columns.IsSupersetOf(Columns))
        {
            throw new StorageException("the stream's file has another layout", StorageException.NotSupported);
        }

        if (_isReadOnly)
        {
            return;
        }

        // A file that can't be written can still be read; then neither of the two can be, and need not be.
        TryExecute("PRAGMA journal_mode=WAL");
        if (columns.Count == 0 || Scalar("SELECT COUNT(*) FROM sqlite_master WHERE name IN ('config', 'idx_messages_key', 'idx_messages_time')") is not 3L)
        {
            Execute(Schema);
        }
    }

    private StreamConfiguration ReadConfiguration()
    {
        var fields = new WireObject();
        using var reader = Command("SELECT field, value FROM config").ExecuteReader();
        while (reader.Read())
        {
            var (field, text) = (reader.GetString(0), reader.GetString(1));
            fields[field] = field == StreamFields.Desc && WireJson.TryParse(Encoding.UTF8.GetBytes(text), out var desc) ? desc : text;
        }

        try
        {
            return StreamConfiguration.Default.With(StreamConfigurationChange.Read(fields.Build()));
        }
        catch (Core.ConatException exception)
        {
            throw new StorageException("the stream's configuration is damaged", StorageException.Damaged, exception);
        }
    }

    private void VacuumIfWorthwhile()
    {
        try
        {
            var free = (long)Scalar("PRAGMA freelist_count")!;
            if (free >= MinFreePages && free >= (long)Scalar("PRAGMA page_count")! / 4)
            {
                Execute("VACUUM");
            }
        }
        catch (SqliteException)
        {
            // It is only to save space.
        }
    }

    /// <summary>What is only known of the file as it was.</summary>
    private void Forget() => (_count, _bytes, _nextExpiry, _configuration, _isVacuumWorthwhile) = (null, null, null, null, false);

    private void Close()
    {
        foreach (var command in _commands.Values)
        {
            command.Dispose();
        }

        _commands.Clear();
        _connection?.Dispose();
        _connection = null;
        Forget();
    }

    private static void Guard(Action action)
    {
        try
        {
            action();
        }
        catch (Exception exception) when (exception is SqliteException or IOException or UnauthorizedAccessException or ArgumentException or InvalidCastException)
        {
            throw StorageException.From(exception);
        }
    }

    private static T Guard<T>(Func<T> function)
    {
        try
        {
            return function();
        }
        catch (Exception exception) when (exception is SqliteException or IOException or UnauthorizedAccessException or ArgumentException or InvalidCastException)
        {
            throw StorageException.From(exception);
        }
    }

    /// <summary>A statement, prepared once; its parameters are <c>$1</c>, <c>$2</c> …</summary>
    private SqliteCommand Command(string sql, params ReadOnlySpan<object?> values)
    {
        if (!_commands.TryGetValue(sql, out var command))
        {
            command = _connection!.CreateCommand();
            command.CommandText = sql;
            for (var i = 0; i < values.Length; i++)
            {
                command.Parameters.Add(new SqliteParameter { ParameterName = string.Create(CultureInfo.InvariantCulture, $"${i + 1}") });
            }

            _commands.Add(sql, command);
        }

        for (var i = 0; i < values.Length; i++)
        {
            command.Parameters[i].Value = values[i] ?? DBNull.Value;
        }

        return command;
    }

    private void Execute(string sql, params ReadOnlySpan<object?> values) => Command(sql, values).ExecuteNonQuery();

    private object? Scalar(string sql, params ReadOnlySpan<object?> values) => Command(sql, values).ExecuteScalar() is var value && value is DBNull ? null : value;

    private void TryExecute(string sql)
    {
        try
        {
            Execute(sql);
        }
        catch (SqliteException)
        {
            // What it would have gained is not needed, or is tried again when the file is opened next.
        }
    }
}
