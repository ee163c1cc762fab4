using System.Runtime.InteropServices;
using ProjectSilo.Grains.Interfaces.Errors;

namespace ProjectSilo.Grains.Native;

/// <summary>
/// The kernel's random bytes, which nobody can guess. The framework's own generator asks OpenSSL, and so brings 5 MB of it into a process that may never need it
/// otherwise.
/// </summary>
public static unsafe class SecureRandom
{
    /// <summary>Small letters, capitals and digits.</summary>
    public const string LettersAndDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    private const string HexDigits = "0123456789abcdef";

    /// <summary>Fills <paramref name="bytes"/>.</summary>
    /// <exception cref="PosixException">The kernel has none to give.</exception>
    public static void Fill(Span<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            nint count;
            fixed (byte* first = bytes)
            {
                count = LibC.getrandom(first, (nuint)bytes.Length, 0);
            }

            if (count < 0)
            {
                if (Marshal.GetLastPInvokeError() is var errno && errno != PosixError.EINTR)
                {
                    throw new PosixException(errno, "getrandom");
                }

                continue;
            }

            bytes = bytes[(int)count..];
        }
    }

    /// <summary>So many small hexadecimal digits.</summary>
    public static string Hex(int length) => Text(HexDigits, length);

    /// <summary>So many of the characters, each as likely as any other.</summary>
    /// <param name="characters">At most 256.</param>
    /// <param name="length">How many.</param>
    public static string Text(string characters, int length) => string.Create(length, characters, static (text, characters) =>
    {
        // A byte from the last, incomplete round of the characters would make the first ones likelier.
        var limit = 256 - (256 % characters.Length);
        Span<byte> random = stackalloc byte[64];
        for (var filled = 0; filled < text.Length;)
        {
            Fill(random);
            foreach (var value in random)
            {
                if (value < limit && filled < text.Length)
                {
                    text[filled++] = characters[value % characters.Length];
                }
            }
        }
    });
}
