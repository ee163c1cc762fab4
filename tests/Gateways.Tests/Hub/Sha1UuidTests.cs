using System.Text;
using ProjectSilo.Gateways.Hub;
using ProjectSilo.Tests;

namespace ProjectSilo.Gateways.Tests.Hub;

public sealed class Sha1UuidTests
{
    [Fact]
    public void Of_AsCaptured() => Assert.All(
        Vectors.Load("hub-tcp").GetProperty("uuid_from_sha1").EnumerateArray(),
        item => Assert.Equal(item.GetProperty("uuid").GetString(), Sha1Uuid.Of(Encoding.UTF8.GetBytes(item.GetProperty("text").GetString()!))));
}
