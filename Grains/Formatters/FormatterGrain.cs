using Microsoft.Extensions.Options;
using ProjectSilo.Grains.Interfaces;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Interfaces.Formatters;

namespace ProjectSilo.Grains.Formatters;

/// <summary>Decides which tool formats a text, and how many do at once. Everything interleaves.</summary>
internal sealed class FormatterGrain(ToolRunner tools, Prettier prettier, IOptions<FormattersOptions> limits, TimeProvider time) : Grain, IFormatterGrain
{
    private const string TooMany = "too many texts are waiting to be formatted; try again later";

    private readonly FormattersOptions _limits = limits.Value;
    private readonly CallerSlots _toolSlots = new(limits.Value.MaxRunning, limits.Value.MaxRunningPerCaller, limits.Value.MaxWaiting, TooMany);

    /// <summary>Prettier is one process.</summary>
    private readonly CallerSlots _prettierSlot = new(1, 1, limits.Value.MaxWaiting, TooMany);
    private long _pendingBytes;

    /// <inheritdoc />
    public async Task<Utf8Text> Format(FormatRequest request, string caller, CancellationToken cancellationToken)
    {
        var bytes = request.Text.ByteCount + request.Options.Length;
        if (bytes > _limits.MaxTextBytes)
        {
            throw new RequestException($"the text is too large to be formatted; the limit is {_limits.MaxTextBytes} bytes");
        }

        if (_pendingBytes + bytes > _limits.MaxPendingBytes)
        {
            throw new RequestException(TooMany);
        }

        _pendingBytes += bytes;
        try
        {
            return await (FormatterTools.Of(request.Parser) is { } tool
                ? InTurn(_toolSlots, () => tools.Format(tool, request, caller, cancellationToken), caller, cancellationToken)
                : InTurn(_prettierSlot, () => prettier.Format(request.Options, request.Text, cancellationToken), caller, cancellationToken));
        }
        finally
        {
            _pendingBytes -= bytes;
        }
    }

    private Task<Utf8Text> InTurn(CallerSlots slots, Func<Task<Utf8Text>> format, string caller, CancellationToken cancellationToken) =>
        slots.Run(format, caller, _limits.MaxWait, time, cancellationToken);
}
