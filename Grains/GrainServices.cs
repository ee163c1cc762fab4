using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using ProjectSilo.Grains.Commands;
using ProjectSilo.Grains.Files;
using ProjectSilo.Grains.Formatters;
using ProjectSilo.Grains.Kernels;
using ProjectSilo.Grains.Kernels.Discovery;
using ProjectSilo.Grains.Kernels.Execution;
using ProjectSilo.Grains.Kernels.Launch;
using ProjectSilo.Grains.Kernels.Pool;
using ProjectSilo.Grains.Native;
using ProjectSilo.Grains.Notebooks;
using ProjectSilo.Grains.Project;
using ProjectSilo.Grains.Status;
using ProjectSilo.Grains.Terminals;

namespace ProjectSilo.Grains;

/// <summary>What the grains need from the container.</summary>
public static class GrainServices
{
    /// <summary>The grain classes of this assembly. The embedded host takes them from here; Orleans finds them by generated code.</summary>
    public static IReadOnlyList<Type> GrainClasses { get; } =
    [
        typeof(CommandsGrain), typeof(DirectoryWatchGrain), typeof(FilesGrain), typeof(FormatterGrain), typeof(JobGrain), typeof(KernelDirectoryGrain), typeof(KernelGrain),
        typeof(NotebooksGrain), typeof(ProjectGrain), typeof(ProjectInfoGrain), typeof(TerminalGrain), typeof(UploadGrain),
    ];

    /// <summary>Adds it. <see cref="ProjectSettings"/> and <see cref="NamedServerSettings"/> must be registered as well.</summary>
    public static IServiceCollection AddGrainServices(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<BlockingWork>();
        services.AddSingleton<ProcessScanner>();
        services.AddSingleton<ProcessRoles>();
        services.AddSingleton<BrokenComponents>();
        services.AddSingleton<RunningCommands>();
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<RunningCommands>());
        services.AddSingleton<CommandLauncher>();
        services.AddSingleton<ToolRunner>();
        services.AddSingleton<Prettier>();
        services.AddSingleton<CapabilitiesProbe>();
        services.AddSingleton<NamedServerLauncher>();
        services.AddSingleton<FolderWatches>();
        services.AddSingleton<LocalMounts>();
        services.AddSingleton<CachedFile>();
        services.AddSingleton<UnfinishedSaves>();
        services.AddSingleton<WholeFileWriter>();
        services.AddSingleton(provider => new WriteLocks(provider.GetRequiredService<IOptions<FilesOptions>>().Value.MaxWaitingWrites));
        services.AddSingleton<FolderArchiver>();
        services.AddSingleton<TerminalCount>();
        services.AddSingleton(provider =>
        {
            var options = provider.GetRequiredService<IOptions<FilesOptions>>().Value;
            return new OldPartialUploads(options.PartialUploadAge, options.PartialUploadScanInterval, provider.GetRequiredService<TimeProvider>());
        });
        services.AddSingleton<IHostedService, UnfinishedSavesRecovery>();
        return services.AddKernels();
    }

    private static IServiceCollection AddKernels(this IServiceCollection services)
    {
        services.AddSingleton<KernelFolders>();
        services.AddSingleton<KernelSpecs>();
        services.AddSingleton<KernelGuard>();
        services.AddSingleton<KernelProcessServices>();
        services.AddSingleton<RunningKernels>();
        services.AddSingleton<KernelLauncher>();
        services.AddSingleton<PoolConfiguration>();
        services.AddSingleton<KernelPool>();
        services.AddSingleton<KernelSessionServices>();
        services.AddSingleton<IHostedService, KernelsLifetime>();
        return services;
    }
}
