using System.Net.Sockets;
using System.Text;
using System.Text.Unicode;
using ProjectSilo.Grains.Interfaces;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Native;

namespace ProjectSilo.Grains.Formatters;

/// <summary>A process that keeps prettier warm. It is asked one thing after the other, and is of no use any more once an answer failed to come.</summary>
internal sealed class PrettierProcess(ChildProcess child, FormattersOptions limits)
{
    private const string Name = "prettier";

    /// <summary>Formats a text.</summary>
    /// <param name="options">A JSON object.</param>
    /// <param name="text">The text.</param>
    /// <param name="cancellationToken">Gives up; then the process must be ended.</param>
    /// <exception cref="PrettierEndedException">There is no answer.</exception>
    /// <exception cref="RequestException">The answer is nonsense, or too large.</exception>
    public async Task<PrettierAnswer> Format(string options, Utf8Text text, CancellationToken cancellationToken)
    {
        try
        {
            await Send(options, text, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // It reads no more, or the daemon has ended it.
            throw await Ended(cancellationToken).ConfigureAwait(false);
        }

        var head = await Receive(PrettierFrames.AnswerHeadBytes, cancellationToken).ConfigureAwait(false);
        if (!PrettierFrames.TryReadHead(head, out var isError, out var bytes))
        {
            throw Nonsense();
        }

        if (bytes > limits.MaxResultBytes)
        {
            throw FormatterErrors.TooLarge(Name, limits.MaxResultBytes);
        }

        var body = await Receive((int)bytes, cancellationToken).ConfigureAwait(false);
        return Utf8.IsValid(body) ? new PrettierAnswer(isError, body) : throw Nonsense();
    }

    /// <summary>Ends it.</summary>
    public void End()
    {
        child.KillGroup(LibC.SIGKILL);
        child.Dispose();
    }

    private static RequestException Nonsense() => new($"{Name} gave no sensible answer");

    private async Task Send(string options, Utf8Text text, CancellationToken cancellationToken)
    {
        var input = child.StandardInput!;
        var optionsUtf8 = Encoding.UTF8.GetBytes(options);
        await input.WriteAsync(PrettierFrames.RequestHead(optionsUtf8.Length, (int)text.ByteCount), cancellationToken).ConfigureAwait(false);
        await input.WriteAsync(optionsUtf8, cancellationToken).ConfigureAwait(false);
        foreach (var piece in text.Pieces)
        {
            await input.WriteAsync(piece, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<byte[]> Receive(int count, CancellationToken cancellationToken)
    {
        var buffer = GC.AllocateUninitializedArray<byte>(count);
        for (var filled = 0; filled < count;)
        {
            var read = await child.StandardOutput!.ReadAsync(buffer.AsMemory(filled), cancellationToken).ConfigureAwait(false);
            if (read == 0)
            {
                throw await Ended(cancellationToken).ConfigureAwait(false);
            }

            filled += read;
        }

        return buffer;
    }

    /// <summary>It closed its side: it has ended, or ends now.</summary>
    private async Task<PrettierEndedException> Ended(CancellationToken cancellationToken)
    {
        var exit = await child.Exited.WaitAsync(cancellationToken).ConfigureAwait(false);
        return new PrettierEndedException(exit.Signal is { } signal ? FormatterErrors.Signalled(Name, signal).Message : $"{Name} exited with code {exit.Code}");
    }
}
