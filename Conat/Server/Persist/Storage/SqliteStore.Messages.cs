using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Data.Sqlite;
using ProjectSilo.Conat.Persist;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Server.Persist.Storage;

/// <summary>The table <c>messages</c>. Times in it are seconds, with the milliseconds as a fraction.</summary>
internal sealed partial class SqliteStore
{
    /// <summary>Longer payloads are compressed.</summary>
    private const int MaxPlainBytes = 1_024;

    private const double MillisecondsPerSecond = 1_000;
    private const string Row = "SELECT seq, key, time, headers, compress, encoding, raw, size FROM messages";
    private const string Returning = " RETURNING seq, size";

    /// <inheritdoc />
    public override long Count => _count ??= Guard(() => (long)Scalar("SELECT COUNT(*) FROM messages")!);

    /// <inheritdoc />
    public override long Bytes => _bytes ??= Guard(() => ToInteger(Scalar("SELECT SUM(size) FROM messages")) ?? 0);

    /// <inheritdoc />
    public override long LastSeq => Guard(() => ToInteger(Scalar("SELECT MAX(seq) FROM messages")) ?? 0);

    /// <inheritdoc />
    public override long NextExpiry =>
        _nextExpiry ??= Guard(() => ToInteger(Scalar("SELECT MIN(ROUND(time * 1000) + ttl) FROM messages WHERE ttl IS NOT NULL")) ?? long.MaxValue);

    /// <inheritdoc />
    public override long? SeqOf(string key) => Guard(() => ToInteger(Scalar("SELECT seq FROM messages WHERE key = $1", key)));

    /// <inheritdoc />
    public override StoredMessage? Find(long seq) => Guard(() => ReadOne(Command(Row + " WHERE seq = $1", seq)));

    /// <inheritdoc />
    public override StoredMessage? Find(string key) => Guard(() => ReadOne(Command(Row + " WHERE key = $1", key)));

    /// <inheritdoc />
    public override IReadOnlyList<string> Keys() => Guard(() =>
    {
        var keys = new List<string>();
        using var reader = Command("SELECT key FROM messages WHERE key IS NOT NULL ORDER BY key").ExecuteReader();
        while (reader.Read())
        {
            keys.Add(reader.GetString(0));
        }

        return keys;
    });

    /// <inheritdoc />
    public override List<StoredMessage> Read(long start, long end, int maxMessages, long maxBytes) => Guard(() =>
    {
        var messages = new List<StoredMessage>();
        using var reader = Command(Row + " WHERE seq >= $1 AND seq <= $2 ORDER BY seq LIMIT $3", start, end, maxMessages).ExecuteReader();
        while (maxBytes > 0 && reader.Read())
        {
            var message = ReadMessage(reader);
            messages.Add(message);
            maxBytes -= message.Raw.Length;
        }

        return messages;
    });

    /// <inheritdoc />
    public override (long Count, long Bytes) Since(long time) => Guard(() =>
    {
        using var reader = Command("SELECT COUNT(*), SUM(size) FROM messages WHERE time >= $1", time / MillisecondsPerSecond).ExecuteReader();
        return reader.Read() ? (reader.GetInt64(0), reader.IsDBNull(1) ? 0 : ToInteger(reader.GetValue(1)) ?? 0) : (0, 0);
    });

    /// <inheritdoc />
    public override long BytesUntil(long time) =>
        Guard(() => ToInteger(Scalar("SELECT SUM(size) FROM messages WHERE time <= $1", time / MillisecondsPerSecond)) ?? 0);

    /// <inheritdoc />
    public override long Insert(NewMessage message, long time) => Guard(() =>
    {
        if (message.Key is { } key)
        {
            _ = Delete("DELETE FROM messages WHERE key = $1" + Returning, key);
        }

        var compressed = message.Raw.Length > MaxPlainBytes ? Zstd.TryCompress(message.Raw.Span) : null;
        Execute(
            "INSERT INTO messages(key, time, headers, compress, encoding, raw, size, ttl) VALUES($1, $2, $3, $4, $5, $6, $7, $8)",
            message.Key,
            time / MillisecondsPerSecond,
            message.HeadersJson,
            compressed is null ? 0 : 1,
            message.Encoding,
            compressed ?? WholeArray(message.Raw),
            message.Size,
            message.Ttl);
        _count++;
        _bytes += message.Size;
        if (message.Ttl is { } ttl && _nextExpiry is { } next)
        {
            _nextExpiry = Math.Min(next, time + ttl);
        }

        return SQLitePCL.raw.sqlite3_last_insert_rowid(_connection!.Handle);
    });

