using System.Buffers;

namespace ProjectSilo.Conat.Core;

/// <summary>
/// Arrays for payloads, used again. Small ones are those of <see cref="ArrayPool{T}.Shared"/>. Large ones would be garbage that is rarely collected, and that pool keeps them
/// for each thread: here all threads share them, and those that nobody uses go with the next collection of old memory.
/// </summary>
public static class PayloadArrays
{
    /// <summary>Longer arrays are large.</summary>
    public const int LargeBytes = 1024 * 1024;

    /// <summary>Large arrays have a multiple of this: room for a file's chunk.</summary>
    private const int StepBytes = 4_608 * 1024;

    /// <summary>More are not kept.</summary>
    private const int MaxKept = 16;

    /// <summary>The large ones that are free, the newest last. Guarded by itself.</summary>
    private static readonly List<WeakReference<byte[]>> Free = [];

    /// <summary>An array of at least <paramref name="minimumLength"/>, with anything in it.</summary>
    public static byte[] Rent(int minimumLength)
    {
        if (minimumLength <= LargeBytes)
        {
            return ArrayPool<byte>.Shared.Rent(minimumLength);
        }

        lock (Free)
        {
            for (var i = Free.Count - 1; i >= 0; i--)
            {
                if (!Free[i].TryGetTarget(out var array))
                {
                    Free.RemoveAt(i);
                }
                else if (array.Length >= minimumLength)
                {
                    Free.RemoveAt(i);
                    return array;
                }
            }
        }

        var length = ((minimumLength + (StepBytes - 1L)) / StepBytes) * StepBytes;
        return GC.AllocateUninitializedArray<byte>((int)Math.Min(length, Array.MaxLength));
    }

    /// <summary>Gives an array back, of which nothing may be read any more. One that isn't given back is collected as anything else.</summary>
    public static void Return(byte[] array)
    {
        ArgumentNullException.ThrowIfNull(array);
        if (array.Length <= LargeBytes)
        {
            ArrayPool<byte>.Shared.Return(array);
            return;
        }

        lock (Free)
        {
            if (Free.Count < MaxKept)
            {
                Free.Add(new WeakReference<byte[]>(array));
            }
        }
    }
}
