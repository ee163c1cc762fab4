using System.Text;
using ProjectSilo.Conat.Values;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Interfaces.Files;

namespace ProjectSilo.Gateways.Api;

/// <summary>The methods on files of the groups <c>system</c> and <c>editor</c> (spec 06 §3.3, spec 09 §4 to §7).</summary>
internal static class FileMethods
{
    public static void AddTo(Dictionary<string, Func<ApiCall, ValueTask<WireValue>>> methods)
    {
        methods.Add("system.listing", Listing);
        methods.Add("system.deleteFiles", call => Done(Files(call).Delete(call.Options(0).RequiredTexts("paths"), call.Caller)));
        methods.Add("system.moveFiles", call => Done(
            Files(call).Move(call.Options(0).RequiredTexts("paths"), call.Options(0).OptionalText("dest"), call.Caller)));
        methods.Add("system.renameFile", call => Done(
            Files(call).Rename(call.Options(0).RequiredText("src"), call.Options(0).RequiredText("dest"), call.Caller)));
        methods.Add("system.realpath", async call => await Files(call).RealPath(Path(call), call.Caller).ConfigureAwait(false));
        methods.Add("system.canonicalPaths", CanonicalPaths);
        methods.Add("system.readTextFileFromProject", async call =>
            Encoding.UTF8.GetString((await Files(call).ReadText(call.Options(0).RequiredText("path"), call.Caller).ConfigureAwait(false)).Span));
        methods.Add("system.writeTextFileToProject", call => Done(Files(call).WriteText(
            call.Options(0).RequiredText("path"), call.Options(0).RequiredUtf8("content"), call.Caller, call.CancellationToken)));
        methods.Add("editor.newFile", call => Done(Files(call).NewFile(Path(call), call.Caller, call.CancellationToken)));
    }

    /// <summary><c>[{"name":"f.txt","mtime":1795328205.166,"size":5}]</c></summary>
    private static async ValueTask<WireValue> Listing(ApiCall call)
    {
        var options = call.Options(0);
        var request = new ListingRequest(options.OptionalText("path"), options["hidden"].IsTruthy());
        var listing = await Files(call).List(request, call.Caller).ConfigureAwait(false);
        return new WireValue.Sequence(listing.Count, listing.Entries.Select(Entry));
    }

    /// <summary><c>{"name":"f.txt","mtime":1795328205.166,"size":5}</c></summary>
    internal static WireValue.Members Entry(DirectoryEntry entry) => new WireObject
    {
        ["name"] = entry.Name,
        ["issymlink"] = entry.IsLink ? true : null,
        ["link_target"] = entry.LinkTarget is { } target ? (WireValue)target : null,
        ["mtime"] = entry.ModifiedSeconds is { } seconds ? seconds : null,
        ["isdir"] = entry.IsFolder ? true : null,
        ["size"] = entry.Size is { } size ? size : null,
        ["error"] = entry.Error is { } error ? (WireValue)error : null,
    }.Build();

    private static async ValueTask<WireValue> CanonicalPaths(ApiCall call)
    {
        var paths = await Files(call).CanonicalPaths(OptionReader.Texts(call.Argument(0), "paths"), call.Caller).ConfigureAwait(false);
        return new WireValue.Items([.. paths.Select(path => (WireValue)path)]);
    }

    private static string Path(ApiCall call) => call.Argument(0).AsText() ?? throw new RequestException("path must be a string");

    private static IFilesGrain Files(ApiCall call) => call.Grain<IFilesGrain>();

    private static async ValueTask<WireValue> Done(Task task)
    {
        await task.ConfigureAwait(false);
        return WireValue.Null;
    }
}
