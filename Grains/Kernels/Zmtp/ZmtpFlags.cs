namespace ProjectSilo.Grains.Kernels.Zmtp;

/// <summary>A frame's first byte; its other bits are 0.</summary>
[Flags]
internal enum ZmtpFlags : byte
{
    None = 0,

    /// <summary>The message goes on with the next frame.</summary>
    More = 1,

    /// <summary>The length has 8 bytes, not one.</summary>
    Long = 2,

    /// <summary>The frame is a command, no part of a message.</summary>
    Command = 4,
}
