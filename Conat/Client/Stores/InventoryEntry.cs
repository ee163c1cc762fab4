using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Stores;

/// <summary>What an inventory says of a store (spec 07 §9): <c>{desc?, last, created, bytes, count, limits, seq}</c>.</summary>
/// <param name="Name">The store's name; of a dko with its <c>__dko__</c>.</param>
/// <param name="Type"><see cref="StoreInventory.KeyValue"/> or <see cref="StoreInventory.Stream"/>.</param>
/// <param name="Description">For people; C#'s null for none.</param>
/// <param name="Last">When the entry was made.</param>
/// <param name="Created">When the first entry of the store was made.</param>
/// <param name="Bytes">The sum of the rows' sizes.</param>
/// <param name="Count">How many rows there are, tombstones too.</param>
/// <param name="Limits">What of the configuration isn't as by default.</param>
/// <param name="Seq">The highest number of a row.</param>
public sealed record InventoryEntry(
    string Name, string Type, WireValue? Description, DateTimeOffset Last, DateTimeOffset Created, long Bytes, long Count, WireValue.Members Limits, long Seq);
