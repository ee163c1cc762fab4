namespace ProjectSilo.Grains.Native;

/// <summary>Which file it is, whatever its name: device and inode.</summary>
internal readonly record struct FileIdentity(uint DeviceMajor, uint DeviceMinor, ulong Inode);
