using System.Runtime.InteropServices;
using System.Text;

namespace ProjectSilo.Grains.Native;

/// <summary>A null-terminated array of C strings (<c>char **</c>) in one block of unmanaged memory.</summary>
internal readonly unsafe ref struct CStringArray
{
    private readonly byte* _block;

    public CStringArray(IReadOnlyCollection<string> strings)
    {
        var pointers = (strings.Count + 1) * sizeof(byte*);
        var size = pointers;
        foreach (var text in strings)
        {
            size += Encoding.UTF8.GetByteCount(text) + 1;
        }

        _block = (byte*)NativeMemory.Alloc((nuint)size);
        var slot = (byte**)_block;
        var next = _block + pointers;
        foreach (var text in strings)
        {
            *slot++ = next;
            next += Encoding.UTF8.GetBytes(text, new Span<byte>(next, size - (int)(next - _block)));
            *next++ = 0;
        }

        *slot = null;
    }

    public byte** Pointer => (byte**)_block;

    public void Dispose() => NativeMemory.Free(_block);
}
