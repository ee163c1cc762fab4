namespace ProjectSilo.Gateways.Tests.HttpApi;

internal sealed record ApiReply(int Status, string Body, IReadOnlyDictionary<string, string> Headers)
{
    public string? this[string header] => Headers.GetValueOrDefault(header);
}
