using System.Security.Cryptography;
using ProjectSilo.Conat;
using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Core.Messages;
using ProjectSilo.Conat.Values;
using ProjectSilo.Tests;
using ProjectSilo.Tests.Broker;

namespace ProjectSilo.Gateways.Tests.Conat;

/// <summary>Files over the bus (spec 06 §7), and what goes wrong with them.</summary>
public sealed class FileStreamTests : IAsyncLifetime
{
    private const string Name = "eizACI1rYU";

    private readonly BusProject _project = new(options =>
    {
        options.MaxFileReads = 1;
        options.MaxWaitingFileReads = 1;
        options.FileChunkTimeout = TimeSpan.FromMilliseconds(600);
        options.MaxUploads = 2;
    });

    public Task InitializeAsync() => _project.InitializeAsync();

    public Task DisposeAsync() => _project.DisposeAsync();

    [Fact]
    public async Task AFileOfSeveralChunks_ComesWhole_AndGoesWhole()
    {
        var bytes = RandomNumberGenerator.GetBytes(10_000_001);
        await File.WriteAllBytesAsync(At("in.bin"), bytes);
        var read = await Read("in.bin");
        Assert.Equal([4_194_304, 4_194_304, 1_611_393], read.Select(chunk => chunk.Length));
        Assert.Equal(bytes, read.SelectMany(chunk => chunk));

        var answer = await Upload("sub/out.bin", read.Select((chunk, index) => Chunk(index + 1, chunk)).Append(Done));
        Assert.Equal("{\"status\":\"success\",\"bytes\":10000001,\"chunks\":3}", answer);
        Assert.Equal(bytes, await File.ReadAllBytesAsync(At("sub/out.bin")));
    }

    [Theory]
    [InlineData("dir1", "Error: EISDIR: illegal operation on a directory, read")]
    [InlineData("pipe", "Error: 'HOME/pipe' is not a regular file")]
    [InlineData("/dev/zero", "Error: '/dev/zero' is not a regular file")]
    [InlineData("hello.txt/x", "Error: ENOTDIR: not a directory, open 'HOME/hello.txt/x'")]
    [InlineData(null, "Error: path must be a string")]
    public async Task WhatIsNoFile_IsRefused(string? path, string error)
    {
        await _project.Call("system.exec", [BusProject.Wire("{\"command\":\"mkfifo pipe\"}")]);
        var failure = await Assert.ThrowsAsync<ConatException>(() => Read(path));
        Assert.Equal(error.Replace("HOME", _project.Home, StringComparison.Ordinal), failure.Message);
    }

    [Fact]
    public async Task AReaderThatVanishes_EndsTheReading_AndWhoWaitsComesNext()
    {
        await File.WriteAllBytesAsync(At("big"), new byte[20_000_000]);
        await _project.Hub.WaitForInterestAsync(BusProject.Subject("files:read"));
        using var vanished = await _project.Hub.SubscribeAsync("_INBOX.hub-hub.vanishes");
        var request = new PublishOptions { Headers = new WireObject { [ConatHeaders.Reply] = "_INBOX.hub-hub.vanishes" }.Build() };
        await _project.Hub.PublishAsync(BusProject.Subject("files:read"), new WireObject { ["path"] = "big" }.Build(), request);
        Assert.Equal(1, (await vanished.ReadAsync().AsTask().Within())!.Header("seq").AsNumber());
        vanished.Dispose();

        // The only slot is free while the first is waited for; its own reading ends when it has not come back.
        Assert.Equal("hello world\n"u8.ToArray(), (await Read("hello.txt")).Single());
        await Bounded.Until(() => !IsOpen(At("big")), "the file is closed");
    }

    [Fact]
    public async Task AReaderWhoComesBack_GetsTheFile_AndMeanwhileOthersHaveItsSlot()
    {
        const string Inbox = "_INBOX.hub-hub.returns";
        var project = new BusProject(options => (options.MaxFileReads, options.MaxWaitingFileReads) = (1, 1));
        await project.InitializeAsync();
        try
        {
            await File.WriteAllBytesAsync(Path.Combine(project.Home, "big"), new byte[5_000_000]);
            var request = new PublishOptions { Headers = new WireObject { [ConatHeaders.Reply] = Inbox }.Build(), WaitForInterest = true };
            await project.Hub.PublishAsync(BusProject.Subject("files:read"), new WireObject { ["path"] = "big" }.Build(), request);
            Assert.Equal("hello world\n"u8.ToArray(), (await Read("hello.txt", project)).Single());

            using var returned = await project.Hub.SubscribeAsync(Inbox);
            Assert.Equal(1, (await returned.ReadAsync().AsTask().Within())!.Header("seq").AsNumber());
            Assert.Equal(2, (await returned.ReadAsync().AsTask().Within())!.Header("seq").AsNumber());
            Assert.True((await returned.ReadAsync().AsTask().Within())!.Header("done").IsTruthy());
        }
        finally
        {
            await project.DisposeAsync();
        }
    }

