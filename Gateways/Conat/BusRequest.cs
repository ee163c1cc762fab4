using System.Diagnostics;
using Microsoft.Extensions.Logging;
using ProjectSilo.Gateways.Api;

namespace ProjectSilo.Gateways.Conat;

/// <summary>One request to a service while it is carried out: its trace, its measure, and who asks.</summary>
internal sealed partial class BusRequest : IDisposable
{
    private readonly string _service;
    private readonly string _method;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly long _start;
    private readonly Activity? _activity;
    private bool _failed;

    public BusRequest(string service, string method, string? reply, TimeProvider time, ILogger logger)
    {
        (_service, _method, _time, _logger) = (service, method, time, logger);
        _start = time.GetTimestamp();
        _activity = ConatInstruments.StartRequest(service, method);

        // All requests of a client have the same inbox: it is whom BlockingWork gives its share.
        Caller = reply is null || reply.LastIndexOf('.') is not (> 0 and var end) ? "conat" : $"conat:{reply.AsSpan(0, end)}";
    }

    /// <summary>Who asks, e.g. <c>conat:_INBOX.account-….x3Fk0Tq1Za</c>.</summary>
    public string Caller { get; }

    /// <summary>It failed.</summary>
    /// <returns>What the client is told.</returns>
    public string Fail(Exception exception)
    {
        _failed = true;
        if (!WireErrors.IsExpected(exception))
        {
            LogFailed(_logger, _service, _method, exception);
        }

        var text = WireErrors.Text(exception);
        _activity?.SetStatus(ActivityStatusCode.Error, text);
        return text;
    }

    /// <summary>It ends.</summary>
    public void Dispose()
    {
        _activity?.Dispose();
        ConatInstruments.Answered(_service, _method, !_failed, _time.GetElapsedTime(_start));
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Service}: handling {Method} failed")]
    private static partial void LogFailed(ILogger logger, string service, string method, Exception exception);
}
