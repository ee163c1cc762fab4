using System.Diagnostics;
using System.Globalization;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using ProjectSilo.Grains.Commands;
using ProjectSilo.Tests;

namespace ProjectSilo.Grains.Tests.Commands;

public sealed class ShellTextTests
{
    private const int Words = 3_000;

    [Theory]
    [InlineData("a b", "'a b'")]
    [InlineData("it's", @"'it'\''s'")]
    [InlineData("a.b", "'a.b'")]
    [InlineData("'", @"\'")]
    [InlineData("'a'", @"\''a'\'")]
    [InlineData("", "''")]
    [InlineData("aZ09_/-", "aZ09_/-")]
    [InlineData("é", "'é'")]
    public void Quote_AsSpecified(string word, string expected) => Assert.Equal(expected, ShellText.Quote(word));

    [Fact]
    public async Task Quote_GivesBashTheWordBack()
    {
        var random = new Random(11);
        var words = Enumerable.Range(0, Words).Select(_ => Word(random))
            .Concat(Gen.Sample(ArbMap.Default.GeneratorFor<NonNull<string>>(), 300).Select(text => text.Get.Replace("\0", "", StringComparison.Ordinal)))
            .Where(word => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(word)) == word)
            .ToList();
        using var bash = Process.Start(new ProcessStartInfo("bash") { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        var output = bash.StandardOutput.ReadToEndAsync();
        await bash.StandardInput.WriteAsync($"printf '%s\\0' {string.Join(' ', words.Select(ShellText.Quote))}\n").Within();
        bash.StandardInput.Close();
        Assert.Equal(words, (await output.Within()).Split('\0')[..^1]);
    }

    /// <summary>JavaScript's <c>\s</c>, all of it.</summary>
    [Fact]
    public void WhiteSpace_IsThatOfJavaScript()
    {
        int[] expected =
        [
            0x9, 0xa, 0xb, 0xc, 0xd, 0x20, 0xa0, 0x1680, .. Enumerable.Range(0x2000, 11), 0x2028, 0x2029, 0x202f, 0x205f, 0x3000, 0xfeff,
        ];
        Assert.Equal(expected, Enumerable.Range(0, 0x10000).Where(code => ShellText.HasWhiteSpace(((char)code).ToString(CultureInfo.InvariantCulture))));
    }

    /// <summary>Mostly what quoting is about.</summary>
    private static string Word(Random random)
    {
        const string Special = "''''\\\\\"$`!*?[]{}()<>|&;#~ \t\n\r=%^,.é😀\u0001\u007f-/a_";
        return string.Concat(Enumerable.Range(0, random.Next(9)).Select(_ => Special[random.Next(Special.Length)]));
    }
}
