namespace ProjectSilo.Grains.Kernels.Zmtp;

/// <summary>Our side's socket types (spec 10 §4.1), and whom they may speak to.</summary>
internal enum ZmtpSocketType
{
    /// <summary>Sends and receives as it likes, to a ROUTER, which knows it by its identity.</summary>
    Dealer,

    /// <summary>Receives what a PUB tells all who have subscribed.</summary>
    Sub,

    /// <summary>Asks, and waits for the answer; each message begins with an empty frame.</summary>
    Req,
}
