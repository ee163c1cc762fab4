namespace ProjectSilo.Conat.Core.MessagePack;

/// <summary>Why bytes are no MessagePack value that the bus takes (spec 05 §4.2).</summary>
public enum MessagePackError
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The value is longer than the bytes.</summary>
    Truncated,

    /// <summary>Something follows the value.</summary>
    TrailingBytes,

    /// <summary>The byte <c>c1</c>, which MessagePack never uses.</summary>
    UnknownType,

    /// <summary>A map's key is neither text nor number.</summary>
    KeyType,

    /// <summary>A map has the key <c>__proto__</c>.</summary>
    ForbiddenKey,

    /// <summary>A timestamp does not have 4, 8 or 12 bytes.</summary>
    TimestampLength,

    /// <summary>Nested too deep.</summary>
    TooDeep,

    /// <summary>Too many values.</summary>
    TooManyValues,
}
