namespace ProjectSilo.Conat.Persist;

/// <summary>What gives way when a stream is full (spec 07 §1.9).</summary>
public enum DiscardPolicy
{
    /// <summary>The oldest messages: <c>"old"</c>.</summary>
    Old = 0,

    /// <summary>The new message: <c>"new"</c>.</summary>
    New,
}
