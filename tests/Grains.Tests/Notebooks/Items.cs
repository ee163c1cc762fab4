using System.Text;
using System.Text.Json.Nodes;
using ProjectSilo.Conat.Values;
using ProjectSilo.Grains.Interfaces.Kernels;

namespace ProjectSilo.Grains.Tests.Notebooks;

/// <summary>What a kernel says, and what comes of it, as JSON.</summary>
internal static class Items
{
    public static KernelItem Of(string type, string content) => new() { MessageType = type, Content = Encoding.UTF8.GetBytes(content), Metadata = "{}"u8.ToArray() };

    public static KernelItem Stdout(string text) => Of("stream", new JsonObject { ["name"] = "stdout", ["text"] = text }.ToJsonString());

    public static KernelItem Done { get; } = new() { IsDone = true };

    public static JsonNode? Json(this WireValue? value) => value is null ? null : JsonNode.Parse(WireJson.ToText(value));

    public static WireValue.Members Wire(string json) => WireJson.TryParse(Encoding.UTF8.GetBytes(json), out var value) ? (WireValue.Members)value : throw new InvalidDataException(json);
}
