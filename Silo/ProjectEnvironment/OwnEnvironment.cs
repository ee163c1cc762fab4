using System.Collections;
using System.Runtime.InteropServices;
using ProjectSilo.Grains.Native;

namespace ProjectSilo.Silo.ProjectEnvironment;

/// <summary>The environment of this process: read once at start, and then brought in line with spec 01 §2.4.</summary>
internal static class OwnEnvironment
{
    private const string OpenMpOnArm = "/usr/lib/aarch64-linux-gnu/libgomp.so.1";

    /// <summary>The library of spec 01 §2.4 step 5, or <c>null</c>.</summary>
    public static string? Preload =>
        RuntimeInformation.ProcessArchitecture == Architecture.Arm64 && File.Exists(OpenMpOnArm)
            ? OpenMpOnArm
            : null;

    public static IReadOnlyDictionary<string, string> Read()
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            environment[(string)variable.Key] = (string?)variable.Value ?? "";
        }

        return environment;
    }

    /// <summary>Makes <paramref name="wanted"/> of what the process was started with, so that no library sees what was removed.</summary>
    public static void Apply(IReadOnlyDictionary<string, string> started, IReadOnlyDictionary<string, string> wanted)
    {
        foreach (var name in started.Keys.Where(name => !wanted.ContainsKey(name)))
        {
            OwnProcess.RemoveVariable(name, wipe: name == "API_KEY");
        }

        foreach (var (name, value) in wanted)
        {
            if (started.GetValueOrDefault(name) != value)
            {
                OwnProcess.SetVariable(name, value);
            }
        }
    }
}
