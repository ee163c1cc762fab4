using ProjectSilo.Conat.Core.Messages;
using ProjectSilo.Conat.Services;
using ProjectSilo.Conat.Values;
using ProjectSilo.Tests;

namespace ProjectSilo.Conat.Tests.Services;

/// <summary>Services against calls that are wrong in any way.</summary>
public sealed class MutatedCallTests
{
    private const ulong Seed = 20261128;
    private static readonly ServiceProtocol[] Protocols = [ServiceProtocol.Api, ServiceProtocol.Typed, ServiceProtocol.Core, ServiceProtocol.Message];

    [Fact]
    public void MutatedCalls_AreReadOrToldWhatIsWrong() => new MutationFuzzer(Corpus(), Seed).Run(MutationFuzzer.Inputs(50_000), input =>
    {
        if (!ConatPayload.TryDecode(input.ToArray(), 0, out var payload))
        {
            return;
        }

        foreach (var protocol in Protocols)
        {
            var request = protocol.Decode(payload);
            Assert.False(request.Arguments.IsDefault);
            Assert.NotNull(request.Name);
            Assert.NotNull(protocol.UnknownText(request.Name));
        }
    });

    /// <summary>Found by the fuzzer: a name may be of any kind.</summary>
    [Fact]
    public void NameOfAnyKind_IsTold()
    {
        WireValue[] names = [new WireValue.Bytes("hello"u8.ToArray()), new WireValue.Date(DateTimeOffset.UnixEpoch), new WireValue.Items(["a", 1]), WireValue.Null, 1.5, true];
        foreach (var name in names)
        {
            Assert.All(Protocols, protocol => Assert.NotNull(protocol.Decode(new WireObject { ["name"] = name }.Build()).Name));
        }
    }

    [Fact]
    public async Task EveryMutatedCall_IsAnswered()
    {
        const int Calls = 150;
        await using var bus = await TestBus.StartAsync();
        var server = await bus.ConnectAsync();
        var caller = await bus.ConnectAsync();
        var fuzzer = new MutationFuzzer(Corpus(), Seed);
        foreach (var options in (ServiceOptions[])[ServiceOptions.Api, ServiceOptions.Typed, ServiceOptions.Core, ServiceOptions.Message])
        {
            await using var service = await server.ServiceAsync("s", name => name.Length % 2 == 0 ? (_, _) => new(name) : null, options).Within();
            await Task.WhenAll(Enumerable.Range(0, Calls).Select(n =>
            {
                var buffer = new byte[MutationFuzzer.MaxBytes];
                var length = Math.Max(1, fuzzer.Make(n, buffer));
                return caller.RequestAsync("s", WireValue.Null, new PublishOptions { Raw = buffer.AsMemory(0, length) });
            })).Within();
        }
    }

    private static List<byte[]> Corpus() =>
    [
        .. Dialogue.Load("conat-services").SelectMany(dialogue => dialogue.Steps).Where(step => step.Message is { Raw.Length: < 1000 }).Select(step => step.Message!.Raw.ToArray()),
        ConatPayload.Encode("ping").ToArray(),
    ];
}
