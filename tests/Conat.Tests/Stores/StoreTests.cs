using ProjectSilo.Conat.Stores;
using ProjectSilo.Conat.Values;
using ProjectSilo.Tests;

namespace ProjectSilo.Conat.Tests.Stores;

/// <summary>The tables of cases of spec 07 §15 are run over both transports: a class of tests and two that say which.</summary>
public abstract class StoreTests(bool isInProcess) : IAsyncLifetime
{
    private StoreBus? _bus;

    private protected StoreBus Bus => _bus!;

    public virtual async Task InitializeAsync() => _bus = await StoreBus.StartAsync(isInProcess);

    public async Task DisposeAsync() => await Bus.DisposeAsync();

    /// <summary>A text of so many characters, whose message has that and two or three bytes.</summary>
    private protected static string Text(char character, int length) => new(character, length);

    private protected static StreamOptions Stream(string name, bool noAutosave = true) =>
        new() { Name = name, ProjectId = StoreBus.ProjectId, NoAutosave = noAutosave, NoInventory = true };

    private protected static DkvOptions Map(string name, bool noAutosave = true) =>
        new() { Name = name, ProjectId = StoreBus.ProjectId, NoAutosave = noAutosave, NoInventory = true };

    private protected static void AssertValues(IEnumerable<WireValue> expected, IEnumerable<WireValue> actual)
    {
        var (wanted, found) = (expected.ToList(), actual.ToList());
        Assert.True(wanted.Count == found.Count && wanted.Zip(found).All(pair => pair.First.DeepEquals(pair.Second)), $"expected {Show(wanted)}, found {Show(found)}");
    }

    private protected static void AssertValue(WireValue? expected, WireValue? actual) =>
        Assert.True(expected is null ? actual is null : actual is not null && expected.DeepEquals(actual), $"expected {expected}, found {actual}");

    private protected static Task UntilAsync(Dstream stream, params WireValue[] values) =>
        Bounded.Until(() => Same(stream.GetAll(), values), $"[{Show(values)}], it is [{Show(stream.GetAll())}]");

    private protected static Task UntilAsync(CoreStream stream, params WireValue[] values) =>
        Bounded.Until(() => Same(stream.GetAll().Select(row => row.Value), values), $"[{Show(values)}], it is [{Show(stream.GetAll().Select(row => row.Value))}]");

    private protected static Task UntilAsync(Dkv map, params (string Key, WireValue Value)[] values) => Bounded.Until(
        () => map.GetAll() is var all && all.Count == values.Length && values.All(pair => all.TryGetValue(pair.Key, out var value) && value.DeepEquals(pair.Value)),
        $"{string.Join(' ', values)}, it is {string.Join(' ', map.GetAll())}");

    private static bool Same(IEnumerable<WireValue> values, WireValue[] others) => values.ToList() is var all && all.Count == others.Length && all.Zip(others).All(pair => pair.First.DeepEquals(pair.Second));

    private static string Show(IEnumerable<WireValue> values) => string.Join(", ", values.Select(value => value.ToString() is { Length: < 100 } text ? text : "…"));
}
