namespace ProjectSilo.Grains.Native;

/// <summary>Whether the kernel knows of all changes on a file system.</summary>
internal static class FileSystemKind
{
    private const int StructureBytes = 256;

    /// <summary>Those where others than this kernel change files, or the kernel itself without saying so: NFS, SMB and CIFS, FUSE, 9p, Ceph, AFS, proc, sysfs.</summary>
    private static readonly ulong[] Silent =
        [0x6969, 0x517B, 0xFF534D42, 0xFE534D42, 0x65735546, 0x01021997, 0x00C36400, 0x5346414F, 0x9FA0, 0x62656572];

    /// <summary>Whether changes in the folder are told by inotify, all of them. Blocks.</summary>
    public static unsafe bool TellsChanges(string path)
    {
        var fields = stackalloc ulong[StructureBytes / sizeof(ulong)];
        fixed (byte* pointer = PathBytes.Encode(path))
        {
            return LibC.statfs(pointer, fields) == 0 && Array.IndexOf(Silent, fields[0] & uint.MaxValue) < 0;
        }
    }
}
