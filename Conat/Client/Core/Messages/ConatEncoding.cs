namespace ProjectSilo.Conat.Core.Messages;

/// <summary>How a payload is encoded (spec 05 §4).</summary>
public enum ConatEncoding
{
    /// <summary>What everybody uses.</summary>
    MessagePack = 0,

    /// <summary>Compact JSON in UTF-8. Dates become strings; bytes are not supported.</summary>
    Json = 1,
}
