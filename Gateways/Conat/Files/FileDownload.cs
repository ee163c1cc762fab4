using System.Runtime.CompilerServices;
using ProjectSilo.Conat;
using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Core.Messages;
using ProjectSilo.Conat.Values;
using ProjectSilo.Grains.Interfaces.Errors;

namespace ProjectSilo.Gateways.Conat.Files;

/// <summary>The receiver of a file that somebody offers as a <c>files:read</c> service (spec 06 §7.1).</summary>
internal static class FileDownload
{
    /// <summary>As for any request (spec 05 §8.8).</summary>
    private static readonly TimeSpan LongestWaitForSender = TimeSpan.FromSeconds(30);

    /// <summary>Asks for the file and yields its bytes as they come. Those of a chunk are valid until the next is asked for.</summary>
    /// <param name="client">Who asks.</param>
    /// <param name="subject">The service's subject.</param>
    /// <param name="path">What is asked for.</param>
    /// <param name="maxWait">Ends when nothing came for so long.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ConatException">The sender's failure; nobody is there (503, 408); what came was not taken fast enough (429).</exception>
    /// <exception cref="RequestException"><c>lost data: seq=…, next=…</c>; <c>truncated</c> if no end came in time; a chunk that is no bytes.</exception>
    public static async IAsyncEnumerable<ReadOnlyMemory<byte>> Receive(
        ConatClient client, string subject, string path, TimeSpan maxWait, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        double sequence = 0;

        // A sender that isn't there is waited for no longer than one that sends nothing.
        var publish = new PublishOptions { WaitForInterest = true, Timeout = maxWait < LongestWaitForSender ? maxWait : LongestWaitForSender };
        var replies = client.RequestManyAsync(subject, new WireObject { ["path"] = path }.Build(), publish, maxWait, null, cancellationToken);
        await foreach (var message in replies.ConfigureAwait(false))
        {
            if (message.Headers is null)
            {
                continue;
            }

            if (ConatHeaders.ErrorIn(message.Headers) is { } error)
            {
                throw error;
            }

            if (message.Header("done").IsTruthy())
            {
                yield break;
            }

            if (message.Header("seq").AsNumber() is not { } next || next != sequence + 1)
            {
                throw new RequestException($"lost data: seq={message.Header("seq").Show()}, next={sequence + 1}");
            }

            sequence = next;
            yield return message.Data is WireValue.Bytes bytes ? bytes.Value : throw new RequestException("a chunk of a file must be bytes");
            message.Release();
        }

        throw new RequestException("truncated");
    }
}
