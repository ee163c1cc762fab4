using ProjectSilo.Grains.Files;

namespace ProjectSilo.Grains.Native;

/// <summary>What is to be written to a file: bytes, or all of another file.</summary>
internal readonly struct NewContent
{
    private readonly FileContent _bytes;
    private readonly FileDescriptor? _file;

    public NewContent(FileContent bytes)
    {
        _bytes = bytes;
        Length = bytes.Length;
    }

    public NewContent(FileDescriptor file, long length)
    {
        _file = file;
        Length = length;
    }

    public long Length { get; }

    /// <summary>Writes all of it where <paramref name="target"/> stands.</summary>
    public void WriteTo(FileDescriptor target)
    {
        if (_file is { } file)
        {
            _ = LibC.lseek(file.Value, 0, 0);
            OldContent.Copy(file, target, Length);
        }
        else
        {
            target.Write(_bytes);
        }
    }
}
