using Orleans.Concurrency;
using ProjectSilo.Grains.Interfaces.Errors;

namespace ProjectSilo.Grains.Interfaces.Terminals;

/// <summary>
/// One terminal (spec 11): a program on a pseudo terminal, for several browsers at once. Key: <see cref="GrainKey.Of(int, string)"/> with the terminal's path, e.g.
/// <c>0/dir/.a.term-0.term</c>. Its methods run strictly one after another.
/// </summary>
[Alias("ProjectSilo.ITerminalGrain")]
public interface ITerminalGrain : IGrainWithStringKey
{
    /// <summary>Remembers the options for when the terminal is created by its use.</summary>
    Task Remember(TerminalOptions options);

    /// <summary>A session with these options: the present one if it has them, else a new one.</summary>
    /// <returns>The note: <c>Creating new session.</c></returns>
    /// <exception cref="PosixException">The folder of the terminal can't be made, or the system has no terminal left.</exception>
    [ResponseTimeout(ResponseTimeouts.Unlimited)]
    Task<string> Create(TerminalOptions options);

    /// <summary>Types. Returns before the program has read it. Where no process runs, one is started, and the input dropped.</summary>
    [ResponseTimeout(ResponseTimeouts.Unlimited)]
    Task Write(string data);

    /// <summary>Ends the process and starts another with the same options.</summary>
    [ResponseTimeout(ResponseTimeouts.Unlimited)]
    Task Restart();

    /// <summary>The folder of the process, relative to HOME if it is in it; null if none runs.</summary>
    [ResponseTimeout(ResponseTimeouts.Unlimited)]
    Task<string?> WorkingDirectory();

    /// <summary>Ends the process, and has the stream emptied.</summary>
    [ResponseTimeout(ResponseTimeouts.Unlimited)]
    Task Kill();

    /// <summary>A browser shows the terminal in this size; 0 is unknown.</summary>
    /// <param name="browser">Its id.</param>
    /// <param name="size">The size there.</param>
    /// <param name="kick">Whether all others' sizes count no more.</param>
    [ResponseTimeout(ResponseTimeouts.Unlimited)]
    Task Resize(string browser, TerminalSize size, bool kick);

    /// <summary>A browser shows it no more.</summary>
    [ResponseTimeout(ResponseTimeouts.Unlimited)]
    Task Leave(string browser);

    /// <summary>The terminal is another compute server's now: ends the process and forgets everything.</summary>
    [ResponseTimeout(ResponseTimeouts.Unlimited)]
    Task Close();

    /// <summary>
    /// All that happens from now on, and what nobody has confirmed yet, for the one who carries it to the stream; an earlier follower's enumeration ends. The next comes when
    /// <see cref="Confirm"/> has been called for the one before: what a follower had no time to deal with comes again, to itself or to its successor, with the same number.
    /// Output comes at most so often as the limits say; while it isn't taken, the programs wait.
    /// </summary>
    [AlwaysInterleave]
    IAsyncEnumerable<TerminalEvent> Follow(CancellationToken cancellationToken);

    /// <summary>The follower has dealt with an event.</summary>
    /// <param name="number">Its <see cref="TerminalEvent.Number"/>. One that was confirmed before means nothing.</param>
    [AlwaysInterleave]
    Task Confirm(long number);
}
