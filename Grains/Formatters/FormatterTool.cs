using System.Collections.Immutable;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Interfaces.Formatters;

namespace ProjectSilo.Grains.Formatters;

/// <summary>A formatter that is a program of its own, as a row of the table of spec 12 §2 with its errors of §4.</summary>
/// <param name="Name">Its name in errors, by which it is also looked up.</param>
/// <param name="Arguments">Its arguments, from the request and the file that holds the text.</param>
/// <param name="Failure">What the client is told when it fails.</param>
internal sealed record FormatterTool(
    string Name, Func<FormatRequest, string, ImmutableArray<string>> Arguments, Func<ToolFailure, string> Failure)
{
    /// <summary>Another name that the program may have.</summary>
    public string? OtherProgram { get; init; }

    /// <summary>The name of the file, which some tools take the language from.</summary>
    public Func<FormatRequest, string> FileName { get; init; } = _ => "text";

    /// <summary>The file that holds the result; null if the result is what the tool prints.</summary>
    public Func<string, string>? ResultFile { get; init; } = file => file;

    /// <summary>What is done to a printed result, which must not become longer than the last argument says.</summary>
    public Func<string, FormatRequest, int, string> Rework { get; init; } = (text, _, _) => text;

    /// <summary>How long it may take.</summary>
    public Func<FormattersOptions, TimeSpan> Timeout { get; init; } = options => options.Timeout;

    /// <summary>Greater exit codes are failures.</summary>
    public int MaxGoodExitCode { get; init; }

    /// <summary>What is told if it is not there.</summary>
    public string Missing
    {
        get => field ?? $"Formatting utility \"{Name}\" is not installed";
        init;
    }

    /// <summary>What is told if it was killed, if not that it was.</summary>
    public string? Killed { get; init; }

    /// <summary>Refuses a request that it can't carry out.</summary>
    /// <exception cref="RequestException">With the reason.</exception>
    public Action<FormatRequest> Check { get; init; } = _ => { };

    /// <summary>The programs to look for, in this order.</summary>
    public IEnumerable<string> Programs => OtherProgram is null ? [Name] : [Name, OtherProgram];
}