    [Fact]
    public async Task AReaderOfManyFiles_IsTold()
    {
        await File.WriteAllBytesAsync(At("big"), new byte[20_000_000]);
        var results = await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
        {
            try
            {
                return (await Read("big")).Sum(chunk => chunk.Length).ToString(System.Globalization.CultureInfo.InvariantCulture);
            }
            catch (ConatException exception)
            {
                return exception.Message;
            }
        })).Within();
        Assert.Contains("20000000", results);
        Assert.All(results, result => Assert.True(result is "20000000" or "Error: too many files are being read; try again later", result));
    }

    [Theory]
    [InlineData("{\"name\":\"a.b\",\"path\":\"x\"}", "Error: name must match [0-9a-zA-Z]+")]
    [InlineData("{\"name\":\"\",\"path\":\"x\"}", "Error: name must match [0-9a-zA-Z]+")]
    [InlineData("{\"path\":\"x\"}", "Error: name must be a string")]
    [InlineData("{\"name\":\"a\"}", "Error: path must be a string")]
    [InlineData("{\"name\":\"a\",\"path\":\"x\",\"maxWait\":-1}", "Error: maxWait must be a positive number")]
    [InlineData("{\"name\":\"a\",\"path\":\"dir1\"}", "Error: EISDIR: illegal operation on a directory, open 'HOME/dir1'")]
    [InlineData("{\"name\":\"a\",\"path\":\"hello.txt/x/y\"}", "Error: ENOTDIR: not a directory, mkdir 'HOME/hello.txt/x'")]
    [InlineData("{\"name\":\"a\",\"path\":\"/proc/nope/x\"}", "Error: ENOENT: no such file or directory, mkdir '/proc/nope'")]
    [InlineData("{\"name\":\"a\",\"path\":\"/dev/null\"}", "Error: '/dev/null' is not a regular file")]
    [InlineData("null", "Error: name must be a string")]
    public async Task AnUploadThatCantBegin_IsAnError(string request, string error)
    {
        var answer = await _project.Ask("files:write", BusProject.Wire(request));
        Assert.Equal(new WireObject { ["error"] = error.Replace("HOME", _project.Home, StringComparison.Ordinal), ["status"] = "error" }.Build().ToString(), answer.ToString());
    }

    [Fact]
    public async Task AnUploadThatFails_LeavesNothing_AndTheOldFile()
    {
        await File.WriteAllTextAsync(At("f"), "old");
        Assert.Equal("{\"error\":\"Error: lost data: seq=3, next=2\",\"status\":\"error\"}", await Upload("f", [Chunk(1, [1]), Chunk(3, [2])]));
        Assert.Equal("{\"error\":\"Error: no more\",\"status\":\"error\"}", await Upload("f", [Chunk(1, [1]), Failure("Error: no more")]));
        Assert.Equal("{\"error\":\"Error: a chunk of a file must be bytes\",\"status\":\"error\"}", await Upload("f", [(WireValue.Null, Header("seq", 1))]));
        Assert.Equal("{\"error\":\"Error: truncated\",\"status\":\"error\"}", await Upload("f", [Chunk(1, [1])], maxWait: 300));
        Assert.Equal("{\"error\":\"Error: truncated\",\"status\":\"error\"}", await Upload("f", [], maxWait: 300));
        Assert.Equal("old", await File.ReadAllTextAsync(At("f")));
        Assert.Empty(Partials());
        Assert.Equal("{\"status\":\"success\",\"bytes\":0,\"chunks\":0}", await Upload("f", [Done]));
        Assert.Equal("", await File.ReadAllTextAsync(At("f")));
    }

    [Fact]
    public async Task AnUploaderThatIsNotThere_IsWaitedForAsLongAsItsRequestSays()
    {
        // Half a minute would be the limit of the test's own request.
        var request = new WireObject { ["name"] = Name, ["path"] = "f", ["maxWait"] = 200 }.Build();
        var answer = await _project.Ask("files:write", request);
        Assert.Equal("{\"error\":\"Error: timeout - Error: operation has timed out\",\"status\":\"error\"}", answer.ToString());
        Assert.Empty(Partials());
    }

    [Fact]
    public async Task AnUploaderWhoseConnectionIsLost_IsGivenUp()
    {
        var uploader = await _project.Connect(BrokerHost.HubCookies, ConatNames.HubInbox("other"));
        using var offered = await uploader.SubscribeAsync(BusProject.Subject("files:read" + Name));
        var request = new WireObject { ["name"] = Name, ["path"] = "f", ["maxWait"] = 500 }.Build();
        var answer = _project.Ask("files:write", request);
        var asked = (await offered.ReadAsync().AsTask().Within())!;
        await uploader.RespondAsync(asked, new WireValue.Bytes(new byte[1000]), new PublishOptions { Headers = Header("seq", 1) });
        await Bounded.Until(() => Partials() is [var partial] && new FileInfo(partial).Length == 1000, "the partial file");
        await uploader.DisposeAsync();
        Assert.Equal("{\"error\":\"Error: truncated\",\"status\":\"error\"}", (await answer.Within()).ToString());
        Assert.Empty(Partials());
        Assert.False(File.Exists(At("f")));
    }

    [Fact]
    public async Task TwoUploadsToOnePath_DontMix_AndAThirdIsRefused()
    {
        using var first = await _project.Hub.SubscribeAsync(BusProject.Subject("files:readone"));
        using var second = await _project.Hub.SubscribeAsync(BusProject.Subject("files:readtwo"));
        var answers = new[] { "one", "two" }.Select(name => _project.Ask("files:write", new WireObject { ["name"] = name, ["path"] = "f" }.Build())).ToArray();
        var asked = new[] { (await first.ReadAsync().AsTask().Within())!, (await second.ReadAsync().AsTask().Within())! };
        Assert.Equal("{\"error\":\"Error: too many files are being uploaded; try again later\",\"status\":\"error\"}",
            (await _project.Ask("files:write", new WireObject { ["name"] = "three", ["path"] = "f" }.Build())).ToString());
        for (var n = 1; n <= 5; n++)
        {
            await Send(asked[0], [Chunk(n, "a"u8.ToArray())]);
            await Send(asked[1], [Chunk(n, "b"u8.ToArray())]);
        }

        await Send(asked[1], [Done]);
        await answers[1].Within();
        Assert.Equal("bbbbb", await File.ReadAllTextAsync(At("f")));
        await Send(asked[0], [Done]);
        await answers[0].Within();
        Assert.Equal("aaaaa", await File.ReadAllTextAsync(At("f")));
        Assert.Empty(Partials());
    }

    [Fact]
    public async Task TheDaemonsEnd_LeavesNoPartialFile()
    {
        using var folder = new TemporaryFolder();
        using var offered = await _project.Hub.SubscribeAsync(BusProject.Subject("files:read" + Name, 3));
        var daemon = await _project.AddDaemon(computeServerId: 3);
        var answer = _project.Ask("files:write", new WireObject { ["name"] = Name, ["path"] = folder.File("f") }.Build(), computeServerId: 3);
        var asked = (await offered.ReadAsync().AsTask().Within())!;
        await Send(asked, [Chunk(1, [1])]);
        await daemon.StopAsync().Within();
        Assert.Empty(Directory.GetFiles(folder.Path));
        Assert.Equal("{\"error\":\"Error: canceled\",\"status\":\"error\"}", (await answer.Within()).ToString());
    }

    private static (WireValue Data, WireValue Headers) Done => (WireValue.Null, Header("done", true));

    private static (WireValue Data, WireValue Headers) Chunk(int sequence, byte[] bytes) => (new WireValue.Bytes(bytes), Header("seq", sequence));

    private static (WireValue Data, WireValue Headers) Failure(string error) => (WireValue.Null, Header("error", error));

    private static WireValue.Members Header(string name, WireValue value) => new WireObject { [name] = value }.Build();

    private static bool IsOpen(string path) => Directory.GetFiles("/proc/self/fd").Any(fd => new FileInfo(fd).LinkTarget == path);

    private string At(string path) => Path.Combine(_project.Home, path);

    private string[] Partials() => Directory.GetFiles(_project.Home, "*.partialupload-*");

    private async Task<List<byte[]>> Read(string? path, BusProject? project = null)
    {
        var client = (project ?? _project).Hub;
        var request = path is null ? new WireObject().Build() : new WireObject { ["path"] = path }.Build();
        var chunks = new List<byte[]>();
        var end = false;
        await foreach (var reply in client.RequestManyAsync(BusProject.Subject("files:read"), request, new PublishOptions { WaitForInterest = true }, Bounded.Limit))
        {
            if (ConatHeaders.ErrorIn(reply.Headers) is { } error)
            {
                throw error;
            }

            end = reply.Header("done").IsTruthy();
            if (end)
            {
                break;
            }

            Assert.Equal(chunks.Count + 1, reply.Header("seq").AsNumber());
            chunks.Add(((WireValue.Bytes)reply.Data).Value.ToArray());
        }

        Assert.True(end);
        return chunks;
    }

    /// <summary>Uploads what is given, and gives the answer.</summary>
    private async Task<string> Upload(string path, IEnumerable<(WireValue Data, WireValue Headers)> messages, int maxWait = 60_000)
    {
        using var offered = await _project.Hub.SubscribeAsync(BusProject.Subject("files:read" + Name));
        var answer = _project.Ask("files:write", new WireObject { ["name"] = Name, ["path"] = path, ["maxWait"] = maxWait }.Build());
        await Send((await offered.ReadAsync().AsTask().Within())!, messages);
        return (await answer.Within()).ToString();
    }

    private async Task Send(ConatMessage asked, IEnumerable<(WireValue Data, WireValue Headers)> messages)
    {
        foreach (var (data, headers) in messages)
        {
            await _project.Hub.RespondAsync(asked, data, new PublishOptions { Headers = headers }).Within();
        }
    }
}
