using System.Diagnostics;

namespace ProjectSilo.Benchmarks.Client;

/// <summary>The two ways in which a connection is driven: one request after the other, and many in flight.</summary>
internal static class HubLoad
{
    /// <summary>One after the other.</summary>
    /// <returns>The time of each, in microseconds.</returns>
    public static double[] Times(HubClient client, ReadOnlySpan<byte> request, int count)
    {
        client.Heartbeat();
        var times = new double[count];
        for (var i = 0; i < count; i++)
        {
            var begin = Stopwatch.GetTimestamp();
            client.Send(request);
            client.ReceiveUnseen();
            times[i] = Stopwatch.GetElapsedTime(begin).TotalMicroseconds;
        }

        return times;
    }

    /// <summary>
    /// One every <paramref name="period"/> until <paramref name="until"/>. A request that could not be sent when it was due, because the one before was still open,
    /// counts from when it was due: otherwise a stall of 200 ms would be one slow request among thousands.
    /// </summary>
    /// <param name="client">The connection.</param>
    /// <param name="request">What to send.</param>
    /// <param name="period">From one to the next.</param>
    /// <param name="until">A timestamp of <see cref="Stopwatch"/>.</param>
    /// <returns>The time of each, in microseconds.</returns>
    public static List<double> PacedTimes(HubClient client, ReadOnlySpan<byte> request, TimeSpan period, long until)
    {
        client.Heartbeat();
        var step = (long)(period.TotalSeconds * Stopwatch.Frequency);
        List<double> times = [];
        for (var due = Stopwatch.GetTimestamp(); due < until; due += step)
        {
            var begin = due;
            if (Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), due) is { Ticks: > 0 } wait)
            {
                Thread.Sleep(wait);
                // Being woken late is the client's own delay.
                begin = Stopwatch.GetTimestamp();
            }

            client.Send(request);
            client.ReceiveUnseen();
            times.Add(Stopwatch.GetElapsedTime(begin).TotalMicroseconds);
        }

        return times;
    }

    /// <summary>Keeps <paramref name="inFlight"/> requests open on the connection for <paramref name="duration"/>.</summary>
    /// <returns>Answers a second.</returns>
    public static double Rate(HubClient client, byte[] request, int inFlight, TimeSpan duration)
    {
        client.Heartbeat();
        var batch = Enumerable.Repeat(request, inFlight).SelectMany(bytes => bytes).ToArray();
        client.Send(batch);
        var watch = Stopwatch.StartNew();
        long answers = 0;
        while (watch.Elapsed < duration)
        {
            // All that is here is taken, then as many are sent: as a client with an event loop does.
            var taken = 0;
            do
            {
                client.ReceiveUnseen();
                taken++;
            }
            while (client.HasMore && taken < inFlight);

            client.Send(batch.AsSpan(0, taken * request.Length));
            answers += taken;
        }

        var rate = answers / watch.Elapsed.TotalSeconds;
        for (var i = 0; i < inFlight; i++)
        {
            client.ReceiveUnseen();
        }

        return rate;
    }
}
