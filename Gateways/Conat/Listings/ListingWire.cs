using ProjectSilo.Conat.Values;
using ProjectSilo.Gateways.Api;
using ProjectSilo.Grains.Interfaces.Files;

namespace ProjectSilo.Gateways.Conat.Listings;

/// <summary>Writes the values of the stores <c>listings</c> and <c>listings-times</c> (spec 06 §8).</summary>
internal static class ListingWire
{
    private const string Interest = "interest";
    private const string Updated = "updated";

    /// <summary>
    /// <c>{"files":[...],"exists":true,"time":1783081032000,"more":true}</c>, where <c>more</c> is left out if there are no more; or
    /// <c>{"error":"ENOENT: no such file or directory, opendir '/home/user/d'","time":1783081032000,"exists":false}</c>, where <c>exists</c> is left out for other errors.
    /// </summary>
    public static WireValue ToWire(FolderSnapshot snapshot, int maxEntries, long now) => snapshot.Entries is { } entries
        ? new WireObject
        {
            ["files"] = new WireValue.Items([.. entries.Entries.Take(maxEntries).Select(FileMethods.Entry)]),
            ["exists"] = true,
            ["time"] = now,
            ["more"] = entries.Count > maxEntries ? true : null,
        }.Build()
        : new WireObject
        {
            ["error"] = snapshot.Error ?? "",
            ["time"] = now,
            ["exists"] = snapshot.Error?.Contains("ENOENT", StringComparison.Ordinal) == true ? false : null,
        }.Build();

    /// <summary>The times of a folder, <c>{"updated":1783081032000,"interest":1783081031000}</c>, with another interest; its other members stay.</summary>
    public static WireValue.Members WithInterest(WireValue? times, long now) => With(times, Interest, now);

    /// <summary>The times of a folder whose listing was made now; its other members stay.</summary>
    public static WireValue.Members WithUpdate(WireValue? times, long now) => With(times, Updated, now);

    /// <summary>When somebody was interested last, in ms since 1970; 0 if never.</summary>
    public static double InterestOf(WireValue? times) => (times as WireValue.Members)?[Interest].AsNumber() ?? 0;

    /// <summary>HOME has many names.</summary>
    public static string PathOf(string path) => path is "." or "~" ? "" : path;

    private static WireValue.Members With(WireValue? times, string name, long now) =>
        (times is WireValue.Members members ? new WireObject().AddAll(members, name) : []).With(name, now).Build();
}
