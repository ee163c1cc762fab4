using System.Text;
using ProjectSilo.Grains.Native;
using ProjectSilo.Silo.DataDirectory;
using ProjectSilo.Silo.ProjectEnvironment;

namespace ProjectSilo.Silo.Standalone;

/// <summary>
/// What a standalone daemon makes at its first start and keeps, as files of mode 0600 in the data folder: <c>project-id</c>, <c>secret-token</c> and
/// <c>api-keys</c> (one key a line, e.g. <c>sk-AbC...</c>).
/// </summary>
internal static class StandaloneState
{
    public const string IdFile = "project-id";
    public const string TokenFile = "secret-token";
    public const string ApiKeysFile = "api-keys";

    private const int KeyLength = 32;

    /// <summary>Makes what is missing. The caller holds the folder's lock.</summary>
    /// <param name="givenId">The project id of the environment, or <c>null</c>: the one made at the first start.</param>
    /// <param name="needsToken">Whether no other token file was given.</param>
    /// <returns>The project id.</returns>
    public static string Prepare(string dataFolder, string? givenId, bool needsToken)
    {
        if (needsToken)
        {
            ReadOrCreate(dataFolder, TokenFile, () => Secret.CreateRandom().Reveal());
        }

        ReadOrCreate(dataFolder, ApiKeysFile, () => "sk-" + SecureRandom.Text(SecureRandom.LettersAndDigits, KeyLength) + "\n");
        return givenId ?? ReadOrCreate(dataFolder, IdFile, () => Guid.NewGuid().ToString()).Trim();
    }

    private static string ReadOrCreate(string folder, string name, Func<string> create)
    {
        var path = Path.Join(folder, name);
        if (File.Exists(path))
        {
            return File.ReadAllText(path);
        }

        var content = create();
        AtomicFile.Write(path, Encoding.UTF8.GetBytes(content), UnixFileMode.UserRead | UnixFileMode.UserWrite, flush: true);
        return content;
    }
}
