using ProjectSilo.Conat;
using ProjectSilo.Conat.Core;
using ProjectSilo.Tests;

namespace ProjectSilo.Gateways.Tests.Conat;

/// <summary>The typed service of formatters (spec 06 §11), of a daemon that has no document open.</summary>
public sealed class FormatterServiceTests(BusProject project) : IClassFixture<BusProject>
{
    [Theory]
    [InlineData("{\"name\":\"formatter\",\"args\":[{\"path\":\"a.py\",\"options\":{\"parser\":\"python\"}}]}", "{\"error\":\"Error: \\\"a.py\\\" is not opened\"}")]
    [InlineData("{\"name\":\"formatter\",\"args\":[]}", "{\"error\":\"Error: path must be a string\"}")]
    [InlineData("{\"name\":\"nope\",\"args\":[]}", "{\"error\":\"Error: unknown function 'nope'\"}")]
    [InlineData("\"ping\"", "\"pong\"")]
    public async Task Service_Answers(string request, string expected)
    {
        var subject = ConatNames.ServiceSubject(BusProject.ProjectId, "formatter", 0);
        var reply = await project.Hub.RequestAsync(subject, BusProject.Wire(request), new PublishOptions { WaitForInterest = true }).Within();
        Assert.Equal(expected, reply.Data.ToString());
    }
}
