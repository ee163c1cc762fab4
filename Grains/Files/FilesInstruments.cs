using System.Diagnostics.Metrics;

namespace ProjectSilo.Grains.Files;

/// <summary>Metrics of the calls about files.</summary>
internal static class FilesInstruments
{
    private static readonly Meter Meter = new("ProjectSilo.Files");

    private static readonly Counter<long> Scans =
        Meter.CreateCounter<long>("projectsilo.files.scans", description: "Scans of folders for listings.");

    private static readonly Counter<long> Shared =
        Meter.CreateCounter<long>("projectsilo.files.listings_shared", description: "Listings that another one's scan answered.");

    private static readonly Counter<long> Writes =
        Meter.CreateCounter<long>("projectsilo.files.writes", description: "Whole files written.");

    private static readonly Counter<long> WrittenBytes =
        Meter.CreateCounter<long>("projectsilo.files.written", "By", "Bytes of whole files written.");

    public static void ListingScanned() => Scans.Add(1);

    public static void ListingShared() => Shared.Add(1);

    public static void FileWritten(long bytes)
    {
        Writes.Add(1);
        WrittenBytes.Add(bytes);
    }
}
