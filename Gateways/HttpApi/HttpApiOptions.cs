using System.ComponentModel.DataAnnotations;

namespace ProjectSilo.Gateways.HttpApi;

/// <summary>Bounds and times of the HTTP API (spec 03 §4); configuration section <c>HttpApi</c>.</summary>
public sealed class HttpApiOptions
{
    public const string Section = "HttpApi";

    /// <summary>Most bytes of a body as it is sent; a longer one is answered with 413.</summary>
    [Range(1, 1024 * 1024 * 1024)]
    public int MaxBodyBytes { get; set; } = 3 * 1024 * 1024;

    /// <summary>
    /// Most requests whose body is being read, which happens before their login; the next ones get 503. With <see cref="MaxBodyBytes"/> it bounds the memory that they
    /// take.
    /// </summary>
    [Range(1, 100_000)]
    public int MaxBodiesAtOnce { get; set; } = 64;

    /// <summary>Most parameters of a query or an urlencoded body.</summary>
    [Range(1, 1_000_000)]
    public int MaxParameters { get; set; } = 1_000;

    /// <summary>Requests answered in a window, whatever their outcome; the next ones get 429.</summary>
    [Range(1, int.MaxValue)]
    public int RequestsPerWindow { get; set; } = 150;

    /// <summary>Length of a window. It begins with the first request after the last one has ended.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "1.00:00:00")]
    public TimeSpan Window { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>From the headers of a request until its whole body has come. Apart from this, the server closes a connection whose body hardly flows.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "1.00:00:00")]
    public TimeSpan BodyTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long an idle connection is kept for further requests: told to clients, and set for the whole server by the silo.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan KeepAliveTimeout { get; set; } = TimeSpan.FromSeconds(5);
}
