using System.Globalization;
using System.Text;
using ProjectSilo.Grains.Interfaces.Errors;

namespace ProjectSilo.Grains.Commands;

/// <summary>The texts of spec 09 §1.9, which clients match on.</summary>
internal static class CommandErrors
{
    private const int MaxStderrCharacters = 1024;

    /// <summary><c>command 'exit 3' exited with nonzero code 3 -- stderr=''</c></summary>
    public static string NonzeroExit(CommandLine command, int code, string stderr) =>
        $"command '{command.Display}' exited with nonzero code {code} -- stderr='{Cut(stderr)}'";

    /// <summary><c>command ''nope' (args=)' was not able to run -- stderr='{"errno":-2,…}'</c></summary>
    public static string NotAbleToRun(CommandLine command, PosixException reason) =>
        $"command '{command.Display}' was not able to run -- stderr='{Cut(SpawnFailure(command, reason))}'";

    /// <summary><c>killed command 'sleep 5'</c></summary>
    public static string Killed(CommandLine command) => $"killed command '{command.Executed}'";

    /// <summary><c>{"errno":-2,"code":"ENOENT","syscall":"spawn nope","path":"nope","spawnargs":["a","b"]}</c></summary>
    public static string SpawnFailure(CommandLine command, PosixException reason) => string.Create(
        CultureInfo.InvariantCulture,
        $$"""{"errno":{{-reason.Errno}},"code":{{Json(reason.Code)}},"syscall":{{Json($"spawn {command.Program}")}},"path":{{Json(command.Program)}},"spawnargs":[{{string.Join(',', command.Arguments.Select(Json))}}]}""");

    /// <summary>A string as <c>JSON.stringify</c> writes it: the framework's writer escapes much more.</summary>
    private static string Json(string text)
    {
        var json = new StringBuilder(text.Length + 2).Append('"');
        foreach (var character in text)
        {
            _ = character switch
            {
                '"' => json.Append("\\\""),
                '\\' => json.Append(@"\\"),
                '\b' => json.Append(@"\b"),
                '\f' => json.Append(@"\f"),
                '\n' => json.Append(@"\n"),
                '\r' => json.Append(@"\r"),
                '\t' => json.Append(@"\t"),
                < ' ' => json.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}"),
                _ => json.Append(character),
            };
        }

        return json.Append('"').ToString();
    }

    private static string Cut(string stderr) => stderr.Length <= MaxStderrCharacters ? stderr : stderr[..(MaxStderrCharacters - 1)] + '…';
}
