using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Interfaces.Files;

namespace ProjectSilo.Grains.Native;

internal sealed partial class WholeFileWriter
{
    /// <summary>
    /// Puts a file that is complete in the place of <paramref name="target"/>, as <see cref="Write"/> would have with its content. Its own name is gone then, whatever
    /// happens.
    /// </summary>
    /// <param name="target">What <see cref="Target"/> gave.</param>
    /// <param name="name">The file's name in the target's folder.</param>
    /// <param name="file">The file, open for reading and writing.</param>
    /// <param name="shown">The path that errors show.</param>
    /// <exception cref="PosixException">The call is <c>open</c>, <c>write</c> or <c>fsync</c>. The target's old content is still there.</exception>
    /// <exception cref="RequestException">The target has become something else than a file.</exception>
    public void Adopt(string target, string name, FileDescriptor file, string shown)
    {
        var errno = FileDescriptor.TryOpen(
            LibC.AT_FDCWD, PathBytes.Encode(ProjectPath.Folder(target)), LibC.O_PATH | LibC.O_DIRECTORY, 0, out var folder);
        if (errno != 0)
        {
            throw OpenFailed(errno, shown);
        }

        using (folder)
        {
            var encoded = PathBytes.Encode(name);
            try
            {
                var save = new Save(target, shown, folder, PathBytes.Encode(ProjectPath.Name(target)), Existing(folder, target, shown));
                if (save.Old is { IsRegular: false })
                {
                    throw new RequestException($"'{PathBytes.Show(shown)}' is not a regular file");
                }

                RequireWritable(save);
                if (!CanBeReplaced(save.Old) || !TryAdopt(save, name, file))
                {
                    WriteInPlace(save, new NewContent(file, FileStatus.Read(file).Size));
                }

                if (save.Old is { } old)
                {
                    unfinished.Settle(old.Identity);
                }
            }
            finally
            {
                // Nothing is there if it was renamed.
                Remove(folder, encoded);
            }
        }
    }

    private bool TryAdopt(Save save, string name, FileDescriptor file)
    {
        if (save.Old is { } old && (!FileAttributes.TryKeepOwner(file, old) || !FileAttributes.TryKeep(save.Target, file, old)))
        {
            return false;
        }

        file.Sync();
        return TryRename(save, name, overwrite: true);
    }
}
