namespace ProjectSilo.Conat.Stores;

/// <summary>How an attempt to save ended.</summary>
internal enum SaveOutcome
{
    /// <summary>The server has answered for all that there was.</summary>
    Done = 0,

    /// <summary>Something is left that has to be tried again.</summary>
    Retry,

    /// <summary>The store is closed, or may not be used: trying again is of no use.</summary>
    Stop,
}
