using System.Runtime.InteropServices;

namespace ProjectSilo.Grains.Native;

/// <summary>
/// <c>struct epoll_event</c> as x86-64 packs it (12 bytes). Other architectures align <c>data</c> to 8 bytes, so <see cref="Stride"/> and
/// <see cref="Read"/> are used instead of the fields.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = 16)]
internal struct EpollEvent
{
    [FieldOffset(0)]
    public uint Events;

    [FieldOffset(4)]
    private long _packedData;

    [FieldOffset(8)]
    private long _alignedData;

    /// <summary>Bytes from one event to the next in an array.</summary>
    public static int Stride { get; } = RuntimeInformation.ProcessArchitecture is Architecture.X64 or Architecture.X86 ? 12 : 16;

    public static EpollEvent Create(uint events, long data)
    {
        var result = new EpollEvent { Events = events };
        if (Stride == 12)
        {
            result._packedData = data;
        }
        else
        {
            result._alignedData = data;
        }

        return result;
    }

    /// <summary>The data of the event at <paramref name="index"/> of the array at <paramref name="events"/>.</summary>
    public static unsafe long Read(byte* events, int index)
    {
        var data = events + (index * Stride) + (Stride == 12 ? 4 : 8);
        return *(long*)data;
    }
}
