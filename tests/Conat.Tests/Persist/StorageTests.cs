using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Persist;
using ProjectSilo.Conat.Values;
using ProjectSilo.Tests;

namespace ProjectSilo.Conat.Tests.Persist;

/// <summary>The files: those of the reference, and those that are in no good state.</summary>
public sealed class StorageTests
{
    [Fact]
    public async Task AFileOfTheReference_IsReadAsItWasMeant_AndStaysReadable()
    {
        var sample = Vectors.Load("persist-sqlite-sample");
        await using var bus = await PersistBus.StartAsync();
        var file = bus.FileOf("sample");
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        await using (var zip = new GZipStream(new MemoryStream(sample.GetProperty("gzip_base64").GetBytesFromBase64()), CompressionMode.Decompress))
        {
            await using var target = File.Create(file);
            await zip.CopyToAsync(target);
        }

        await using (var socket = await bus.OpenAsync("sample"))
        {
            var (messages, _) = await socket.GetAllAsync();
            Assert.Equal(sample.GetProperty("get_all").EnumerateArray().Select(Text), messages.Select(Text));
            Assert.Equal(Canonical(sample.GetProperty("config")), WireJson.ToCanonicalText(await socket.CallAsync("config")));
            Assert.Equal(Canonical(sample.GetProperty("inventory")), WireJson.ToCanonicalText(await socket.CallAsync("inventory")));
            Assert.Equal(sample.GetProperty("next_seq").GetInt64(), (await socket.SetAsync(new WireValue.Bytes(new byte[5_000]))).Seq);
        }

        await Bounded.Until(() => bus.Server.OpenStreams == 0 && !File.Exists(file + "-wal"), "it is closed");
        await using var connection = new SqliteConnection($"Data Source={file};Mode=ReadOnly;Pooling=false");
        connection.Open();
        Assert.Equal("delete", Scalar(connection, "PRAGMA journal_mode"));
        Assert.Equal("ok", Scalar(connection, "PRAGMA integrity_check"));
        Assert.Equal(1L, Scalar(connection, $"SELECT compress FROM messages WHERE seq = {sample.GetProperty("next_seq")}"));
        Assert.Equal("28B52FFD", Scalar(connection, $"SELECT hex(substr(raw, 1, 4)) FROM messages WHERE seq = {sample.GetProperty("next_seq")}"));
        Assert.Equal("integer", Scalar(connection, $"SELECT typeof(size) FROM messages WHERE seq = {sample.GetProperty("next_seq")}"));
    }

    [Theory]
    [InlineData("garbage", "Error: Error: the stream's file is damaged", "EILSEQ")]
    [InlineData("truncated", "Error: Error: the stream's file is damaged", "EILSEQ")]
    [InlineData("newer", "Error: Error: the stream's file is of a newer version", "ENOTSUP")]
    [InlineData("foreign", "Error: Error: the stream's file has another layout", "ENOTSUP")]
    [InlineData("folder", "Error: Error: the stream's file can't be opened", "EACCES")]
    public async Task AFileThatCantBeUsed_IsAnErrorOfItsStreamOnly(string kind, string text, string code)
    {
        await using var bus = await PersistBus.StartAsync();
        await using var other = await bus.OpenAsync("other");
        await other.SetAsync(1);
        var file = bus.FileOf("s");
        switch (kind)
        {
            case "garbage":
                await File.WriteAllBytesAsync(file, RandomNumberGenerator.GetBytes(10_000));
                break;
            case "truncated":
                Make(file, "CREATE TABLE messages (seq INTEGER PRIMARY KEY); INSERT INTO messages SELECT value FROM json_each('[1,2,3]'); CREATE TABLE t (x); INSERT INTO t VALUES (randomblob(9000))");
                await File.WriteAllBytesAsync(file, (await File.ReadAllBytesAsync(file))[..5_000]);
                break;
            case "newer":
                Make(file, "PRAGMA user_version=7");
                break;
            case "foreign":
                Make(file, "CREATE TABLE messages (id, text)");
                break;
            default:
                Directory.CreateDirectory(file);
                break;
        }

        await using var socket = await bus.OpenAsync("s");
        var error = await socket.FailAsync("keys");
        Assert.Equal((text, code), (error.Message, error.Code));
        Assert.Equal(2, (await other.SetAsync(2)).Seq);
    }

    [Fact]
    public async Task AFileThatIsLocked_FailsOneRequest()
    {
        await using var bus = await PersistBus.StartAsync();
        await using var socket = await bus.OpenAsync("s");
        await socket.SetAsync(1);
        await using (var other = new SqliteConnection($"Data Source={bus.FileOf("s")};Pooling=false"))
        {
            other.Open();
            Execute(other, "BEGIN IMMEDIATE");
            var error = await socket.FailAsync("set", data: 2);
            Assert.Equal(("Error: the stream's file is locked by another program", "EBUSY"), (error.Message, error.Code));
            Assert.Single((await socket.GetAllAsync()).Messages);
            Execute(other, "ROLLBACK");
        }

        Assert.Equal(2, (await socket.SetAsync(2)).Seq);
    }

