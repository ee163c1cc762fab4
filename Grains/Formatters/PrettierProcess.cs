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

    /// <summary>Whether it still can be asked.</summary>
    public bool IsAlive => !child.Exited.IsCompleted;

    /// <summary>Formats a text.</summary>
    /// <param name="options">A JSON object.</param>
    /// <param name="text">The text.</param>
    /// <param name="cancellationToken">Gives up; then the process must be ended.</param>
    /// <exception cref="PrettierRefusedException">The text or the options are wrong. The process can be asked again.</exception>
    /// <exception cref="RequestException">It ended, or answered nonsense.</exception>
    public async Task<Utf8Text> Format(string options, Utf8Text text, CancellationToken cancellationToken)
    {
        try
        {
            await Send(options, text, cancellationToken).ConfigureAwait(false);
        }
        catch (SocketException)
        {
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
        return !Utf8.IsValid(body) ? throw Nonsense()
            : isError ? throw new PrettierRefusedException(Message(body))
            : new Utf8Text { Pieces = [body] };
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
    private async Task<RequestException> Ended(CancellationToken cancellationToken) =>
        FormatterErrors.Ended(Name, await child.Exited.WaitAsync(cancellationToken).ConfigureAwait(false));

    /// <summary>As much of the message as anybody will read: it shows a line of the text, which may be all of it.</summary>
    private string Message(ReadOnlySpan<byte> utf8)
    {
        var message = Encoding.UTF8.GetString(utf8);
        return message.Length <= limits.MaxErrorCharacters ? message : message[..limits.MaxErrorCharacters];
    }
}
