namespace ProjectSilo.Silo.Signals;

/// <summary>
/// The files of the runtime's diagnostic port in the temporary folder. The runtime removes them when it ends by itself, but not when it ends by a signal.
/// </summary>
internal static class RuntimeFiles
{
    public static void Remove()
    {
        foreach (var pattern in (string[])["dotnet-diagnostic-{0}-*", "clr-debug-pipe-{0}-*"])
        {
            try
            {
                foreach (var file in Directory.EnumerateFiles(Path.GetTempPath(), string.Format(null, pattern, Environment.ProcessId)))
                {
                    File.Delete(file);
                }
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // They are rubbish, nothing depends on them; the process is about to end.
                return;
            }
        }
    }
}
