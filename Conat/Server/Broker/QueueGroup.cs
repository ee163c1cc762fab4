using System.Collections.Immutable;

namespace ProjectSilo.Conat.Server.Broker;

/// <summary>The receivers of one pattern that gave the same queue; one of them gets each message. A snapshot.</summary>
public sealed record QueueGroup(string Queue, ImmutableArray<IMessageReceiver> Members)
{
    /// <summary>Any member, each as likely as the others: there is no sticky routing (spec 05 §11).</summary>
    public IMessageReceiver Choose(Random random) => Members.Length == 1 ? Members[0] : Members[random.Next(Members.Length)];
}
