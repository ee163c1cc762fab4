using ProjectSilo.Conat.Values;
using ProjectSilo.Gateways.Conat.Terminals;
using ProjectSilo.Grains.Interfaces.Errors;

namespace ProjectSilo.Gateways.Api;

/// <summary>The method of the group <c>editor</c> that begins a terminal (spec 06 §9.1).</summary>
internal static class TerminalMethods
{
    public static void AddTo(Dictionary<string, Func<ApiCall, ValueTask<WireValue>>> methods) => methods.Add("editor.createTerminalService", Create);

    private static async ValueTask<WireValue> Create(ApiCall call)
    {
        var path = call.Argument(0).AsText() is { Length: > 0 } text ? text : throw new RequestException("the path of the terminal must be a string");
        var terminals = call.Api.Terminals ?? throw new RequestException("terminals need the bus");
        await terminals.CreateAsync(path, call.Argument(1) is WireValue.Members options ? TerminalBinding.Options(options) : null, call.CancellationToken).ConfigureAwait(false);
        return WireValue.Null;
    }
}
