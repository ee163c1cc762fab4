using System.Collections.Immutable;
using ProjectSilo.Grains.Interfaces.Commands;

namespace ProjectSilo.Grains.Commands;

/// <summary>The command line of <c>smc-sagews2pdf</c> (spec 02 §9).</summary>
internal static class WorksheetCommand
{
    public static ExecOptions Of(WorksheetPrint worksheet, string pdf, string? extraDataFile)
    {
        ImmutableArray<string> arguments =
        [
            NoOption(worksheet.Path), "--outfile", NoOption(pdf), "--title", worksheet.Title, "--author", worksheet.Author, "--date", worksheet.Date,
            "--subdir", worksheet.Subdir, "--contents", worksheet.Contents,
        ];
        if (!string.IsNullOrEmpty(worksheet.BaseUrl))
        {
            arguments = [.. arguments, "--base_url", worksheet.BaseUrl];
        }

        if (extraDataFile is not null)
        {
            arguments = [.. arguments, "--extra_data_file", extraDataFile];
        }

        return new ExecOptions { Command = "smc-sagews2pdf", Args = arguments, TimeoutSeconds = worksheet.TimeoutSeconds };
    }

    /// <summary>A name that begins with a dash is not taken for an option.</summary>
    private static string NoOption(string path) => path.StartsWith('-') ? "./" + path : path;
}
