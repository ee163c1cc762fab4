using System.Runtime.InteropServices;
using ProjectSilo.Grains.Interfaces.Errors;

namespace ProjectSilo.Grains.Native;

/// <summary>Temporary folders that only the project's user can enter.</summary>
internal static class PrivateFolder
{
    private const uint OwnerOnly = 0x1C0; // 0700

    /// <summary>Makes one: <c>/tmp/cocalc-</c> → <c>/tmp/cocalc-sC43Pe</c>. Blocks.</summary>
    /// <exception cref="PosixException">The call is <c>mkdtemp</c>.</exception>
    public static string Create(string prefix)
    {
        while (true)
        {
            var folder = prefix + SecureRandom.Text(SecureRandom.LettersAndDigits, 6);
            if (LibC.mkdir(folder, OwnerOnly) == 0)
            {
                return folder;
            }

            var errno = Marshal.GetLastPInvokeError();
            if (errno != PosixError.EEXIST)
            {
                throw new PosixException(errno, "mkdtemp", prefix + "XXXXXX");
            }
        }
    }

    /// <summary>Removes one with all that is in it; one that has gone is no error. Blocks.</summary>
    public static void Remove(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (IOException) when (!Directory.Exists(folder))
        {
            // Gone already, which is what was wanted.
        }
    }
}
