using ProjectSilo.Conat.Transports;

namespace ProjectSilo.Conat;

/// <summary>Connecting, again and again (spec 05 §1.5), and signing in (§2.2).</summary>
public sealed partial class ConatClient
{
    private async Task RunAsync()
    {
        var failures = 0;
        var refusals = 0;
        while (!_closing.IsCancellationRequested)
        {
            var session = new Session(this);
            var end = await ServeAsync(session).ConfigureAwait(false);
            if (_closing.IsCancellationRequested)
            {
                return;
            }

            // A broker that takes us and drops us at once is no success.
            var wasSignedIn = session.Resync is not null;
            refusals = session.Refusal is null ? 0 : refusals + 1;
            failures = wasSignedIn ? 0 : failures + 1;
            var delay = session.Refusal is null
                ? Backoff(_options.FirstReconnectDelay, _options.MaxReconnectDelay, 2, wasSignedIn ? 0 : failures - 1)
                : Backoff(_options.FirstRefusedDelay, _options.MaxRefusedDelay, 2, refusals - 1);
            Log($"no connection to the broker: {end}");
            try
            {
                await Task.Delay(delay * (0.5 + Random.Shared.NextDouble()), _options.Time, _closing.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    /// <summary>One connection from its making to its end.</summary>
    /// <returns>Why it ended.</returns>
    private async Task<string> ServeAsync(Session session)
    {
        IConatConnection connection;
        try
        {
            connection = await _transport.ConnectAsync(session, _closing.Token).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            // The edge of the loop: also a cookie source that fails, or a name that has no address.
            return exception.Message;
        }

        Attach(session, connection);
        var end = "closed";
        try
        {
            end = await connection.Completion.WaitAsync(_closing.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The client closes.
        }

        Detach(session);
        await connection.DisposeAsync().ConfigureAwait(false);
        return session.Refusal?.Message ?? end;
    }

    private void Attach(Session session, IConatConnection connection)
    {
        lock (_gate)
        {
            session.Connection = connection;
            _session = session;
            _connections++;
            foreach (var info in session.EarlyInfos)
            {
                Take(session, info);
            }
        }
    }

    private void Detach(Session session)
    {
        lock (_gate)
        {
            session.Resync?.Dispose();
            _session = null;
            if (_signedIn.Task.IsCompleted && !_closing.IsCancellationRequested)
            {
                _signedIn = NewSignal();
            }
        }

        session.InboxReady.TrySetCanceled();
        session.Lost.TrySetResult();
    }

    private void OnInfo(Session session, ConatInfo info)
    {
        lock (_gate)
        {
            if (session.HasConnection)
            {
                Take(session, info);
            }
            else
            {
                session.EarlyInfos.Add(info);
            }
        }
    }

    /// <summary>The caller holds the lock.</summary>
    private void Take(Session session, ConatInfo info)
    {
        Info = info;
        session.Refusal = info.Refusal;
        if (session.Refusal is not null || !ReferenceEquals(session, _session))
        {
            return;
        }

        var isFirst = session.Resync is null;
        session.Resync ??= new Resync(this, session);
        if (isFirst)
        {
            // The chunks that are missing went to the connection before.
            session.Resync.Begin(hadSession: _wasSignedIn);
            _wasSignedIn = true;
            _signedIn.TrySetResult(session);
        }
        else
        {
            session.Resync.Repeat();
        }
    }

    private static TimeSpan Backoff(TimeSpan first, TimeSpan max, double factor, int attempt) =>
        TimeSpan.FromMilliseconds(Math.Min(max.TotalMilliseconds, first.TotalMilliseconds * Math.Pow(factor, Math.Min(attempt, 100))));
}
