using System.Text;
using ProjectSilo.Conat.Server.Broker;

namespace ProjectSilo.Tests.Broker;

/// <summary>What the broker looks at in each message that it routes.</summary>
public sealed class PublishFrameTests
{
    /// <summary>On the way of every message: what is allocated here is collected later, in a pause of all.</summary>
    [Fact]
    public void Read_AllocatesNothing()
    {
        var text = Encoding.UTF8.GetBytes(
            "451-7[\"publish\",[\"project.812abe34.x\",\"ABCDEFGHIJ\",0,1,0,{\"_placeholder\":true,\"num\":0},{\"CN-Reply\":\"_INBOX.a.b\",\"\\u006eum\":[1,{\"n\":2}]}]]");
        var subject = new char[100];
        Assert.True(ReadAll(text, subject, times: 1));
        var before = GC.GetAllocatedBytesForCurrentThread();
        var isGood = ReadAll(text, subject, times: 1_000);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(isGood);
        Assert.InRange(allocated, 0, 1_000);
    }

    private static bool ReadAll(byte[] text, char[] subject, int times)
    {
        var isGood = true;
        for (var i = 0; i < times; i++)
        {
            isGood &= PublishFrame.Read(text, out var frame) == true && JsonSubject.TryRead(frame.Subject.Span, subject, out var length) && length == 18;
        }

        return isGood;
    }
}
