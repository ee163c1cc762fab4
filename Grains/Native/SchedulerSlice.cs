using System.Runtime.InteropServices;

namespace ProjectSilo.Grains.Native;

/// <summary>
/// How long the kernel's scheduler lets a thread run at a stretch (sched_setattr(2), <c>sched_runtime</c> of an ordinary thread, since Linux 6.12). Among those that
/// want a processor the one with the shorter slice comes sooner and runs shorter; what it gets in all is the same.
/// </summary>
internal static unsafe partial class SchedulerSlice
{
    /// <summary>For threads that answer: the kernel takes 0.1 ms to 100 ms.</summary>
    public static readonly TimeSpan Short = TimeSpan.FromMicroseconds(300);

    /// <summary>The kernel's default, about 3 ms; a child inherits its parent's.</summary>
    public static readonly TimeSpan Usual = TimeSpan.Zero;

    private const int Ordinary = 0;

    /// <summary>sched_setattr and, after it, sched_getattr; 0: unknown for this architecture.</summary>
    private static readonly int SetAttributes = RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => 314,
        Architecture.Arm64 => 274,
        _ => 0,
    };

    /// <summary>Sets it for a thread, or for a process with one thread. A kernel that doesn't know it, or doesn't allow it, changes nothing.</summary>
    public static void Set(int thread, TimeSpan slice)
    {
        Attributes attributes;
        if (SetAttributes == 0 || syscall(SetAttributes + 1, thread, &attributes, sizeof(Attributes), 0) != 0 || attributes.Policy != Ordinary)
        {
            return;
        }

        attributes.Flags = 0;
        attributes.Runtime = (ulong)slice.TotalNanoseconds;
        _ = syscall(SetAttributes, thread, &attributes, 0, 0);
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint syscall(nint number, nint first, void* second, nint third, nint fourth);

    /// <summary>struct sched_attr, its first version.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Attributes
    {
        public uint Size;
        public uint Policy;
        public ulong Flags;
        public int Nice;
        public uint Priority;
        public ulong Runtime;
        public ulong Deadline;
        public ulong Period;
    }
}
