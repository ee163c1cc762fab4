namespace Orleans;

/// <summary>Why an activation ends, for programs. The embedded host uses only some of these; all are here so that sources compile on both hosts.</summary>
public enum DeactivationReasonCode : byte
{
    /// <summary>No reason given.</summary>
    None,

    /// <summary>The silo stops.</summary>
    ShuttingDown,

    /// <summary>The grain could not be constructed, or <see cref="IGrainBase.OnActivateAsync"/> threw.</summary>
    ActivationFailed,

    /// <summary>Orleans only.</summary>
    DirectoryFailure,

    /// <summary>No request came for <see cref="Configuration.GrainCollectionOptions.CollectionAge"/>.</summary>
    ActivationIdle,

    /// <summary>Orleans only.</summary>
    ActivationUnresponsive,

    /// <summary>Orleans only.</summary>
    DuplicateActivation,

    /// <summary>Orleans only.</summary>
    IncompatibleRequest,

    /// <summary>The grain failed in a way that its state did not survive.</summary>
    ApplicationError,

    /// <summary>The grain asked for it: <see cref="GrainBaseExtensions.DeactivateOnIdle"/>.</summary>
    ApplicationRequested,

    /// <summary>Orleans only.</summary>
    Migrating,

    /// <summary>Orleans only.</summary>
    RuntimeRequested,

    /// <summary>Orleans only.</summary>
    HighMemoryPressure,
}
