using ProjectSilo.Grains.Formatters;
using ProjectSilo.Tests;

namespace ProjectSilo.Grains.Tests.Formatters;

/// <summary>Spec 12 §4.</summary>
public sealed class PythonContextTests
{
    public static TheoryData<string, string, string> Cases
    {
        get
        {
            var cases = new TheoryData<string, string, string>();
            foreach (var entry in Vectors.Load("formatters").GetProperty("python_context").EnumerateArray())
            {
                cases.Add(entry.GetProperty("input").GetString()!, entry.GetProperty("stderr").GetString()!, entry.GetProperty("context").GetString()!);
            }

            return cases;
        }
    }

    [Theory, MemberData(nameof(Cases))]
    public void Context_IsThatOfTheCapture(string input, string stderr, string context) =>
        // A line that there isn't is `undefined` in the reference; the specification improves on it.
        Assert.Equal(context.EndsWith(" | undefined\n", StringComparison.Ordinal) ? "" : context, PythonContext.Of(input, stderr));

    [Theory]
    [InlineData("f:0:1: x")]
    [InlineData("f:99999999999999999999:1: x")]
    [InlineData("::::")]
    [InlineData("")]
    public void NoLine_NoContext(string stderr) => Assert.Equal("", PythonContext.Of("a\nb", stderr));
}
