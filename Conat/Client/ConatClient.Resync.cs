using System.Threading.Channels;
using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Transports;

namespace ProjectSilo.Conat;

/// <summary>Making the broker's subscriptions of us the same as ours (spec 05 §8.6).</summary>
public sealed partial class ConatClient
{
    private const double RetryGrowth = 1.5;

    /// <summary>What is subscribed here, the inbox first.</summary>
    /// <param name="withPending">Whether also what somebody is subscribing to just now.</param>
    private List<ConatInterest> LocalInterests(bool withPending)
    {
        lock (_gate)
        {
            var subjects = _subjects.Values.Where(subject => withPending || subject.Confirmed.Task.IsCompletedSuccessfully);
            return [_inboxInterest, .. subjects.Select(subject => subject.Interest)];
        }
    }

    /// <summary>The comparisons of one connection: one at a time, in a task that ends with it.</summary>
    private sealed class Resync : IDisposable
    {
        private readonly ConatClient _client;
        private readonly Session _session;
        private readonly CancellationTokenSource _stopping;
        private readonly CancellationToken _stopped;

        /// <summary>Each info wants one; two that wait are one.</summary>
        private readonly Channel<bool> _wanted = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

        public Resync(ConatClient client, Session session)
        {
            _client = client;
            _session = session;
            _stopping = CancellationTokenSource.CreateLinkedTokenSource(client._closing.Token);
            _stopped = _stopping.Token;
        }

        /// <summary>Begins, on the connection's first info.</summary>
        /// <param name="hadSession">Whether another connection was signed in before.</param>
        public void Begin(bool hadSession) => _ = Task.Run(() => RunAsync(hadSession));

        public void Repeat() => _wanted.Writer.TryWrite(true);

        public void Dispose()
        {
            _stopping.Cancel();
            _stopping.Dispose();
        }

        private async Task RunAsync(bool hadSession)
        {
            try
            {
                if (!hadSession)
                {
                    await RetryAsync(FirstSubscribeAsync).ConfigureAwait(false);
                    await Task.Delay(_client._options.FirstResyncDelay, _client._options.Time, _stopped).ConfigureAwait(false);
                }

                while (true)
                {
                    await RetryAsync(CompareAsync).ConfigureAwait(false);
                    await _wanted.Reader.ReadAsync(_stopped).ConfigureAwait(false);
                }
            }
            catch (OperationCanceledException)
            {
                // The connection has ended.
            }
        }

        /// <summary>Repeats, with growing pauses, until there is nothing to do any more.</summary>
        private async Task RetryAsync(Func<Task<bool>> pass)
        {
            for (var attempt = 0; ; attempt++)
            {
                try
                {
                    if (await pass().ConfigureAwait(false))
                    {
                        return;
                    }
                }
                catch (ConatException exception)
                {
                    _client.Log("subscriptions can't be compared with the broker's", exception);
                }

                var delay = Backoff(_client._options.FirstRetryDelay, _client._options.MaxRetryDelay, RetryGrowth, attempt);
                await Task.Delay(delay, _client._options.Time, _stopped).ConfigureAwait(false);
            }
        }

        /// <summary>The inbox, and what was subscribed before there was a connection.</summary>
        private async Task<bool> FirstSubscribeAsync()
        {
            await _session.Connection.SubscribeAsync(_client._inboxInterest, _client._options.ResyncTimeout, _stopped).ConfigureAwait(false);
            _session.InboxReady.TrySetResult();
            var others = _client.LocalInterests(withPending: false)[1..];
            return others.Count == 0 || await SubscribeAsync(others).ConfigureAwait(false);
        }

        /// <returns>Whether all was the same already.</returns>
        private async Task<bool> CompareAsync()
        {
            // Taken before: what is confirmed while the broker answers isn't missing.
            var confirmed = _client.LocalInterests(withPending: false);
            var theirs = await _session.Connection.SubscriptionsAsync(_client._options.ResyncTimeout, _stopped).ConfigureAwait(false);
            var ours = _client.LocalInterests(withPending: true);
            var missing = confirmed.ExceptBy(theirs, interest => interest.Subject).Intersect(ours).ToList();
            var extra = theirs.Except(ours.Select(interest => interest.Subject)).ToList();
            if (!missing.Contains(_client._inboxInterest))
            {
                _session.InboxReady.TrySetResult();
            }

            if (missing.Count > 0)
            {
                await SubscribeAsync(missing).ConfigureAwait(false);
            }

            if (extra.Count > 0)
            {
                await _session.Connection.UnsubscribeAllAsync(extra, _client._options.ResyncTimeout, _stopped).ConfigureAwait(false);
            }

            return missing.Count == 0 && extra.Count == 0;
        }

        /// <returns>True: what is refused is closed, and needs no other try; but the inbox does.</returns>
        private async Task<bool> SubscribeAsync(List<ConatInterest> interests)
        {
            var refusals = await _session.Connection.SubscribeAllAsync(interests, _client._options.ResyncTimeout, _stopped).ConfigureAwait(false);
            var isWhole = true;
            for (var i = 0; i < interests.Count; i++)
            {
                if (interests[i] == _client._inboxInterest)
                {
                    isWhole = refusals[i] is null;
                    if (isWhole)
                    {
                        _session.InboxReady.TrySetResult();
                    }
                }
                else if (refusals[i] is { } refusal)
                {
                    _client.Log($"the broker refuses a subscription to '{interests[i].Subject}'", refusal);
                    _client.EndSubject(interests[i].Subject, refusal);
                }
            }

            return isWhole;
        }
    }
}
