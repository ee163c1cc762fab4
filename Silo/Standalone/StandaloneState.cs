using System.Text;
using ProjectSilo.Grains.Native;
using ProjectSilo.Silo.DataDirectory;
using ProjectSilo.Silo.ProjectEnvironment;

namespace ProjectSilo.Silo.Standalone;

/// <summary>
/// What a standalone daemon makes at its first start and keeps, as files of mode 0600 in the data folder: <c>project-id</c>, <c>secret-token</c> and
/// <c>api-keys</c> (one key a line, e.g. <c>sk-AbC...</c>). An id that the environment gives is written down too: who calls the daemon finds it there, and without the
/// variable the folder's project is the same the next time.
/// </summary>
internal static class StandaloneState
{
    public const string IdFile = "project-id";
    public const string TokenFile = "secret-token";
    public const string ApiKeysFile = "api-keys";

    private const int KeyLength = 32;

    /// <summary>Makes what is missing. The caller holds the folder's lock.</summary>
    /// <param name="givenId">The project id of the environment, or <c>null</c>: the one of the last start.</param>
    /// <param name="needsToken">Whether no other token file was given.</param>
    /// <returns>The project id.</returns>
    public static string Prepare(string dataFolder, string? givenId, bool needsToken)
    {
        if (needsToken)
        {
            ReadOrCreate(dataFolder, TokenFile, () => Secret.CreateRandom().Reveal());
        }

        ReadOrCreate(dataFolder, ApiKeysFile, () => "sk-" + SecureRandom.Text(SecureRandom.LettersAndDigits, KeyLength) + "\n");
        var id = ReadOrCreate(dataFolder, IdFile, () => givenId ?? Guid.NewGuid().ToString()).Trim();
        if (givenId is null || givenId == id)
        {
            return id;
        }

        Write(dataFolder, IdFile, givenId);
        return givenId;
    }

    private static string ReadOrCreate(string folder, string name, Func<string> create)
    {
        var path = Path.Join(folder, name);
        if (File.Exists(path))
        {
            return File.ReadAllText(path);
        }

        var content = create();
        Write(folder, name, content);
        return content;
    }

    private static void Write(string folder, string name, string content) =>
        AtomicFile.Write(Path.Join(folder, name), Encoding.UTF8.GetBytes(content), UnixFileMode.UserRead | UnixFileMode.UserWrite, flush: true);
}
