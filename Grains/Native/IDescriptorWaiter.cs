namespace ProjectSilo.Grains.Native;

/// <summary>Who waits for a descriptor of <see cref="DescriptorPoll"/>.</summary>
internal interface IDescriptorWaiter
{
    /// <summary>The descriptor is readable, at its end or in error; it is not polled any more until it is armed again. Must not block: all others wait meanwhile.</summary>
    /// <param name="id">What <see cref="DescriptorPoll.TryAdd"/> gave.</param>
    void Ready(long id);
}
