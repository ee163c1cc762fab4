using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Grains.Notebooks;

/// <summary>Takes images and pages out of messages (spec 10 §8.5): <c>{"data":{"image/png":"iVBOR…"}}</c> → <c>{"data":{"image/png":"4a5eb717…"}}</c></summary>
internal static class MessageBlobs
{
    private const string Html = "text/html";

    /// <summary>The name of a page that is a blob.</summary>
    private const string Iframe = "iframe";

    /// <summary>The message with the blobs' SHA-1 in their places; what can't be kept, or isn't what it says, stays.</summary>
    public static WireValue.Members Save(WireValue.Members message, INotebookBlobs blobs)
    {
        if (message["data"] is not WireValue.Members data)
        {
            return message;
        }

        ImmutableArray<KeyValuePair<string, WireValue>>.Builder? changed = null;
        for (var i = 0; i < data.Values.Length; i++)
        {
            var (type, value) = data.Values[i];
            if (BytesOf(type, value) is { } bytes && Sha1(bytes.Span) is var sha1 && blobs.TrySave(sha1, bytes))
            {
                changed ??= data.Values.ToBuilder();
                changed[i] = KeyValuePair.Create(type == Html ? Iframe : type, (WireValue)sha1);
            }
        }

        return changed is null ? message : message.Set("data", new WireValue.Members(changed.DrainToImmutable()));
    }

    /// <summary>The name of a blob.</summary>
    public static string Sha1(ReadOnlySpan<byte> content)
    {
#pragma warning disable CA5350 // A name, not a protection.
        return Convert.ToHexStringLower(SHA1.HashData(content));
#pragma warning restore CA5350
    }

    private static ReadOnlyMemory<byte>? BytesOf(string type, WireValue value) => (type, value) switch
    {
        // A picture of SVG is text.
        (Html or "image/svg+xml", WireValue.Text text) => Encoding.UTF8.GetBytes(text.Value),
        ("image/png" or "image/jpeg" or "image/bmp" or "image/gif" or "application/pdf", WireValue.Text text) => FromBase64(text.Value),
        _ => null,
    };

    /// <summary>The bytes; null if it is no base64. Line breaks don't count.</summary>
    private static ReadOnlyMemory<byte>? FromBase64(string text)
    {
        var bytes = new byte[(text.Length / 4 * 3) + 3];
        return Convert.TryFromBase64String(text, bytes, out var count) ? (ReadOnlyMemory<byte>?)bytes.AsMemory(0, count) : null;
    }
}
