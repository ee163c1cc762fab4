using System.Buffers;
using System.Collections.Immutable;
using System.Text.Encodings.Web;
using System.Text.Json;
using ProjectSilo.Grains.Interfaces.Kernels;

namespace ProjectSilo.Grains.Kernels.Pool;

/// <summary>What spares of one kind have alike: the kernel and its options but for the notebook (spec 10 §3).</summary>
/// <param name="Key">Canonical JSON: <c>{"name":"python3","opts":{"env":{},"ulimit":"-n 1000"}}</c></param>
/// <param name="Options">What is started; it has no path.</param>
internal sealed record PoolKind(string Key, KernelOptions Options)
{
    private const string FileName = "COCALC_JUPYTER_FILENAME";
    private static readonly JsonWriterOptions WriteOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The kind that serves for these options.</summary>
    /// <param name="name">The kernel's name as it is listed.</param>
    /// <param name="options">The options.</param>
    public static PoolKind Of(string name, KernelOptions options)
    {
        var environment = options.Environment.WithComparers(StringComparer.Ordinal).Remove(FileName);
        var bytes = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(bytes, WriteOptions))
        {
            writer.WriteStartObject();
            writer.WriteString("name", name);
            writer.WriteStartObject("opts");
            writer.WriteStartObject("env");
            foreach (var (variable, value) in environment)
            {
                writer.WriteString(variable, value);
            }

            writer.WriteEndObject();
            if (options.ResourceLimits is { } limits)
            {
                writer.WriteString("ulimit", limits);
            }

            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        return new PoolKind(
            System.Text.Encoding.UTF8.GetString(bytes.WrittenSpan),
            new KernelOptions { Kernel = name, Path = "", Environment = environment, ResourceLimits = options.ResourceLimits });
    }

    /// <summary>From the text of a key; null if it is none.</summary>
    public static PoolKind? TryParse(ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var root = document.RootElement;
            var given = root.GetProperty("opts");
            var environment = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
            if (given.TryGetProperty("env", out var variables))
            {
                foreach (var variable in variables.EnumerateObject())
                {
                    environment[variable.Name] = variable.Value.GetString()!;
                }
            }

            return root.GetProperty("name").GetString() is { Length: > 0 } name
                ? Of(name, new KernelOptions
                {
                    Kernel = name,
                    Path = "",
                    Environment = environment.ToImmutable(),
                    ResourceLimits = given.TryGetProperty("ulimit", out var limits) ? limits.GetString() : null,
                })
                : null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            return null;
        }
    }
}
