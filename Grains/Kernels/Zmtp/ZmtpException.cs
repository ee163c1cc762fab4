namespace ProjectSilo.Grains.Kernels.Zmtp;

/// <summary>The peer speaks no ZMTP, or breaks its rules. What it sent isn't quoted.</summary>
internal sealed class ZmtpException(string message) : Exception(message);
