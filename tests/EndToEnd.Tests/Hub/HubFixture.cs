using System.Text.Json.Nodes;

namespace ProjectSilo.Tests.Hub;

/// <summary>A daemon with two hubs: <c>main</c>, on which a test does what it does, and <c>other</c>, which must not notice.</summary>
public sealed class HubFixture : IAsyncLifetime
{
    internal const string Other = "other";

    internal DaemonProcess Daemon { get; } = new();

    internal NodeHub Hub { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        await Daemon.With("PROJECTSILO_Hub__WriteStallTimeout", "00:00:10").StartReadyAsync();
        Hub = NodeHub.Start(Daemon.Data);
        await Hub.ConnectAsync();
        await Hub.ConnectAsync(Other);
        // Warm: what the first command loads is no leak.
        await Hub.ExecAsync("echo warm");
    }

    public async Task DisposeAsync()
    {
        await Hub.DisposeAsync();
        await Daemon.DisposeAsync();
    }

    internal ProcessUse Use() => ProcessUse.Of(Daemon.Pid);

    /// <summary>A call on the other connection is answered.</summary>
    internal async Task OtherIsAnsweredAsync()
    {
        Assert.Equal("pong", (string?)(await Hub.CallAsync(Other, "ping"))["event"]);
        Assert.Equal("hi\n", (string?)(await Hub.CallAsync(Other, "project_exec", new JsonObject { ["command"] = "echo hi" }))["stdout"]);
    }

    /// <summary>A call on the other connection is answered while <paramref name="slow"/> still runs.</summary>
    internal async Task OtherIsAnsweredBeforeAsync(Task slow)
    {
        await OtherIsAnsweredAsync();
        Assert.False(slow.IsCompleted, "the other connection waited for the slow one");
    }
}
