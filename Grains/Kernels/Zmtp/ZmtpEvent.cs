namespace ProjectSilo.Grains.Kernels.Zmtp;

/// <summary>What <see cref="ZmtpDecoder"/> found.</summary>
internal enum ZmtpEvent
{
    /// <summary>Nothing yet: it needs more bytes.</summary>
    NeedMoreData,

    Message,

    /// <summary>A command.</summary>
    Command,

    /// <summary>A message that is longer than allowed has passed.</summary>
    TooLarge,

    /// <summary>The peer breaks the rules; nothing more can be read.</summary>
    Invalid,
}
