namespace ProjectSilo.Gateways.HttpApi;

/// <summary>The two file operations of the API.</summary>
public interface IHttpApiFiles
{
    /// <summary>The text of a file, relative to HOME; bytes that are not UTF-8 become U+FFFD.</summary>
    Task<string> ReadText(string path, string caller, CancellationToken cancellationToken);

    /// <summary>Writes a text as UTF-8, atomically. No folder is made for it.</summary>
    Task WriteText(string path, string content, string caller, CancellationToken cancellationToken);
}
