namespace ProjectSilo.Conat.Transports.SocketIo;

/// <summary>How to reach a broker over Socket.IO (spec 05 §1).</summary>
public sealed record SocketIoOptions
{
    /// <summary>The site's address, with its base path if it has one: <c>http://localhost:5000</c>, <c>https://host/base</c>.</summary>
    public required Uri Address { get; init; }

    /// <summary>
    /// Gives the header <c>Cookie</c> to sign in with (<see cref="Core.ConatNames.ProjectCookie"/>). Asked before each attempt, so that a new token file is read; null sends none.
    /// </summary>
    public Func<ValueTask<string>>? Cookie { get; init; }

    /// <summary>Whether the server's certificate must be valid. Only a test installation has reason to switch it off.</summary>
    public bool VerifyTls { get; init; } = true;

    /// <summary>For all of the opening: WebSocket, open packet and the namespace's answer.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>A larger message that comes ends the connection.</summary>
    public int MaxMessageBytes { get; init; } = 8_000_000;

    /// <summary>Most bytes that wait to be sent. Beyond it what waits for an answer waits for room as well, and what doesn't is refused.</summary>
    public long MaxSendBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>Most answers waited for at once; what would be one more fails with code 429.</summary>
    public int MaxPendingAnswers { get; init; } = 50_000;

    /// <summary>How often the broker is told what we received.</summary>
    public TimeSpan StatisticsPeriod { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a connection is given to close in order.</summary>
    public TimeSpan CloseTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
