using System.Collections.Immutable;

namespace ProjectSilo.Silo.Detaching;

/// <summary>How this program was started, and so can be started again: <c>dotnet ProjectSilo.dll</c>, or a host of its own.</summary>
internal static class OwnCommand
{
    /// <summary>Absolute path of the running executable.</summary>
    public static string Program => Environment.ProcessPath ?? "dotnet";

    /// <summary>What stands between the executable and our own arguments: the assembly, when the executable is the <c>dotnet</c> host.</summary>
    public static ImmutableArray<string> LeadingArguments =>
        Path.GetFileNameWithoutExtension(Program) == "dotnet" ? [Path.Join(AppContext.BaseDirectory, "ProjectSilo.dll")] : [];

    /// <summary>As one would type it, e.g. <c>dotnet /opt/projectsilo/ProjectSilo.dll</c>.</summary>
    public static string ForHumans => LeadingArguments is [var assembly] ? $"dotnet {assembly}" : Program;
}
