using System.Runtime.InteropServices;

namespace ProjectSilo.Grains.Native;

internal static unsafe partial class LibC
{
    public const nuint TIOCGPGRP = 0x540F;
    public const nuint TIOCSWINSZ = 0x5414;
    public const nuint TIOCGPTN = 0x80045430;
    public const nuint TIOCSPTLCK = 0x40045431;

    /// <summary>The <c>c_iflag</c> bit by which erasing removes whole characters.</summary>
    public const uint IUTF8 = 0x4000;

    /// <summary>Of <c>struct termios</c>, rounded up; <c>c_iflag</c> comes first.</summary>
    public const int SizeOfTermios = 128;

    [LibraryImport(Library, SetLastError = true)]
    public static partial int ioctl(int fd, nuint request, void* argument);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int tcgetattr(int fd, byte* attributes);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int tcsetattr(int fd, int when, byte* attributes);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int getsid(int pid);

    /// <summary><c>struct winsize</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct WindowSize
    {
        public ushort Rows;
        public ushort Columns;
        public ushort WidthPixels;
        public ushort HeightPixels;
    }
}