    [MountFact]
    public async Task AFullDisk_FailsWhatDoesntFit_AndNothingElse()
    {
        await using var bus = await PersistBus.StartAsync();
        await using var disk = await Mount.Tmpfs(bus.Root, "2m");
        await using var socket = await bus.OpenAsync("s");
        await socket.SetAsync("first");

        // They come together, and are one transaction at first.
        var large = RandomNumberGenerator.GetBytes(4_000_000);
        var sets = Enumerable.Range(0, 20).Select(i => socket.CallAsync("set", data: i == 10 ? new WireValue.Bytes(large) : i)).ToList();
        var failures = new List<string?>();
        foreach (var set in sets)
        {
            var error = await Record.ExceptionAsync(() => set.Within());
            failures.Add((error as ConatException)?.Code);
        }

        Assert.Equal(Enumerable.Range(0, 20).Select(i => i == 10 ? "ENOSPC" : null), failures);
        var (messages, _) = await socket.GetAllAsync();
        Assert.Equal(20, messages.Length);
    }

    [MountFact]
    public async Task AReadOnlyDisk_CanStillBeRead()
    {
        await using var bus = await PersistBus.StartAsync();
        await using (var socket = await bus.OpenAsync("s"))
        {
            await socket.SetAsync("kept");
        }

        await Bounded.Until(() => bus.Server.OpenStreams == 0 && !File.Exists(bus.FileOf("s") + "-wal"), "it is closed");
        await bus.StopServerAsync();
        await using (await Mount.Bind(bus.Root, bus.Root, readOnly: true))
        {
            await bus.StartServerAsync();
            await using var socket = await bus.OpenAsync("s");
            Assert.Equal("kept", (await socket.GetAsync(new WireObject { ["seq"] = 1 })).Data.AsText());
            Assert.Equal("EROFS", (await socket.FailAsync("set", data: "lost")).Code);
            Assert.Single((await socket.GetAllAsync()).Messages);
            await bus.StopServerAsync();
        }

        await bus.StartServerAsync();
    }

    [Fact]
    public async Task IdleFiles_AreClosed_AndOnlySomeStayOpen()
    {
        var time = new FakeTimeProvider();
        await using var bus = await PersistBus.StartAsync(options => options with { MaxOpenFiles = 3, Time = time });
        var client = await bus.ConnectAsync();
        var sockets = new List<StreamSocket>();
        for (var i = 0; i < 8; i++)
        {
            sockets.Add(await bus.OpenAsync($"s{i}", client: client));
            await sockets[i].SetAsync(i);
        }

        Assert.Equal(8, bus.Server.OpenStreams);
        await Bounded.Until(() => Enumerable.Range(0, 8).Count(i => File.Exists(bus.FileOf($"s{i}") + "-wal")) == 3, "three files are open");
        time.Advance(TimeSpan.FromSeconds(31));
        await Bounded.Until(() => !Enumerable.Range(0, 8).Any(i => File.Exists(bus.FileOf($"s{i}") + "-wal")), "all files are closed");
        Assert.Equal((8, 0), (bus.Server.OpenStreams, bus.Server.OpenFiles));
        for (var i = 0; i < 8; i++)
        {
            Assert.Equal(2, (await sockets[i].SetAsync(i)).Seq);
            await sockets[i].DisposeAsync();
        }
    }

    private static void Make(string file, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={file};Pooling=false");
        connection.Open();
        Execute(connection, sql);
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private static object? Scalar(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }

    private static string Canonical(JsonElement json)
    {
        Assert.True(WireJson.TryParse(System.Text.Encoding.UTF8.GetBytes(json.GetRawText()), out var value));
        return WireJson.ToCanonicalText(value);
    }

    private static string Text(StoredMessage message) =>
        $"{message.Seq} {message.Time} {message.Key ?? "none"} {message.Encoding} {message.Headers?.ToString() ?? "none"} {(message.Raw.Length > 100 ? $"{message.Raw.Length} {Sha1(message.Raw.Span)}" : Convert.ToHexStringLower(message.Raw.Span))}";

    private static string Text(JsonElement row)
    {
        var raw = row.GetProperty("raw");
        var body = raw.TryGetProperty("hex", out var hex) ? hex.GetString() : $"{raw.GetProperty("len")} {raw.GetProperty("sha1").GetString()}";
        var headers = row.TryGetProperty("headers", out var given) ? Canonical(given) : "none";
        return $"{row.GetProperty("seq")} {row.GetProperty("time")} {(row.TryGetProperty("key", out var key) ? key.GetString() : "none")} {row.GetProperty("encoding")} {headers} {body}";
    }

    [System.Diagnostics.CodeAnalysis.SuppressMessage("Security", "CA5350", Justification = "The vectors have it.")]
    private static string Sha1(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA1.HashData(bytes));
}
