using Microsoft.Extensions.Options;
using ProjectSilo.Conat.Values;
using ProjectSilo.Gateways.Hub;
using ProjectSilo.Grains.Project;
using ProjectSilo.Silo.DataDirectory;
using ProjectSilo.Silo.Hosting;

namespace ProjectSilo.Silo.Kucalc;

/// <summary>
/// In Kubernetes mode: computes the status at start and every 30 s, keeps it for <c>/metrics</c> and sends it to the hub (spec 01 §10).
/// </summary>
internal sealed partial class ProjectStatusLoop(
    ProjectStatusReader reader,
    IHubs hubs,
    ProjectSettings project,
    ProcessSession session,
    IOptions<SiloOptions> options,
    TimeProvider time,
    ILogger<ProjectStatusLoop> logger) : BackgroundService
{
    private volatile ProjectStatus? _latest;

    /// <summary>The last status; <c>null</c> before the first.</summary>
    public ProjectStatus? Latest => _latest;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.StatusInterval, time);
        do
        {
            try
            {
                // A thread of its own: df of a hung file system must not take one from the pool, and does so once, not every 30 s.
                var status = await Task.Factory
                    .StartNew(reader.Read, stoppingToken, TaskCreationOptions.LongRunning, TaskScheduler.Default)
                    .WaitAsync(stoppingToken);
                _latest = status;
                await hubs.Query(Query(status), options: null, stoppingToken);
            }
            catch (Exception exception) when (exception is not OperationCanceledException || !stoppingToken.IsCancellationRequested)
            {
                LogNotReported(exception);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private WireValue.Members Query(ProjectStatus status) => new WireObject
    {
        ["projects"] = new WireObject
        {
            ["project_id"] = project.ProjectId,
            ["status"] = status.ToWire(session.StartedAt, session.SessionId),
        }.Build(),
    }.Build();
}