    /// <inheritdoc />
    public override ImmutableArray<long> DeleteOldest(long count) =>
        Guard(() => Delete("DELETE FROM messages WHERE seq IN (SELECT seq FROM messages ORDER BY seq LIMIT $1)" + Returning, count));

    /// <inheritdoc />
    public override ImmutableArray<long> DeleteToFree(long bytes) => Guard(() =>
    {
        var last = 0L;
        using (var reader = Command("SELECT seq, size FROM messages ORDER BY seq").ExecuteReader())
        {
            while (bytes > 0 && reader.Read())
            {
                last = reader.GetInt64(0);
                bytes -= ToInteger(reader.GetValue(1)) ?? 0;
            }
        }

        return DeleteUpTo(last);
    });

    /// <inheritdoc />
    public override ImmutableArray<long> DeleteUntil(long time) => Guard(() => Delete("DELETE FROM messages WHERE time <= $1" + Returning, time / MillisecondsPerSecond));

    /// <inheritdoc />
    public override ImmutableArray<long> DeleteExpired(long now)
    {
        var gone = Guard(() => Delete("DELETE FROM messages WHERE ttl IS NOT NULL AND ROUND(time * 1000) + ttl < $1" + Returning, now));
        _nextExpiry = null;
        return gone;
    }

    /// <inheritdoc />
    public override ImmutableArray<long> DeleteUpTo(long seq)
    {
        var gone = Guard(() => Delete("DELETE FROM messages WHERE seq <= $1" + Returning, seq));
        _isVacuumWorthwhile |= gone.Length > 0 && Count == 0;
        return gone;
    }

    /// <inheritdoc />
    public override ImmutableArray<long> Delete(long seq) => Guard(() => Delete("DELETE FROM messages WHERE seq = $1" + Returning, seq));

    private ImmutableArray<long> Delete(string sql, object value)
    {
        var gone = ImmutableArray.CreateBuilder<long>();
        using (var reader = Command(sql, value).ExecuteReader())
        {
            while (reader.Read())
            {
                gone.Add(reader.GetInt64(0));
                _bytes -= ToInteger(reader.GetValue(1)) ?? 0;
            }
        }

        _count -= gone.Count;
        gone.Sort();
        return gone.DrainToImmutable();
    }

    private static StoredMessage? ReadOne(SqliteCommand command)
    {
        using var reader = command.ExecuteReader();
        return reader.Read() ? ReadMessage(reader) : null;
    }

    private static StoredMessage ReadMessage(SqliteDataReader reader)
    {
        var key = reader.IsDBNull(1) ? null : reader.GetString(1);
        var headersJson = reader.IsDBNull(3) ? null : reader.GetString(3);
        var raw = reader.GetFieldValue<byte[]>(6);
        var seq = reader.GetInt64(0);
        if (reader.GetInt64(4) != 0)
        {
            var length = (ToInteger(reader.GetValue(7)) ?? 0) - MessageSize.Of(headersJson, 0, key);
            raw = Zstd.Decompress(raw, length);
        }

        WireValue? headers = null;
        if (headersJson is not null && !WireJson.TryParse(Encoding.UTF8.GetBytes(headersJson), out headers))
        {
            throw new StorageException($"the headers of message {seq} are damaged", StorageException.Damaged);
        }

        return new StoredMessage(seq, (long)Math.Round(reader.GetDouble(2) * MillisecondsPerSecond), key, reader.GetInt32(5), raw, headers);
    }

    /// <summary>What SQLite has for a number, which another program may have written as a real.</summary>
    private static long? ToInteger(object? value) => value switch
    {
        long integer => integer,
        double real => (long)real,
        _ => null,
    };

    private static byte[] WholeArray(ReadOnlyMemory<byte> raw) =>
        MemoryMarshal.TryGetArray(raw, out var segment) && segment.Offset == 0 && segment.Count == segment.Array!.Length ? segment.Array : raw.ToArray();
}
