using System.Diagnostics;
using System.Text;
using System.Text.Json;
using ProjectSilo.Conat.Values;
using ProjectSilo.Tests;

namespace ProjectSilo.Conat.Tests.Values;

/// <summary>Our JSON against that of JavaScript itself: generated texts and mutated ones, all given to one Node.js process.</summary>
public sealed class NodeDifferentialTests
{
    private const int Texts = 3_000;
    private const int Mutations = 6_000;

    // Line by line: the hex of a text in, JSON.stringify of its value with sorted members out, or "refused".
    private const string Script = """
        const canonical = v => Array.isArray(v) ? '[' + v.map(canonical).join(',') + ']'
          : v !== null && typeof v === 'object' ? '{' + Object.keys(v).sort().map(k => JSON.stringify(k) + ':' + canonical(v[k])).join(',') + '}'
          : JSON.stringify(v);
        const lines = require('fs').readFileSync(0, 'latin1').split('\n').filter(line => line.length > 0);
        process.stdout.write(lines.map(line => {
          try { return canonical(JSON.parse(Buffer.from(line.slice(1), 'hex').toString('utf8'))); } catch { return 'refused'; }
        }).join('\n'));
        """;

    [Fact]
    public async Task ParseAndWrite_AsNodeDoes()
    {
        var random = new Random(20);
        var texts = Enumerable.Range(0, Texts).Select(_ => Encoding.UTF8.GetBytes(Value(random, 4))).ToList();
        var fuzzer = new MutationFuzzer(texts, seed: 4);
        var buffer = new byte[MutationFuzzer.MaxBytes];
        var inputs = texts.Concat(Enumerable.Range(0, Mutations).Select(n => buffer[..fuzzer.Make(n, buffer)])).ToList();
        var answers = await Node(inputs);
        Assert.Equal(inputs.Count, answers.Length);
        for (var i = 0; i < inputs.Count; i++)
        {
            var actual = WireJson.TryParse(inputs[i], out var value) ? WireJson.ToCanonicalText(value) : "refused";
            Assert.True(answers[i] == actual, $"{Convert.ToHexStringLower(inputs[i])}\nnode {answers[i]}\nours {actual}");
        }

        Assert.InRange(answers.Count(answer => answer == "refused"), Mutations / 10, Mutations);
    }

    [Fact]
    public async Task NumberToText_AsNodeDoes()
    {
        var random = new Random(7);
        var numbers = Enumerable.Range(0, 3_000).Select(_ => Number(random)).Where(double.IsFinite).ToList();
        var answers = await Node(numbers.Select(number => JsonSerializer.SerializeToUtf8Bytes(number)));
        Assert.Equal(answers, numbers.Select(JavaScript.NumberToText));
    }

    private static async Task<string[]> Node(IEnumerable<byte[]> inputs)
    {
        using var node = Process.Start(new ProcessStartInfo("node", ["-e", Script])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            StandardOutputEncoding = Encoding.UTF8,
        })!;
        var output = node.StandardOutput.ReadToEndAsync();
        // The leading dot keeps empty inputs apart from no input.
        await node.StandardInput.WriteAsync(string.Concat(inputs.Select(input => "." + Convert.ToHexStringLower(input) + "\n"))).Within();
        node.StandardInput.Close();
        return (await output.Within()).Split('\n');
    }

    private static string Value(Random random, int depth) => random.Next(depth > 0 ? 9 : 6) switch
    {
        0 => "null",
        1 => random.Next(2) == 0 ? "true" : "false",
        2 or 3 => NumberText(random),
        4 or 5 => Text(random),
        6 => $"[{Space(random)}{string.Join($"{Space(random)},", Enumerable.Range(0, random.Next(4)).Select(_ => Value(random, depth - 1)))}]",
        _ => $"{{{string.Join(",", Enumerable.Range(0, random.Next(5)).Select(_ => $"{Space(random)}{Text(random)}{Space(random)}:{Value(random, depth - 1)}"))}}}",
    };

    private static string Space(Random random) => random.Next(5) switch { 0 => " ", 1 => "\n\t\r", _ => "" };

    private static string NumberText(Random random) => random.Next(4) switch
    {
        0 => random.Next(-300, 300).ToString(),
        1 => $"{(random.Next(2) == 0 ? "-" : "")}{random.Next(10)}.{random.NextInt64(0, long.MaxValue)}e{random.Next(-420, 420)}",
        2 => $"{random.NextInt64()}{random.NextInt64()}{(random.Next(2) == 0 ? "" : "E+3")}",
        _ => "-0.0e0",
    };

    private static double Number(Random random) => random.Next(4) switch
    {
        0 => BitConverter.Int64BitsToDouble(random.NextInt64(long.MinValue, long.MaxValue)),
        1 => random.NextInt64() * Math.Pow(10, random.Next(-30, 10)),
        2 => random.NextInt64(-1L << 54, 1L << 54),
        _ => Math.Round(random.NextDouble() * 1000, 3) * Math.Pow(10, random.Next(-10, 22)),
    };

    private static string Text(Random random)
    {
        var text = new StringBuilder("\"");
        for (var i = random.Next(6); i > 0; i--)
        {
            text.Append(random.Next(10) switch
            {
                0 => "\\u" + random.Next(0x10000).ToString("x4"),
                1 => "\\u" + random.Next(0xd800, 0xe000).ToString("X4"),
                2 => char.ConvertFromUtf32(random.Next(0x10000, 0x110000)),
                3 => "\\" + "\"\\/bfnrt"[random.Next(8)],
                4 => ((char)random.Next(0x7f, 0xd800)).ToString(),
                5 => "__proto__",
                6 => random.Next(3).ToString(),
                _ => ((char)random.Next('a', 'f')).ToString(),
            });
        }

        return text.Append('"').ToString();
    }
}
