namespace ProjectSilo.Grains.Runtime.Streaming;

/// <summary>An enumeration under way, whatever its item type.</summary>
internal interface IEnumerationCall
{
    /// <summary>Ends the enumeration because its activation ends; the consumer learns so. Completes when its code in the grain has ended.</summary>
    Task AbortAsync();
}
