using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Core.Messages;

namespace ProjectSilo.Conat.Transports;

/// <summary>
/// One connection to a broker, from its making to its end. What waits for the broker fails with <c>timeout - Error: operation has timed out</c> (408) when its time is
/// over, and with <c>Error: socket has been disconnected</c> when the connection ends. Disposing it closes it in order. Thread-safe.
/// </summary>
public interface IConatConnection : IAsyncDisposable
{
    /// <summary>Ends with the connection, and never fails. Its result says why, for logs.</summary>
    Task<string> Completion { get; }

    /// <summary>Subscribes, and waits until messages really come.</summary>
    /// <exception cref="ConatException">The broker refuses.</exception>
    Task SubscribeAsync(ConatInterest interest, TimeSpan timeout, CancellationToken cancellationToken);

    /// <summary>Subscribes to many.</summary>
    /// <returns>For each, in order, why the broker refuses; null if it doesn't.</returns>
    Task<IReadOnlyList<ConatException?>> SubscribeAllAsync(IReadOnlyList<ConatInterest> interests, TimeSpan timeout, CancellationToken cancellationToken);

    /// <summary>Subscribes without waiting for anything.</summary>
    void Subscribe(ConatInterest interest);

    /// <summary>Unsubscribes without waiting for anything.</summary>
    void Unsubscribe(string subject);

    /// <summary>Unsubscribes from many.</summary>
    Task UnsubscribeAllAsync(IReadOnlyList<string> subjects, TimeSpan timeout, CancellationToken cancellationToken);

    /// <summary>The subjects that the broker has us subscribed to.</summary>
    Task<IReadOnlyList<string>> SubscriptionsAsync(TimeSpan timeout, CancellationToken cancellationToken);

    /// <summary>Publishes without waiting for anything.</summary>
    /// <returns>False if there is no room to send it in, or no connection any more.</returns>
    bool Publish(ConatChunk chunk);

    /// <summary>Publishes a chunk; chunks of one message are given one after the other. When the inner task has succeeded, the payload's memory may be used again.</summary>
    /// <returns>When there is room to send it in, a task whose result is how many (pattern, queue group) pairs got it.</returns>
    Task<Task<long>> PublishAsync(ConatChunk chunk, TimeSpan timeout, CancellationToken cancellationToken);

    /// <summary>Waits until somebody is subscribed to <paramref name="subject"/>.</summary>
    /// <param name="subject">Not a pattern.</param>
    /// <param name="waitFor">How long the broker waits; zero only asks.</param>
    /// <param name="timeout">How long the answer is waited for.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task<bool> WaitForInterestAsync(string subject, TimeSpan waitFor, TimeSpan timeout, CancellationToken cancellationToken);
}
