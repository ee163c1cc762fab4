using ProjectSilo.Conat.Core.Messages;
using ProjectSilo.Conat.Values;
using ProjectSilo.Tests;

namespace ProjectSilo.Conat.Tests.Services;

/// <summary>Sees all that is published on a bus, without being counted by anybody.</summary>
internal sealed class Spy
{
    /// <summary>Guards <see cref="_seen"/>.</summary>
    private readonly Lock _gate = new();
    private readonly List<ConatMessage> _seen = [];

    public static async Task<Spy> StartAsync(TestBus bus)
    {
        var spy = new Spy();
        var client = await bus.ConnectAsync();
        var subscription = await client.SubscribeAsync(">", new SubscribeOptions { MaxBytes = 1L << 30 }).Within();
        _ = Task.Run(async () =>
        {
            await foreach (var message in subscription)
            {
                lock (spy._gate)
                {
                    spy._seen.Add(message);
                }
            }
        });
        return spy;
    }

    /// <summary>Waits for a message, and forgets it.</summary>
    public async Task<ConatMessage> ExpectAsync(Func<ConatMessage, bool> isIt, string what)
    {
        ConatMessage? found = null;
        await Bounded.Until(() => (found = Take(isIt)) is not null, what + "; seen: " + Show());
        return found!;
    }

    public string Show()
    {
        lock (_gate)
        {
            return string.Join("\n", _seen.TakeLast(30).Select(message => $"{message.Subject} {message.Headers} {(message.Raw.Length < 200 && message.TryRead(out var data) ? data : "")}"));
        }
    }

    /// <summary>What was seen and not expected.</summary>
    public IReadOnlyList<ConatMessage> Rest()
    {
        lock (_gate)
        {
            return [.. _seen];
        }
    }

    /// <summary>Whether two messages have the same subject, payload and headers; only whether there is a reply subject counts, not which.</summary>
    public static bool IsSame(ConatMessage one, ConatMessage other, string? subject = null) =>
        one.Subject == (subject ?? other.Subject) && one.Raw.Span.SequenceEqual(other.Raw.Span) && Headers(one) == Headers(other);

    private static string Headers(ConatMessage message) => message.Headers switch
    {
        WireValue.Members members => (members.Has(ConatHeaders.Reply) ? "request" : "") + new WireObject().AddAll(members, ConatHeaders.Reply).Build(),
        null => new WireObject().Build().ToString(),
        var other => other.ToString(),
    };

    private ConatMessage? Take(Func<ConatMessage, bool> isIt)
    {
        lock (_gate)
        {
            var at = _seen.FindIndex(message => isIt(message));
            if (at < 0)
            {
                return null;
            }

            var found = _seen[at];
            _seen.RemoveAt(at);
            return found;
        }
    }
}
