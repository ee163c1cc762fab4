namespace ProjectSilo.Silo.DataDirectory;

/// <summary>Writes small files whole: a reader sees the old content or the new, never half of it.</summary>
internal static class AtomicFile
{
    /// <param name="mode">Mode of the file, before umask.</param>
    /// <param name="flush">
    /// Whether the content must survive a crash of the machine. The files of one run (ports, pid) mean nothing after that, and each flush costs the
    /// start some milliseconds.
    /// </param>
    public static void Write(string path, ReadOnlySpan<byte> content, UnixFileMode mode, bool flush)
    {
        var temporary = Path.Join(Path.GetDirectoryName(path), $".{Path.GetFileName(path)}.{Environment.ProcessId}.tmp");
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = mode, BufferSize = 0 };
        using (var file = new FileStream(temporary, options))
        {
            file.Write(content);
            file.Flush(flush);
        }

        File.Move(temporary, path, overwrite: true);
    }
}
