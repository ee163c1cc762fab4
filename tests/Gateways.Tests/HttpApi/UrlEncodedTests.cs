using FsCheck;
using FsCheck.Fluent;
using ProjectSilo.Gateways.HttpApi;

namespace ProjectSilo.Gateways.Tests.HttpApi;

public sealed class UrlEncodedTests
{
    [Theory]
    [InlineData("", "{}")]
    [InlineData("a=1&b=2", """{"a":"1","b":"2"}""")]
    [InlineData("a&b=", """{"a":"","b":""}""")]
    [InlineData("a=1&a=2", """{"a":["1","2"]}""")]
    [InlineData("a=x+y%20z%C3%A9", """{"a":"x y zé"}""")]
    [InlineData("a=%zz%", """{"a":"%zz%"}""")]
    [InlineData("a=%ff", "{\"a\":\"\uFFFD\"}")]
    [InlineData("a[b]=1", """{"a":{"b":"1"}}""")]
    [InlineData("a[b][c]=1&a[b][d]=2&a[e]=3", """{"a":{"b":{"c":"1","d":"2"},"e":"3"}}""")]
    [InlineData("a%5Bb%5D=1", """{"a":{"b":"1"}}""")]
    [InlineData("a[]=1&a[]=2", """{"a":["1","2"]}""")]
    [InlineData("a[0]=1&a[1]=2", """{"a":["1","2"]}""")]
    [InlineData("a[100]=1", """{"a":{"100":"1"}}""")]
    [InlineData("[a]=1", """{"[a]":"1"}""")]
    [InlineData("a[b=1", """{"a":{"[b":"1"}}""")]
    [InlineData("a[b]c=1", """{"a":{"b":{"c":"1"}}}""")]
    [InlineData("a[1][2][3][4][5][6][7]=1", """{"a":[[[[[{"[6][7]":"1"}]]]]]}""")]
    [InlineData("=1", """{"":"1"}""")]
    public void Parse_FollowsTheBrackets(string text, string json)
    {
        Assert.True(UrlEncoded.TryParse(text, 1000, out var parameters));
        Assert.Equal(json, parameters.ToString());
    }

    [Fact]
    public void Parse_TakesAnything() =>
        Prop.ForAll<NonNull<string>, string[]>((text, words) =>
            UrlEncoded.TryParse(text.Get + string.Join("[]&=%", words.Select(word => word ?? "]")), int.MaxValue, out _)).QuickCheckThrowOnFailure();
}
