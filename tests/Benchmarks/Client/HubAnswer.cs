namespace ProjectSilo.Benchmarks.Client;

/// <summary>What is kept of an answer.</summary>
/// <param name="Bytes">Bytes of the payload.</param>
/// <param name="Head">Its beginning.</param>
internal readonly record struct HubAnswer(int Bytes, string Head)
{
    public bool IsError => Head.Contains("\"event\":\"error\"", StringComparison.Ordinal);
}
