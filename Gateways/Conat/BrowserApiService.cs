using ProjectSilo.Conat.Services;
using ProjectSilo.Conat.Values;
using ProjectSilo.Gateways.Api;

namespace ProjectSilo.Gateways.Conat;

/// <summary><c>project.&lt;id&gt;.&lt;cs&gt;.browser-api.-</c> (spec 06 §4.1): the commands of the browsers' WebSocket, <c>{"cmd":"listing","path":"d"}</c>.</summary>
internal sealed class BrowserApiService(BrowserCommands commands, ServiceSwitch services) : IBusService
{
    /// <inheritdoc />
    public string Name => "browser-api";

    /// <inheritdoc />
    public ServiceOptions Options => ServiceOptions.Message;

    /// <inheritdoc />
    public string MethodOf(ConatCall call) => commands.Knows(CommandOf(call)) ? CommandOf(call) : "unknown";

    /// <inheritdoc />
    public async ValueTask<WireValue> Handle(ConatCall call, BusRequest request, CancellationToken cancellationToken)
    {
        switch (CommandOf(call))
        {
            case "terminate":
                call.OnReplied(() => services.TryStop(Name));
                return new WireObject { ["exiting"] = true }.Build();
            case "eval_code" and var name:
                // Arbitrary code from whoever reaches the subject.
                throw BrowserCommands.Unknown(name);
            default:
                return await commands.Invoke(Message(call), request.Caller, cancellationToken).ConfigureAwait(false);
        }
    }

    private static WireValue.Members Message(ConatCall call) => call[0] as WireValue.Members ?? new WireValue.Members([]);

    private static string CommandOf(ConatCall call) => Message(call)["cmd"].Show();
}
