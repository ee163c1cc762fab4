namespace ProjectSilo.Silo.Logging;

/// <summary>Loggers whose categories are switched by <c>DEBUG</c> under the names of the reference (spec 01 §15).</summary>
internal sealed class CocalcLoggerProvider(LogSettings settings, LogWriter writer) : ILoggerProvider
{
    public ILogger CreateLogger(string categoryName) => new CocalcLogger(categoryName, settings, writer);

    /// <summary>The writer outlives the host: its owner flushes it last.</summary>
    public void Dispose()
    {
    }

    private sealed class CocalcLogger : ILogger
    {
        private readonly LogWriter _writer;

        /// <summary>By level: the full name, or <c>null</c> where the level is off. Patterns are matched here once, not on each line.</summary>
        private readonly string?[] _names;

        public CocalcLogger(string name, LogSettings settings, LogWriter writer)
        {
            _writer = writer;
            _names = new string?[(int)LogLevel.None + 1];
            for (var level = LogLevel.Trace; level < LogLevel.None; level++)
            {
                _names[(int)level] = settings.IsOn(level, name) ? LogSettings.FullName(level, name) : null;
            }
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => _names[(int)logLevel] is not null;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (_names[(int)logLevel] is { } name)
            {
                var text = formatter(state, exception);
                _writer.Write(name, exception is null ? text : $"{text}\n{exception}");
            }
        }
    }
}
