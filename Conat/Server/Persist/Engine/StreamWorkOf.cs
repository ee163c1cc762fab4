using ProjectSilo.Conat.Core;

namespace ProjectSilo.Conat.Server.Persist.Engine;

/// <summary>A request with a result.</summary>
/// <param name="function">Does it.</param>
/// <param name="isWrite">Whether it may change something.</param>
/// <param name="bytes">Those it keeps in memory.</param>
/// <param name="answer">Gets the result, or the error. Must be quick, and not throw.</param>
internal sealed class StreamWork<T>(Func<StreamEngine, T> function, bool isWrite, int bytes, Action<T?, ConatException?> answer) : StreamWork
{
    private T? _result;

    /// <inheritdoc />
    public override bool IsWrite => isWrite;

    /// <inheritdoc />
    public override int Bytes => bytes;

    /// <inheritdoc />
    public override void Run(StreamEngine engine) => _result = function(engine);

    /// <inheritdoc />
    public override void Complete() => answer(Error is null ? _result : default, Error);
}
