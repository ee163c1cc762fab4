namespace ProjectSilo.Tests;

/// <summary>Waits that end: a test that hangs fails instead.</summary>
internal static class Bounded
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    public static Task<T> Within<T>(this Task<T> task) => task.WaitAsync(Limit);

    public static Task Within(this Task task) => task.WaitAsync(Limit);

    /// <summary>Waits until <paramref name="condition"/> holds, looking every few milliseconds.</summary>
    public static async Task Until(Func<bool> condition, string what)
    {
        var end = DateTime.UtcNow + Limit;
        while (!condition())
        {
            Assert.True(DateTime.UtcNow < end, $"Still not so after {Limit}: {what}");
            await Task.Delay(5);
        }
    }

    /// <summary>The same, of a condition that is asked for.</summary>
    public static async Task UntilAsync(Func<Task<bool>> condition, string what)
    {
        var end = DateTime.UtcNow + Limit;
        while (!await condition().Within())
        {
            Assert.True(DateTime.UtcNow < end, $"Still not so after {Limit}: {what}");
            await Task.Delay(5);
        }
    }
}
