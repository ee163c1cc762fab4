using System.ComponentModel.DataAnnotations;

namespace ProjectSilo.Gateways.Conat;

/// <summary>Bounds and times of the daemon's services on the bus (spec 06); configuration section <c>ConatGateway</c>.</summary>
public sealed class ConatGatewayOptions
{
    /// <summary>The configuration's section.</summary>
    public const string Section = "ConatGateway";

    /// <summary>Most calls of a service at once; further ones wait.</summary>
    [Range(1, 1_000_000)]
    public int MaxConcurrentCalls { get; set; } = 1_000;

    /// <summary>Most calls of a service that wait; one more is answered with an error.</summary>
    [Range(1, 1_000_000)]
    public int MaxWaitingCalls { get; set; } = 10_000;

    /// <summary>The first pause before a service that the broker refuses is offered again; it grows with each.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "01:00:00")]
    public TimeSpan FirstRetryDelay { get; set; } = TimeSpan.FromMilliseconds(1_300);

    /// <summary>The longest of these pauses.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "01:00:00")]
    public TimeSpan MaxRetryDelay { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Bytes of a chunk of a file that is read (spec 06 §7.1).</summary>
    [Range(1, 64 * 1024 * 1024)]
    public int FileChunkBytes { get; set; } = 4_194_304;

    /// <summary>Most files read at once, each with a few chunks in memory; further ones wait.</summary>
    [Range(1, 10_000)]
    public int MaxFileReads { get; set; } = 16;

    /// <summary>Most files that wait to be read; one more fails.</summary>
    [Range(0, 1_000_000)]
    public int MaxWaitingFileReads { get; set; } = 1_000;

    /// <summary>
    /// Most readers that are waited for because their connection is gone, each with a chunk in memory. Others have their slots meanwhile; the reading of one more ends at
    /// once.
    /// </summary>
    [Range(0, 10_000)]
    public int MaxAbsentFileReaders { get; set; } = 16;

    /// <summary>A chunk whose receiver doesn't come back for so long ends the reading.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "01:00:00")]
    public TimeSpan FileChunkTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Most uploads at once; one more fails.</summary>
    [Range(1, 1_000_000)]
    public int MaxUploads { get; set; } = 256;

    /// <summary>An uploader that sends nothing for so long is given up, if its request doesn't say how long.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "24.00:00:00")]
    public TimeSpan UploadMaxWait { get; set; } = TimeSpan.FromMilliseconds(600_000);

    /// <summary>The longest such time that a request may ask for; a hub asks for a week.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "24.00:00:00")]
    public TimeSpan LongestUploadMaxWait { get; set; } = TimeSpan.FromMilliseconds(604_800_000);

    /// <summary>
    /// Bytes of an upload that may wait to be written: an uploader that outruns the disk by more fails. Standalone it is held up before that, by the acks it waits for; a hub's
    /// conat server acks what it has passed on, whatever becomes of it.
    /// </summary>
    [Range(1, long.MaxValue)]
    public long MaxUploadBufferBytes { get; set; } = 64 * 1024 * 1024;

    /// <summary>How long a call of another compute server's API may take, if the method has no time of its own (spec 06 §3.1).</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "24.00:00:00")]
    public TimeSpan ComputeServerTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a compute server that isn't there is waited for, within the time of the call.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:30")]
    public TimeSpan ComputeServerWait { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How often it is checked that the site still takes this version (spec 01 §16).</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "24.00:00:00")]
    public TimeSpan VersionCheckInterval { get; set; } = TimeSpan.FromSeconds(120);
}
