using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Notebooks;

namespace ProjectSilo.Grains.Tests.Notebooks;

/// <summary>What the arguments of a conversion mean (spec 10 §10.1).</summary>
public sealed class ConvertArgumentsTests
{
    [Theory]
    [InlineData("--to html -- a.ipynb", "jupyter nbconvert --to html -- a.ipynb", "a.ipynb")]
    [InlineData("--to html a[1]*?.ipynb", "jupyter nbconvert --to html a[[]1[]][*][?].ipynb", "a[1]*?.ipynb")]
    [InlineData("a[1].ipynb --to html", "jupyter nbconvert a[1].ipynb --to html", "a[1].ipynb")]
    [InlineData("--to=script b.ipynb", "jupyter nbconvert --to=script b.ipynb", "b.ipynb")]
    [InlineData("--to html -y c.ipynb", "jupyter nbconvert --to html -y c.ipynb", "c.ipynb")]
    [InlineData("--to html -- -d.ipynb", "jupyter nbconvert --to html -- -d.ipynb", "-d.ipynb")]
    [InlineData("--to sagews -- e.ipynb", "smc-ipynb2sagews e.ipynb", "e.ipynb")]
    [InlineData("e.ipynb --to", "jupyter nbconvert e.ipynb --to", "e.ipynb")]
    public void Arguments_GiveTheCommand(string arguments, string command, string source)
    {
        var result = ConvertArguments.Of([.. arguments.Split(' ')]);
        Assert.Equal(command, string.Join(' ', [result.Command, .. result.Arguments]));
        Assert.Equal(source, result.Source);
        Assert.False(result.PrintsPdf);
    }

    [Theory]
    [InlineData("--to lab-pdf -- a.ipynb", "nbconvert --to html -- a.ipynb")]
    [InlineData("--to classic-pdf -- a.ipynb", "nbconvert --template classic --to html -- a.ipynb")]
    public void Pdf_IsHtmlAtFirst(string arguments, string converted)
    {
        var result = ConvertArguments.Of([.. arguments.Split(' ')]);
        Assert.Equal(converted, string.Join(' ', result.Arguments));
        Assert.True(result.PrintsPdf);
    }

    [Theory]
    [InlineData("")]
    [InlineData("--to html --")]
    [InlineData("--to html --allow-chromium-download a.ipynb")]
    public void NoSource_IsRefused(string arguments)
    {
        var error = Assert.Throws<RequestException>(() => ConvertArguments.Of([.. arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries)]));
        Assert.Equal("no source", error.Message);
    }
}
