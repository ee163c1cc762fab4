using System.Buffers;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using ProjectSilo.Grains.Interfaces.Kernels;

namespace ProjectSilo.Grains.Kernels.Discovery;

/// <summary>
/// Reads a <c>kernel.json</c> (spec 10 §1.2). A member of a type that it should not have counts as absent: whatever people write there, what clients get has the shape that they know.
/// </summary>
internal static class KernelSpecReader
{
    private const int MaxDepth = 512;
    private static readonly JsonDocumentOptions ReadOptions = new() { MaxDepth = MaxDepth };
    private static readonly JsonWriterOptions WriteOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = MaxDepth };

    /// <returns>False if it is broken.</returns>
    /// <param name="folder">The absolute folder, e.g. <c>/usr/share/jupyter/kernels/python3</c>.</param>
    /// <param name="json">The file's bytes.</param>
    /// <param name="spec">The kernel.</param>
    public static bool TryRead(string folder, ReadOnlySpan<byte> json, [NotNullWhen(true)] out KernelSpec? spec)
    {
        spec = null;
        try
        {
            // By way of text: what is no UTF-8 becomes U+FFFD.
            using var document = JsonDocument.Parse(Encoding.UTF8.GetString(json), ReadOptions);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                return false;
            }

            spec = Read(folder, document.RootElement);
            return true;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or ArgumentException)
        {
            // No JSON, nested too deeply, or half a surrogate pair.
            return false;
        }
    }

    private static KernelSpec Read(string folder, JsonElement root)
    {
        var name = Path.GetFileName(folder).ToLowerInvariant();
        var displayName = Text(root, "display_name") ?? name;
        var language = Text(root, "language") switch
        {
            null => "",
            "text/x-macaulay2" => "Macaulay2",
            var given => given,
        };
        var interruptMode = Text(root, "interrupt_mode");
        var bytes = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(bytes, WriteOptions))
        {
            writer.WriteStartObject();
            writer.WriteString("name", name);
            writer.WriteString("display_name", displayName);
            writer.WriteString("language", language);
            if (interruptMode is not null)
            {
                writer.WriteString("interrupt_mode", interruptMode);
            }

            writer.WritePropertyName("env");
            WriteOrEmpty(writer, root, "env", JsonValueKind.Object);
            if (root.TryGetProperty("metadata", out var metadata) && metadata.ValueKind == JsonValueKind.Object)
            {
                writer.WritePropertyName("metadata");
                metadata.WriteTo(writer);
            }

            writer.WriteString("resource_dir", folder);
            writer.WritePropertyName("argv");
            WriteOrEmpty(writer, root, "argv", JsonValueKind.Array);
            writer.WriteEndObject();
        }

        return new KernelSpec
        {
            Name = name,
            Json = bytes.WrittenMemory,
            DisplayName = displayName,
            Language = language,
            InterruptMode = interruptMode ?? "signal",
            Environment = Environment(root),
            ResourceDirectory = folder,
            Arguments = Arguments(root),
        };
    }

    private static string? Text(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static void WriteOrEmpty(Utf8JsonWriter writer, JsonElement root, string name, JsonValueKind kind)
    {
        if (root.TryGetProperty(name, out var value) && value.ValueKind == kind)
        {
            value.WriteTo(writer);
        }
        else if (kind == JsonValueKind.Object)
        {
            writer.WriteStartObject();
            writer.WriteEndObject();
        }
        else
        {
            writer.WriteStartArray();
            writer.WriteEndArray();
        }
    }

    /// <summary>What a process can be given: names without <c>=</c>, texts without NUL; numbers and booleans as they are written.</summary>
    private static ImmutableSortedDictionary<string, string> Environment(JsonElement root)
    {
        var variables = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        if (root.TryGetProperty("env", out var given) && given.ValueKind == JsonValueKind.Object)
        {
            foreach (var variable in given.EnumerateObject())
            {
                if (Scalar(variable.Value) is { } value && !value.Contains('\0', StringComparison.Ordinal) && variable.Name.Length > 0 && variable.Name.AsSpan().IndexOfAny('=', '\0') < 0)
                {
                    variables[variable.Name] = value;
                }
            }
        }

        return variables.ToImmutable();
    }

    private static ImmutableArray<string> Arguments(JsonElement root) =>
        root.TryGetProperty("argv", out var given) && given.ValueKind == JsonValueKind.Array ? [.. given.EnumerateArray().Select(argument => Scalar(argument) ?? "")] : [];

    private static string? Scalar(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => value.GetRawText(),
        _ => null,
    };
}
