using System.Collections.Immutable;
using ProjectSilo.Grains.Interfaces;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Interfaces.Files;
using ProjectSilo.Grains.Native;
using ProjectSilo.Grains.Project;

namespace ProjectSilo.Grains.Files;

/// <summary>One upload: owns its partial file until that has taken its target's place or is removed, which at the latest happens when the grain is deactivated.</summary>
internal sealed class UploadGrain(
    ProjectSettings project, BlockingWork blockingWork, WholeFileWriter writer, WriteLocks writeLocks, OldPartialUploads oldUploads) : Grain, IUploadGrain
{
    private PartialUpload? _upload;
    private TimeSpan _idle;
    private string _caller = "";

    /// <inheritdoc />
    public async Task Start(string path, TimeSpan idle, string caller)
    {
        var id = GrainKey.Parse(this.GetPrimaryKeyString()).Rest;
        if (_upload is not null || !PartialUpload.IsId(id))
        {
            throw new RequestException("the upload has begun already, or has no valid id");
        }

        (_idle, _caller) = (idle, caller);
        try
        {
            var absolute = ProjectPath.Absolute(project.Home, path);
            _upload = await blockingWork.Run(caller, () =>
            {
                var upload = PartialUpload.Create(absolute, id);
                oldUploads.RemoveBeside(upload.Target);
                return upload;
            });
        }
        catch
        {
            DeactivateOnIdle();
            throw;
        }

        DelayDeactivation(idle);
    }

    /// <inheritdoc />
    public Task Append(ImmutableArray<ReadOnlyMemory<byte>> blocks)
    {
        var upload = Upload();
        DelayDeactivation(_idle);
        return blockingWork.Run(_caller, () =>
        {
            foreach (var block in blocks)
            {
                upload.Append(block.Span);
            }
        });
    }

    /// <inheritdoc />
    public async Task<long> Commit(CancellationToken cancellationToken)
    {
        var upload = Upload();
        try
        {
            var name = await blockingWork.Run(_caller, () => WholeFileWriter.LockOf(upload.Target), cancellationToken);
            using var fileLock = await writeLocks.Acquire(name, cancellationToken);
            await blockingWork.Run(_caller, () => upload.Commit(writer), cancellationToken);
            FilesInstruments.FileWritten(upload.Length);
            return upload.Length;
        }
        finally
        {
            await End();
        }
    }

    /// <inheritdoc />
    public Task Abort() => End();

    /// <inheritdoc />
    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) => RemovePartial();

    private PartialUpload Upload() => _upload ?? throw new RequestException("there is no such upload");

    private async Task End()
    {
        await RemovePartial();
        DelayDeactivation(TimeSpan.Zero);
        DeactivateOnIdle();
    }

    private async Task RemovePartial()
    {
        if (_upload is { } upload)
        {
            _upload = null;
            await blockingWork.Run(_caller, upload.Dispose);
        }
    }
}
