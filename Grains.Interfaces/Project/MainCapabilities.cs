using System.Collections.Immutable;

namespace ProjectSilo.Grains.Interfaces.Project;

/// <summary>The tools of a project (spec 09 §8). On the wires every member is there, in the snake case of the specification; which clients insist on.</summary>
[GenerateSerializer, Immutable, Alias("ProjectSilo.MainCapabilities")]
public sealed record MainCapabilities
{
    /// <summary>Null, on the wires <c>false</c>: no <c>jupyter</c>.</summary>
    [Id(0)]
    public JupyterCapabilities? Jupyter { get; init; }

    [Id(1)]
    public required bool RServer { get; init; }

    /// <summary>Which formatters may be offered: keys as on the wire, e.g. <c>clang-format</c>.</summary>
    [Id(2)]
    public required ImmutableSortedDictionary<string, bool> Formatting { get; init; }

    /// <summary><c>sha1sum sha256sum md5sum</c>.</summary>
    [Id(3)]
    public required ImmutableSortedDictionary<string, bool> Hashsums { get; init; }

    [Id(4)]
    public required bool Latex { get; init; }

    [Id(5)]
    public required bool Sage { get; init; }

    /// <summary>E.g. 10, 4. Empty if not found: then the member <c>sage_version</c> is left out.</summary>
    [Id(6)]
    public ImmutableArray<int> SageVersion { get; init; } = [];

    [Id(7)]
    public required bool X11 { get; init; }

    [Id(8)]
    public required bool Rmd { get; init; }

    [Id(9)]
    public required bool Qmd { get; init; }

    [Id(10)]
    public required bool Jq { get; init; }

    [Id(11)]
    public required bool Spellcheck { get; init; }

    /// <summary>Whether the library of examples is there.</summary>
    [Id(12)]
    public required bool Library { get; init; }

    [Id(13)]
    public required bool Sshd { get; init; }

    [Id(14)]
    public required bool Html2Pdf { get; init; }

    [Id(15)]
    public required bool Pandoc { get; init; }

    [Id(16)]
    public required bool VsCode { get; init; }

    [Id(17)]
    public required bool Julia { get; init; }

    /// <summary><c>homeDirectory</c>: HOME resolved through links; null if that fails.</summary>
    [Id(18)]
    public string? HomeDirectory { get; init; }
}
