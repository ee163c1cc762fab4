using System.Text.Encodings.Web;
using System.Text.Json;
using ProjectSilo.Grains.Interfaces.Errors;

namespace ProjectSilo.Grains.Commands;

/// <summary>The texts of spec 09 §1.9, which clients match on.</summary>
internal static class CommandErrors
{
    private const int MaxStderrCharacters = 1024;

    private static readonly JsonWriterOptions JavaScriptLike = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary><c>command 'exit 3' exited with nonzero code 3 -- stderr=''</c></summary>
    public static string NonzeroExit(CommandLine command, int code, string stderr) =>
        $"command '{command.Display}' exited with nonzero code {code} -- stderr='{Cut(stderr)}'";

    /// <summary><c>command ''nope' (args=)' was not able to run -- stderr='{"errno":-2,…}'</c></summary>
    public static string NotAbleToRun(CommandLine command, PosixException reason) =>
        $"command '{command.Display}' was not able to run -- stderr='{Cut(SpawnFailure(command, reason))}'";

    /// <summary><c>killed command 'sleep 5'</c></summary>
    public static string Killed(CommandLine command) => $"killed command '{command.Executed}'";

    /// <summary><c>{"errno":-2,"code":"ENOENT","syscall":"spawn nope","path":"nope","spawnargs":["a","b"]}</c></summary>
    public static string SpawnFailure(CommandLine command, PosixException reason)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, JavaScriptLike))
        {
            json.WriteStartObject();
            json.WriteNumber("errno", -reason.Errno);
            json.WriteString("code", reason.Code);
            json.WriteString("syscall", $"spawn {command.Program}");
            json.WriteString("path", command.Program);
            json.WriteStartArray("spawnargs");
            foreach (var argument in command.Arguments)
            {
                json.WriteStringValue(argument);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return System.Text.Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }

    private static string Cut(string stderr) => stderr.Length <= MaxStderrCharacters ? stderr : stderr[..(MaxStderrCharacters - 1)] + '…';
}
