namespace ProjectSilo.Grains.Native;

/// <summary>The record of a temporary file while that may be there; null members: there is none. Disposed when the temporary file has gone.</summary>
internal readonly struct TemporaryRecord(UnfinishedSaves? owner, string path, FileDescriptor file) : IDisposable
{
    /// <summary>Where it is.</summary>
    public string Path { get; } = path;

    /// <summary>The record, open.</summary>
    public FileDescriptor File { get; } = file;

    /// <summary>The temporary file could not be removed: the record stays, for the next start.</summary>
    public void Leave()
    {
        if (owner is not null)
        {
            File.Dispose();
        }
    }

    public void Dispose() => owner?.TakeBack(this);
}
