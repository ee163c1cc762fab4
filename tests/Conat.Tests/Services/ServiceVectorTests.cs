using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Core.Messages;
using ProjectSilo.Conat.Services;
using ProjectSilo.Conat.Values;
using ProjectSilo.Tests;

namespace ProjectSilo.Conat.Tests.Services;

/// <summary>
/// The captured dialogues of services (<c>conat-services.json</c>): each recorded request is answered by our service as it was recorded, byte for byte, and each recorded call is
/// made by our client. What the recorded methods did, the test's do.
/// </summary>
public sealed class ServiceVectorTests : IAsyncLifetime
{
    /// <summary>How the reference says that there is no such function; ours says it better (spec 06 §5.1).</summary>
    private const string UnknownFunction = "TypeError: impl[";

    private TestBus _bus = null!;
    private ConatClient _server = null!;
    private ConatClient _caller = null!;

    public async Task InitializeAsync()
    {
        _bus = await TestBus.StartAsync();
        _server = await _bus.ConnectAsync();
        _caller = await _bus.ConnectAsync();
    }

    public Task DisposeAsync() => _bus.DisposeAsync().AsTask();

    [Fact]
    public async Task OurServices_AnswerAsTheReferences()
    {
        var queues = new Dictionary<string, string?>();
        foreach (var dialogue in Dialogue.Load("conat-services"))
        {
            foreach (var step in dialogue.Steps.Where(step => step.Kind == "subscribe"))
            {
                queues[step.Subject] = step.Queue;
            }

            foreach (var request in Requests(dialogue))
            {
                var replies = Replies(dialogue, request);
                var options = OptionsOf(request, queues.GetValueOrDefault(request.Subject));
                await using var service = await _server.ServiceAsync(request.Subject, name => Find(name, replies), options).Within();
                var publish = new PublishOptions { Raw = request.Message!.Raw, Headers = request.Message.Headers };
                var actual = await _caller.RequestManyAsync(request.Subject, WireValue.Null, publish, maxMessages: replies.Count).ToListAsync().AsTask().Within();
                for (var i = 0; i < replies.Count; i++)
                {
                    var expected = IsUnknown(replies[i]) ? Unknown(request) : replies[i];
                    Assert.True(Spy.IsSame(actual[i], expected, actual[i].Subject), $"{dialogue.Name}: {actual[i].Headers} instead of {expected.Headers}");
                }
            }
        }
    }

    [Fact]
    public async Task OurClient_CallsAsTheReferences()
    {
        var spy = await Spy.StartAsync(_bus);
        var messages = Dialogue.Load("conat-services").Where(dialogue => dialogue.Scenario.TryGetProperty("message", out _))
            .ToDictionary(dialogue => dialogue.Name, dialogue => dialogue.Scenario.GetProperty("message").GetString());
        foreach (var dialogue in Dialogue.Load("conat-services"))
        {
            foreach (var recorded in Requests(dialogue))
            {
                var replies = Replies(dialogue, recorded);
                var request = recorded.Message!.Data;
                if (OptionsOf(recorded, null).Protocol == ServiceProtocol.Message)
                {
                    continue;
                }

                using var subscription = await _server.SubscribeAsync(recorded.Subject).Within();
                var call = Task.Run(() => CallAsync(recorded.Subject, request));
                var asked = (await subscription.ReadAsync().AsTask().Within())!;
                Assert.True(Spy.IsSame(asked, recorded.Message), $"{dialogue.Name}: {asked.Data} {asked.Headers}");
                await _server.PublishAsync(asked.Reply!, WireValue.Null, new PublishOptions { Raw = replies[0].Raw, Headers = replies[0].Headers }).Within();
                if (messages.TryGetValue($"_{dialogue.Name}-at-caller", out var message))
                {
                    Assert.Equal(message, (await Assert.ThrowsAsync<ConatException>(() => call.Within())).Message);
                }
                else
                {
                    Assert.Equal(replies[0].Data.ToString(), (await call.Within()).ToString());
                }
            }
        }
    }

    private async Task<WireValue> CallAsync(string subject, WireValue request)
    {
        switch (request)
        {
            case WireValue.Text { Value: "ping" }:
                return Assert.Single(await new ConatServiceClient(_caller, subject).PingAsync());
            case WireValue.Items { Values: [var name, WireValue.Items arguments] }:
                return await _caller.CallAsync(subject, name.AsText()!, arguments.Values);
            default:
                var members = (WireValue.Members)request;
                return await new ConatServiceClient(_caller, subject).CallAsync(members["name"].AsText()!, ((WireValue.Items)members["args"]).Values);
        }
    }

    /// <summary>What has answers.</summary>
    private static IEnumerable<DialogueStep> Requests(Dialogue dialogue) =>
        dialogue.Steps.Where(step => step.Reply is not null && Replies(dialogue, step).Count > 0);

    private static List<ConatMessage> Replies(Dialogue dialogue, DialogueStep request) =>
        [.. dialogue.Steps.Where(step => step.Kind == "publish" && step.Subject == request.Reply).Select(step => step.Message!)];

    private static ServiceOptions OptionsOf(DialogueStep request, string? queue)
    {
        var options = request.Message!.Data switch
        {
            WireValue.Text => ServiceOptions.Typed,
            WireValue.Items => ServiceOptions.Core,
            WireValue.Members members when members.Has("name") && members.Has("args") => ServiceOptions.Typed,
            _ => ServiceOptions.Message,
        };
        // The reference's typed and core services have one queue group, others a random one.
        Assert.True(queue is null || (queue == options.Queue) == (options.Queue is not null), $"{request.Subject}: {queue}");
        return options;
    }

    private static ConatMethod? Find(string name, List<ConatMessage> replies) => IsUnknown(replies[0]) ? null : async (call, token) =>
    {
        if (Error(replies[0]) is { } error && replies[0].Data is WireValue.Members { Values.Length: 1 })
        {
            throw new InvalidOperationException(error["Error: ".Length..]);
        }

        if (replies.Count == 1 && replies[0].Headers is null)
        {
            return replies[0].Data;
        }

        foreach (var reply in replies)
        {
            await call.RespondAsync(reply.Data, new PublishOptions { Headers = reply.Headers }, token);
        }

        return WireValue.Null;
    };

    private static string? Error(ConatMessage reply) => (reply.Data as WireValue.Members)?["error"].AsText();

    private static bool IsUnknown(ConatMessage reply) => Error(reply)?.StartsWith(UnknownFunction, StringComparison.Ordinal) == true;

    private static ConatMessage Unknown(DialogueStep request)
    {
        var text = $"Error: unknown function '{((WireValue.Members)request.Message!.Data)["name"].AsText()}'";
        return new ConatMessage("", ConatPayload.Encode(new WireObject { ["error"] = text }.Build()));
    }
}
