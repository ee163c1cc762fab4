using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Interfaces.Project;
using ProjectSilo.Grains.Native;

namespace ProjectSilo.Grains.Project;

/// <summary>Looks which tools are there (spec 09 §8).</summary>
internal sealed partial class CapabilitiesProbe(ProjectSettings project, BlockingWork blockingWork, TimeProvider time)
{
    private const string Caller = "configuration";
    private const string LibraryIndex = "/ext/library/cocalc-examples/index.json";

    /// <summary>Sage may take long to start from a cold disk. A hung one costs its member only.</summary>
    private static readonly TimeSpan SageTimeout = TimeSpan.FromSeconds(15);

    /// <summary>Its first line is all that counts.</summary>
    private const int MaxVersionBytes = 64 * 1024;

    private readonly ProgramSearch _programs = new(project);

    /// <summary>The capabilities of aspect <c>main</c>.</summary>
    public async Task<MainCapabilities> Main()
    {
        var capabilities = await blockingWork.Run(Caller, ProbeMain);
        return capabilities.Sage ? capabilities with { SageVersion = await SageVersion() } : capabilities;
    }

    /// <summary>The capabilities of aspect <c>x11</c>.</summary>
    public Task<ImmutableSortedDictionary<string, bool>> X11() => blockingWork.Run(Caller, () => X11Programs.Probe(_programs));

    /// <summary><c>SageMath version 10.4, Release Date: 2024-07-19</c> → 10, 4. Empty if there is no version in the text.</summary>
    internal static ImmutableArray<int> ParseSageVersion(string text)
    {
        var numbers = ImmutableArray.CreateBuilder<int>();
        foreach (var part in SageVersionText().Match(text).Groups[1].Value.Split('.'))
        {
            // As JavaScript's parseInt: a development version such as 10.4+2 ends in its digits.
            var digits = part.AsSpan(0, part.AsSpan().IndexOf('+') is >= 0 and var plus ? plus : part.Length);
            if (!int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            {
                return [];
            }

            numbers.Add(number);
        }

        return numbers.ToImmutable();
    }

    private MainCapabilities ProbeMain()
    {
        var have = _programs.Have;
        var hashsums = new[] { "sha1sum", "sha256sum", "md5sum" }.ToImmutableSortedDictionary(name => name, have, StringComparer.Ordinal);
        return new MainCapabilities
        {
            Jupyter = have("jupyter") ? new JupyterCapabilities(have("jupyter-lab"), have("jupyter-notebook"), have("jupyter-kernelspec")) : null,
            RServer = have("rserver"),
            Formatting = FormattingTools.Probe(_programs),
            Hashsums = hashsums,
            Latex = hashsums["sha1sum"] && have("pdflatex") && have("latexmk") && have("synctex"),
            Sage = have("sage"),
            X11 = have("xpra"),
            Rmd = have("R"),
            Qmd = have("quarto"),
            Jq = have("jq"),
            Spellcheck = have("aspell"),
            Library = IsReadable(LibraryIndex),
            Sshd = have("/usr/sbin/sshd"),
            Html2Pdf = have("chromium-browser") || have("google-chrome"),
            Pandoc = have("pandoc"),
            VsCode = have("code-server"),
            Julia = have("julia"),
            HomeDirectory = LinkText.TryResolve(project.Home, out var home) == 0 ? home : null,
        };
    }

    private static bool IsReadable(string path)
    {
        try
        {
            using var file = File.OpenHandle(path);
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private async Task<ImmutableArray<int>> SageVersion()
    {
        using var timeout = new CancellationTokenSource(SageTimeout, time);
        ChildProcess? child = null;
        try
        {
            child = await blockingWork.Run(Caller, () => ChildProcess.Start(new SpawnOptions
            {
                Program = "sage",
                Arguments = ["--version"],
                WorkingDirectory = project.Home,
                Environment = new Dictionary<string, string>(project.CommandEnvironment, StringComparer.Ordinal) { ["PATH"] = _programs.SearchPath },
                StandardInput = ChildStream.Null,
                StandardError = ChildStream.Null,
            }));
            var output = new byte[MaxVersionBytes];
            var length = 0;
            int count;
            do
            {
                count = await child.StandardOutput!.ReadAsync(output.AsMemory(length), timeout.Token);
                length += count;
            }
            while (count > 0 && length < output.Length);

            return ParseSageVersion(Encoding.UTF8.GetString(output, 0, length));
        }
        catch (Exception exception) when (exception is OperationCanceledException or PosixException)
        {
            // Too slow, or it can't be run: the version is not known.
            return [];
        }
        finally
        {
            child?.KillGroup(LibC.SIGKILL);
            child?.Dispose();
        }
    }

    [GeneratedRegex("version ([0-9+.]+[0-9+])", RegexOptions.CultureInvariant)]
    private static partial Regex SageVersionText();
}
