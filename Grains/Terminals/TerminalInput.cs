using System.Net.Sockets;
using System.Text;
using System.Threading.Channels;
using ProjectSilo.Grains.Native;

namespace ProjectSilo.Grains.Terminals;

/// <summary>
/// What is typed into one process, in order. The kernel takes as much as the program is ready for, so nothing is paced: who types waits for nothing, and what the
/// program doesn't read is bounded.
/// </summary>
internal sealed class TerminalInput(ChildInput target, TerminalFeed feed, int maxWaitingBytes)
{
    /// <summary>In UTF-16 code units; what is longer is cut.</summary>
    private const int MaxLength = 10_000;
    private const string Discarded = "\r\n[excessive input discarded]\r\n\r\n";

    private readonly Channel<Piece> _pieces = Channel.CreateUnbounded<Piece>(new UnboundedChannelOptions { SingleReader = true });
    private int _waitingBytes;

    /// <summary>Takes a text to type. Of one that is too long, or comes while too much waits, the rest is discarded, which the terminal shows after the part it gets.</summary>
    public void Type(string text)
    {
        if (text.Length == 0)
        {
            // Costs no bytes, so nothing would bound how many wait.
            return;
        }

        var isCut = text.Length > MaxLength;
        var bytes = Encoding.UTF8.GetBytes(isCut ? text[..WholeCharacters(text)] : text);
        if (Interlocked.Add(ref _waitingBytes, bytes.Length) > maxWaitingBytes)
        {
            Interlocked.Add(ref _waitingBytes, -bytes.Length);
            feed.AddMessage(Discarded);
            return;
        }

        _pieces.Writer.TryWrite(new Piece(bytes, isCut));
    }

    /// <summary>Types until the token asks for the end, or nobody can read it any more.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var piece in _pieces.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                await target.WriteAsync(piece.Bytes, cancellationToken).ConfigureAwait(false);
                Interlocked.Add(ref _waitingBytes, -piece.Bytes.Length);
                if (piece.IsCut)
                {
                    feed.AddMessage(Discarded);
                }
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The process has ended.
        }
    }

    /// <summary>Half a surrogate pair is never typed.</summary>
    private static int WholeCharacters(string text) => char.IsHighSurrogate(text[MaxLength - 1]) ? MaxLength - 1 : MaxLength;

    private readonly record struct Piece(byte[] Bytes, bool IsCut);
}
