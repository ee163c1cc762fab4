using System.Collections.Immutable;
using ProjectSilo.Conat.Values;
using ProjectSilo.Grains.Interfaces.Project;

namespace ProjectSilo.Gateways.Api;

/// <summary><c>system.configuration</c> (spec 09 §8, spec 06 §3.6).</summary>
internal static class ConfigurationMethods
{
    public static void AddTo(Dictionary<string, Func<ApiCall, ValueTask<WireValue>>> methods) => methods.Add("system.configuration", Configuration);

    /// <summary><c>["main"]</c> → <c>{"timestamp":…,"capabilities":{"jupyter":false,…}}</c>; an unknown aspect has no result.</summary>
    private static async ValueTask<WireValue> Configuration(ApiCall call)
    {
        var project = call.Grain<IProjectGrain>();
        var noCache = call.Argument(1).IsTruthy();
        switch (call.Argument(0).AsText())
        {
            case "main":
                var main = await project.GetMainConfiguration(noCache).ConfigureAwait(false);
                return Result(main.Timestamp, Capabilities(main.Capabilities));
            case "x11":
                var x11 = await project.GetX11Configuration(noCache).ConfigureAwait(false);
                return Result(x11.Timestamp, Flags(x11.Capabilities));
            default:
                return WireValue.Null;
        }
    }

    private static WireValue.Members Result(DateTimeOffset timestamp, WireValue.Members capabilities) =>
        new WireObject { ["timestamp"] = new WireValue.Date(timestamp), ["capabilities"] = capabilities }.Build();

    private static WireValue.Members Capabilities(MainCapabilities main) => new WireObject
    {
        ["jupyter"] = main.Jupyter is { } jupyter
            ? new WireObject { ["lab"] = jupyter.Lab, ["notebook"] = jupyter.Notebook, ["kernelspec"] = jupyter.Kernelspec }.Build()
            : false,
        ["rserver"] = main.RServer,
        ["formatting"] = Flags(main.Formatting),
        ["hashsums"] = Flags(main.Hashsums),
        ["latex"] = main.Latex,
        ["sage"] = main.Sage,
        ["sage_version"] = main.SageVersion.IsEmpty ? null : new WireValue.Items([.. main.SageVersion.Select(number => (WireValue)number)]),
        ["x11"] = main.X11,
        ["rmd"] = main.Rmd,
        ["qmd"] = main.Qmd,
        ["jq"] = main.Jq,
        ["spellcheck"] = main.Spellcheck,
        ["library"] = main.Library,
        ["sshd"] = main.Sshd,
        ["html2pdf"] = main.Html2Pdf,
        ["pandoc"] = main.Pandoc,
        ["vscode"] = main.VsCode,
        ["julia"] = main.Julia,
        ["homeDirectory"] = main.HomeDirectory is { } home ? home : WireValue.Null,
    }.Build();

    private static WireValue.Members Flags(ImmutableSortedDictionary<string, bool> flags) =>
        new([.. flags.Select(flag => KeyValuePair.Create(flag.Key, (WireValue)flag.Value))]);
}
