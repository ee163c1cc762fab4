using Orleans.Runtime;

namespace Orleans;

/// <summary>Base of all grain interfaces. Methods return <see cref="Task"/>, <see cref="ValueTask"/>, their generic twins or <see cref="IAsyncEnumerable{T}"/>.</summary>
public interface IGrain : IAddressable;
