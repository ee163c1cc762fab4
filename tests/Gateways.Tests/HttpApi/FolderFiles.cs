using ProjectSilo.Gateways.HttpApi;
using ProjectSilo.Grains.Interfaces.Errors;

namespace ProjectSilo.Gateways.Tests.HttpApi;

/// <summary>Plain files, with the errors that the API's clients know.</summary>
internal sealed class FolderFiles(string home) : IHttpApiFiles
{
    public Task<string> ReadText(string path, string caller, CancellationToken cancellationToken) =>
        Directory.Exists(Path.Combine(home, path))
            ? throw new PosixException(PosixError.EISDIR, "read")
            : Open(path, () => File.ReadAllTextAsync(Path.Combine(home, path), cancellationToken));

    public Task WriteText(string path, string content, string caller, CancellationToken cancellationToken) =>
        Open(path, async () =>
        {
            await File.WriteAllTextAsync(Path.Combine(home, path), content, cancellationToken);
            return "";
        });

    private static async Task<string> Open(string path, Func<Task<string>> open)
    {
        try
        {
            return await open();
        }
        catch (IOException)
        {
            throw new PosixException(PosixError.ENOENT, "open", path);
        }
    }
}
