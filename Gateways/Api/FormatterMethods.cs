using ProjectSilo.Conat.Values;
using ProjectSilo.Grains.Interfaces.Formatters;

namespace ProjectSilo.Gateways.Api;

/// <summary>Formatters in the group <c>editor</c> (spec 06 §3.7, spec 12).</summary>
internal static class FormatterMethods
{
    public static void AddTo(Dictionary<string, Func<ApiCall, ValueTask<WireValue>>> methods) => methods.Add("editor.formatterString", FormatterString);

    /// <summary>The answer to a command that formats a document which isn't open (spec 12 §1.2).</summary>
    public static WireValue NotOpened { get; } = new WireObject { ["status"] = "error", ["error"] = "document not fully opened", ["phase"] = "format" }.Build();

    /// <summary><c>{"str":"x=1","options":{"parser":"python"}}</c> → <c>"x = 1\n"</c></summary>
    private static async ValueTask<WireValue> FormatterString(ApiCall call)
    {
        var arguments = call.Options(0);
        var options = arguments["options"] as WireValue.Members ?? new WireValue.Members([]);
        var request = new FormatRequest
        {
            Text = arguments.RequiredUtf8("str"),
            Parser = options["parser"].AsText(),
            TabWidth = options["tabWidth"] is WireValue.Nothing ? null : options["tabWidth"].AsNumber() ?? double.NaN,
            UseTabs = options["useTabs"].IsTruthy(),
            Util = options["util"] is WireValue.Nothing ? null : options["util"].Show(),
            Options = WireJson.ToText(options),
            Path = arguments["path"].AsText() ?? "",
        };
        var formatted = await call.Grain<IFormatterGrain>().Format(request, call.Caller, call.CancellationToken).ConfigureAwait(false);
        return new WireValue.LongText(formatted.Pieces);
    }
}
