using System.Net.NetworkInformation;
using System.Net.Sockets;
using ProjectSilo.Silo.CommandLine;
using ProjectSilo.Silo.ProjectEnvironment;

namespace ProjectSilo.Silo.DataDirectory;

/// <summary><c>location.host</c> of <c>info.json</c> (spec 01 §7).</summary>
internal static class ProjectLocation
{
    /// <summary><c>HOST</c>; else in Kubernetes mode the address of the pod's interface; else the loopback address.</summary>
    public static string Host(ProcessSettings settings) =>
        settings.HostOverride ?? (settings.Arguments.Kucalc ? AddressOf("eth0") ?? AddressOf("ens4") : null) ?? SiloArguments.DefaultHostname;

    /// <summary>The first address, IPv4 ones before the others.</summary>
    private static string? AddressOf(string interfaceName) =>
        NetworkInterface.GetAllNetworkInterfaces()
            .FirstOrDefault(candidate => candidate.Name == interfaceName)?
            .GetIPProperties().UnicastAddresses
            .OrderBy(address => address.Address.AddressFamily == AddressFamily.InterNetwork ? 0 : 1)
            .FirstOrDefault()?.Address.ToString();
}
