using System.Buffers.Text;
using System.Collections.Immutable;
using System.Text;

namespace ProjectSilo.Grains.Native;

/// <summary>Reads the files of processes, each relative to the open folder <c>/proc</c>, with as few calls and objects as can be.</summary>
internal sealed class ProcessFiles(FileDescriptor proc)
{
    private const int FirstBufferBytes = 4_096;

    /// <summary>A command line may have megabytes; what comes after this is left out.</summary>
    private const int MaxCommandLineBytes = 256 * 1024;
    private const int MaxPathBytes = 32;

    private byte[] _buffer = new byte[FirstBufferBytes];

    /// <summary>How long the machine has run in seconds; 0 if it doesn't say.</summary>
    public double Uptime() => TryReadFile("uptime\0"u8, FirstBufferBytes, out var text) && Utf8Parser.TryParse(text, out double uptime, out _) ? uptime : 0;

    /// <summary>Reads a process.</summary>
    /// <returns>False if it has ended, or can't be read.</returns>
    public bool TryRead(int pid, bool withDetails, out ProcessEntry entry)
    {
        entry = default;
        Span<byte> path = stackalloc byte[MaxPathBytes];
        if (!TryReadFile(PathOf(path, pid, "/stat\0"u8), FirstBufferBytes, out var text) || !ProcessStatText.TryParse(text, out var stat))
        {
            return false;
        }

        entry = new ProcessEntry(pid, stat, null, []);
        if (withDetails
            && LinkText.TryRead(proc.Value, PathOf(path, pid, "/exe\0"u8), out var executable) == 0
            && TryReadFile(PathOf(path, pid, "/cmdline\0"u8), MaxCommandLineBytes, out var arguments))
        {
            entry = new ProcessEntry(pid, stat, PathBytes.Show(executable.AsSpan()), Arguments(arguments));
        }

        return true;
    }

    private static ImmutableArray<string> Arguments(ReadOnlySpan<byte> text)
    {
        var arguments = ImmutableArray.CreateBuilder<string>(Math.Min(text.Count((byte)0) + 1, 1_000));
        foreach (var range in text.Split((byte)0))
        {
            if (!text[range].IsEmpty)
            {
                arguments.Add(Encoding.UTF8.GetString(text[range]));
            }
        }

        return arguments.ToImmutable();
    }

    /// <summary><c>{pid}{file}</c> with its NUL.</summary>
    private static ReadOnlySpan<byte> PathOf(Span<byte> buffer, int pid, ReadOnlySpan<byte> file)
    {
        Utf8Formatter.TryFormat(pid, buffer, out var length);
        file.CopyTo(buffer[length..]);
        return buffer[..(length + file.Length)];
    }

    /// <summary>Reads a file up to a limit; the text is valid until the next.</summary>
    private bool TryReadFile(ReadOnlySpan<byte> path, int maxBytes, out ReadOnlySpan<byte> text)
    {
        text = default;
        if (FileDescriptor.TryOpen(proc.Value, path, LibC.O_RDONLY | LibC.O_NOCTTY, 0, out var file) != 0)
        {
            return false;
        }

        using (file)
        {
            var filled = 0;
            while (true)
            {
                if (file.TryRead(_buffer.AsSpan(filled), out var count) != 0)
                {
                    return false;
                }

                filled += count;
                if (count == 0 || filled >= maxBytes)
                {
                    text = _buffer.AsSpan(0, Math.Min(filled, maxBytes));
                    return true;
                }

                if (filled == _buffer.Length)
                {
                    Array.Resize(ref _buffer, filled * 4);
                }
            }
        }
    }
}
