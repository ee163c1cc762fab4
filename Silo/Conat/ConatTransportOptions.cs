using System.ComponentModel.DataAnnotations;
using ProjectSilo.Conat.Transports.SocketIo;

namespace ProjectSilo.Silo.Conat;

/// <summary>How the daemon reaches a conat server; configuration section <c>ConatTransport</c>. Not used standalone.</summary>
internal sealed class ConatTransportOptions
{
    public const string Section = "ConatTransport";

    /// <summary>Whether the server's certificate must be valid. The reference accepts any.</summary>
    public bool VerifyTls { get; set; } = true;

    /// <summary>For all of the opening of a connection.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:10:00")]
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>A larger message that comes ends the connection.</summary>
    [Range(100_001, 1_000_000_000)]
    public int MaxMessageBytes { get; set; } = 8_000_000;

    /// <summary>Most bytes that wait to be sent. Beyond it what wants an answer waits, and what doesn't is lost.</summary>
    [Range(8_000_000, long.MaxValue)]
    public long MaxSendBytes { get; set; } = 64 * 1024 * 1024;

    /// <summary>The same as the transport's options.</summary>
    /// <param name="address">The server's.</param>
    /// <param name="cookie">What to sign in with.</param>
    /// <param name="time">The clock.</param>
    public SocketIoOptions ToSocketIo(Uri address, Func<ValueTask<string>> cookie, TimeProvider time) => new()
    {
        Address = address,
        Cookie = cookie,
        VerifyTls = VerifyTls,
        ConnectTimeout = ConnectTimeout,
        MaxMessageBytes = MaxMessageBytes,
        MaxSendBytes = MaxSendBytes,
        Time = time,
    };
}
