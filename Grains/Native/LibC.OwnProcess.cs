using System.Runtime.InteropServices;

namespace ProjectSilo.Grains.Native;

internal static unsafe partial class LibC
{
    /// <summary>glibc's <c>mallopt</c>: how many arenas there may be.</summary>
    public const int MallocArenaMax = -8;

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial byte* getenv(string name);

    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int setenv(string name, string value, int overwrite);

    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int unsetenv(string name);

    [LibraryImport(Library)]
    public static partial nint signal(int signal, nint handler);

    [LibraryImport(Library)]
    public static partial void _exit(int code);

    [LibraryImport(Library, SetLastError = true)]
    public static partial nint getrandom(byte* buffer, nuint length, uint flags);

    [LibraryImport(Library)]
    public static partial int mallopt(int parameter, int value);

    [LibraryImport(Library)]
    public static partial int malloc_trim(nuint keep);
}
