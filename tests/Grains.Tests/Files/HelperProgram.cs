using System.Globalization;
using System.Runtime.InteropServices;

namespace ProjectSilo.Grains.Tests.Files;

/// <summary>The test assembly as a program: <c>dotnet ProjectSilo.Grains.Tests.dll HOME COMMAND ...</c>. See <see cref="HelperProcess"/>.</summary>
internal static partial class HelperProgram
{
    private const int RLIMIT_FSIZE = 1;

    public static async Task<int> Main(string[] arguments)
    {
        if (arguments is not [var home, var command, .. var rest])
        {
            return 2;
        }

        await using var project = await FilesProject.Start(home);
        try
        {
            switch (command)
            {
                case "write":
                    await project.WriteText(rest[0], rest[1]);
                    break;
                case "delete":
                    await project.Files.Delete([rest[0]], FilesProject.Caller);
                    break;
                case "read":
                    Console.WriteLine(await project.ReadText(rest[0], FilesProject.Caller));
                    break;
                case "list":
                    foreach (var entry in (await project.Files.List(new(rest[0], true), FilesProject.Caller)).Entries)
                    {
                        Console.WriteLine($"{entry.Name} {entry.Error}");
                    }

                    break;
                case "write-limited":
                    await WriteLimited(project, rest[0], int.Parse(rest[1], CultureInfo.InvariantCulture));
                    break;
                case "save-forever":
                    await SaveForever(project, rest[0], int.Parse(rest[1], CultureInfo.InvariantCulture));
                    break;
                case "kernel":
                    Console.WriteLine(await Kernels.LeftBehind.Start(project.Services));
                    await Task.Delay(Timeout.InfiniteTimeSpan);
                    break;
                default:
                    return 2;
            }

            Console.WriteLine("done");
        }
        catch (Exception exception)
        {
            Console.WriteLine(exception.Message);
        }

        return 0;
    }

    /// <summary>As under <c>ulimit -f</c>, which the runtime itself would not survive from its start.</summary>
    private static async Task WriteLimited(FilesProject project, string path, int size)
    {
        ulong[] limit = [(ulong)size / 2, (ulong)size / 2];
        Assert.Equal(0, setrlimit(RLIMIT_FSIZE, limit));
        await project.WriteText(path, new string('x', size));
    }

    /// <summary>Saves contents of one letter each, in turn, until killed.</summary>
    private static async Task SaveForever(FilesProject project, string path, int size)
    {
        for (var i = 0; ; i++)
        {
            await project.WriteText(path, new string((char)('b' + (i % 20)), size + i % 7));
            if (i == 0)
            {
                Console.WriteLine("saving");
            }
        }
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int setrlimit(int resource, ulong[] limit);
}
