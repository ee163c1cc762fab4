using System.Text;
using System.Text.Json;
using ProjectSilo.Grains.Kernels.Wire;
using ProjectSilo.Tests;

namespace ProjectSilo.Grains.Tests.Kernels;

/// <summary>Connection files, and where kernels listen (spec 10 §2.3).</summary>
public sealed class ConnectionInfoTests
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    [Fact]
    public void Json_IsALineOfTheSpecifiedShape()
    {
        var info = new ConnectionInfo
        {
            Transport = "tcp",
            Ip = "127.0.0.1",
            Key = "a1b2",
            HeartbeatPort = 10,
            ControlPort = 11,
            ShellPort = 12,
            StdinPort = 13,
            IoPubPort = 14,
        };
        Assert.Equal(
            """{"version":5,"key":"a1b2","signature_scheme":"hmac-sha256","transport":"tcp","ip":"127.0.0.1","hb_port":10,"control_port":11,"shell_port":12,"stdin_port":13,"iopub_port":14}""" + "\n",
            Encoding.UTF8.GetString(info.ToJson()));
    }

    [Fact]
    public void Tcp_HasFivePorts()
    {
        var info = ConnectionInfo.CreateTcp();
        Assert.Equal("tcp", info.Transport);
        Assert.Equal(5, new[] { info.HeartbeatPort, info.ControlPort, info.ShellPort, info.StdinPort, info.IoPubPort }.Distinct().Count(port => port > 0));
        Assert.True(Guid.TryParseExact(info.Key, "D", out var key) && key.Version == 4);
        Assert.NotEqual(info.Key, ConnectionInfo.CreateTcp().Key);
        info.DeleteSockets();
    }

    [Theory]
    [InlineData("runtime")]
    [InlineData("é \"quoted\"")]
    public void Ipc_HasAFolderOfItsOwn(string name)
    {
        using var folder = new TemporaryFolder();
        var info = ConnectionInfo.CreateIpc(folder.File(name));
        var own = Path.GetDirectoryName(info.Ip)!;
        Assert.Equal(folder.File(name), Path.GetDirectoryName(own));
        Assert.Equal(OwnerOnly, File.GetUnixFileMode(own));
        Assert.Equal(info.Ip, JsonDocument.Parse(info.ToJson()).RootElement.GetProperty("ip").GetString());
        File.WriteAllText(info.Ip + "-1", "");
        info.DeleteSockets();
        Assert.False(Directory.Exists(own));
        info.DeleteSockets();
    }

    [Theory]
    [InlineData(107)]
    [InlineData(108)]
    [InlineData(500)]
    public void Ipc_IsElsewhereIfPathsWereTooLong(int length)
    {
        using var folder = new TemporaryFolder();
        const int Own = 20;
        var info = ConnectionInfo.CreateIpc(folder.File(new string('x', length - Own - folder.Path.Length - 1)));
        try
        {
            Assert.Equal(length > 107, !info.Ip.StartsWith(folder.Path, StringComparison.Ordinal));
            Assert.True(Encoding.UTF8.GetByteCount($"{info.Ip}-{info.IoPubPort}") <= 107);
            Assert.Equal(OwnerOnly, File.GetUnixFileMode(Path.GetDirectoryName(info.Ip)!));
        }
        finally
        {
            info.DeleteSockets();
        }
    }
}
