using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace ProjectSilo.Benchmarks.Report;

/// <summary>Writes the rows for people and for programs.</summary>
internal static class ReportTable
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static void Print(IReadOnlyList<Row> rows)
    {
        string[][] cells =
        [
            ["what", "ours", "baseline", "ratio", "bar", ""],
            .. rows.Select(row => (string[])
            [
                $"{row.Group}: {row.What} [{row.Unit}]",
                Number(row.Ours),
                row.Baseline is { } baseline ? $"{Number(baseline)} ({row.BaselineName})" : "",
                row.Ratio is { } ratio ? ratio.ToString("0.00", CultureInfo.InvariantCulture) : "",
                row.Bar,
                row.Ok switch { true => "ok", false => "OVER", null => "" },
            ]),
        ];
        var widths = Enumerable.Range(0, cells[0].Length).Select(column => cells.Max(line => line[column].Length)).ToArray();
        foreach (var line in cells)
        {
            Console.WriteLine("| " + string.Join(" | ", line.Select((cell, column) => cell.PadRight(widths[column]))) + " |");
            if (line == cells[0])
            {
                Console.WriteLine("| " + string.Join(" | ", widths.Select(width => new string('-', width))) + " |");
            }
        }
    }

    public static Task WriteJson(IReadOnlyList<Row> rows, string path) => File.WriteAllTextAsync(path, JsonSerializer.Serialize(rows, Json));

    private static string Number(double value) =>
        value.ToString(Math.Abs(value) switch { >= 1000 => "#,0", >= 10 => "0.0", _ => "0.00" }, CultureInfo.InvariantCulture);
}
