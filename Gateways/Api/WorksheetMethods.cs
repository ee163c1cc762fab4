using ProjectSilo.Conat.Values;
using ProjectSilo.Grains.Interfaces.Commands;

namespace ProjectSilo.Gateways.Api;

/// <summary><c>editor.printSageWS</c> (spec 06 §3.7, spec 02 §9).</summary>
internal static class WorksheetMethods
{
    private const double DefaultTimeoutSeconds = 90;

    public static void AddTo(Dictionary<string, Func<ApiCall, ValueTask<WireValue>>> methods) => methods.Add("editor.printSageWS", Print);

    /// <summary><c>{"path":"a.sagews","options":{"title":"t"}}</c> → <c>"a.pdf"</c></summary>
    private static async ValueTask<WireValue> Print(ApiCall call)
    {
        var options = call.Options(0)["options"] as WireValue.Members ?? new WireValue.Members([]);
        var worksheet = new WorksheetPrint
        {
            Path = call.Options(0).RequiredText("path"),
            Title = Text(options, "title"),
            Author = Text(options, "author"),
            Date = Text(options, "date"),
            Contents = Text(options, "contents"),
            Subdir = Text(options, "subdir"),
            BaseUrl = options["base_url"].ScalarToText(),
            ExtraData = options["extra_data"].ScalarToText(),
            TimeoutSeconds = options["timeout"].AsNumber() ?? DefaultTimeoutSeconds,
        };
        return await call.Grain<ICommandsGrain>().PrintWorksheet(worksheet, call.Caller).ConfigureAwait(false);
    }

    private static string Text(WireValue.Members options, string name) => options[name].ScalarToText() ?? "";
}
