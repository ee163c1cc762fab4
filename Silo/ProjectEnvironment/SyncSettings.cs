namespace ProjectSilo.Silo.ProjectEnvironment;

/// <summary>Where the daemon's persist service keeps streams (spec 07 §1.5, §1.12).</summary>
/// <param name="Root"><c>COCALC_SYNC</c>: absolute; by default <c>$DATA/sync</c>.</param>
/// <param name="Archive"><c>COCALC_SYNC_ARCHIVE</c>: absolute; null without.</param>
/// <param name="ArchiveInterval"><c>COCALC_SYNC_ARCHIVE_INTERVAL</c>, in milliseconds there.</param>
/// <param name="Backup"><c>COCALC_SYNC_BACKUP</c>: absolute; null without.</param>
internal sealed record SyncSettings(string Root, string? Archive, TimeSpan ArchiveInterval, string? Backup);
