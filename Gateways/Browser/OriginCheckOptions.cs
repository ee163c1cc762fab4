namespace ProjectSilo.Gateways.Browser;

/// <summary>Who may open WebSockets of the browser port; configuration section <c>Origin</c>.</summary>
public sealed class OriginCheckOptions
{
    public const string Section = "Origin";

    /// <summary>Off only behind a proxy that rewrites <c>Host</c> and can't be listed.</summary>
    public bool Check { get; set; } = true;

    /// <summary>Further origins, e.g. <c>https://cocalc.example.com</c>.</summary>
    public IList<string> Allowed { get; } = [];
}
