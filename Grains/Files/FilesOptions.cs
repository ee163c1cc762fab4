using System.ComponentModel.DataAnnotations;

namespace ProjectSilo.Grains.Files;

/// <summary>Bounds of the calls about files (spec 02 §6, spec 09 §4 to §7); configuration section <c>Files</c>.</summary>
public sealed class FilesOptions
{
    /// <summary>Largest file or archive that is read as a blob (<c>COCALC_PROJECT_MAX_FILE_SIZE_MB</c>).</summary>
    [Range(0L, MaxBlobBytes)]
    public long MaxBlobSizeBytes { get; set; } = 10_000_000;

    /// <summary>Largest file that is read as a text.</summary>
    [Range(0L, MaxBlobBytes)]
    public long MaxTextSizeBytes { get; set; } = 10_000_000;

    /// <summary>Most entries of a listing; a folder with more is an error.</summary>
    [Range(1, 100_000_000)]
    public int MaxListingEntries { get; set; } = 1_000_000;

    /// <summary>Most sub-folders of a listing whose entries are counted; further ones have no size.</summary>
    [Range(0, 100_000_000)]
    public int MaxCountedFolders { get; set; } = 20_000;

    /// <summary>Most entries counted in all sub-folders of a listing together; folders after that have no size.</summary>
    [Range(0, int.MaxValue)]
    public int MaxCountedEntries { get; set; } = 2_000_000;

    /// <summary>Most entries that are looked at for a file that was changed after a time.</summary>
    [Range(1, int.MaxValue)]
    public int MaxNewerEntries { get; set; } = 100_000;

    /// <summary>Most paths of one call; one with more is an error, and changes nothing.</summary>
    [Range(1, 100_000_000)]
    public int MaxPaths { get; set; } = 100_000;

    /// <summary>Most writes to one file that wait for each other; one more fails.</summary>
    [Range(1, 1_000_000)]
    public int MaxWaitingWrites { get; set; } = 1_000;

    /// <summary>
    /// Whether the folder is synced after each save. Without, a power cut may undo the saves of the last seconds (with ext4, five): each one whole, the old content being
    /// there again, or no file if it was new. With it a save takes about twice as long.
    /// </summary>
    public bool SyncFolders { get; set; }

    /// <summary>Most folders that are archived at once; more wait.</summary>
    [Range(1, 1_000)]
    public int MaxRunningArchives { get; set; } = 4;

    /// <summary>Most of them for one caller.</summary>
    [Range(1, 1_000)]
    public int MaxRunningArchivesPerCaller { get; set; } = 2;

    /// <summary>Most that wait; one more fails.</summary>
    [Range(0, 1_000_000)]
    public int MaxWaitingArchives { get; set; } = 100;

    /// <summary>An archive that takes longer fails.</summary>
    public TimeSpan ArchiveTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Pause before a folder that was busy is deleted again; twice as long the second time.</summary>
    public TimeSpan DeleteRetryDelay { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>The start waits at most so long for saves that a crash interrupted to be undone; on a hung file system that goes on later.</summary>
    public TimeSpan RecoveryTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>A partial upload that nobody has written to for so long was left by a crash, and is removed (spec 06 §7.2).</summary>
    [Range(typeof(TimeSpan), "00:00:01", "3650.00:00:00")]
    public TimeSpan PartialUploadAge { get; set; } = TimeSpan.FromDays(7);

    /// <summary>For so long a folder isn't looked into again for such.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "3650.00:00:00")]
    public TimeSpan PartialUploadScanInterval { get; set; } = TimeSpan.FromHours(1);

    /// <summary>What fits into an array.</summary>
    public const long MaxBlobBytes = 2_147_000_000;
}
