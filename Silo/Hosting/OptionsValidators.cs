using Microsoft.Extensions.Options;
using ProjectSilo.Gateways.HttpApi;
using ProjectSilo.Gateways.Hub;
using ProjectSilo.Grains.Commands;
using ProjectSilo.Grains.Files;
using ProjectSilo.Grains.Formatters;
using ProjectSilo.Grains.Kernels;
using ProjectSilo.Grains.Native;
using ProjectSilo.Grains.Notebooks;
using ProjectSilo.Grains.Status;
using ProjectSilo.Grains.Terminals;

namespace ProjectSilo.Silo.Hosting;

/// <summary>Checks the ranges of the options' attributes, by generated code.</summary>
[OptionsValidator]
internal sealed partial class CommandsOptionsValidator : IValidateOptions<CommandsOptions>;

/// <inheritdoc cref="CommandsOptionsValidator"/>
[OptionsValidator]
internal sealed partial class FilesOptionsValidator : IValidateOptions<FilesOptions>;

/// <inheritdoc cref="CommandsOptionsValidator"/>
[OptionsValidator]
internal sealed partial class FormattersOptionsValidator : IValidateOptions<FormattersOptions>;

/// <inheritdoc cref="CommandsOptionsValidator"/>
[OptionsValidator]
internal sealed partial class NotebooksOptionsValidator : IValidateOptions<NotebooksOptions>;

/// <inheritdoc cref="CommandsOptionsValidator"/>
[OptionsValidator]
internal sealed partial class BlockingWorkOptionsValidator : IValidateOptions<BlockingWorkOptions>;

/// <inheritdoc cref="CommandsOptionsValidator"/>
[OptionsValidator]
internal sealed partial class HubGatewayOptionsValidator : IValidateOptions<HubGatewayOptions>;

/// <inheritdoc cref="CommandsOptionsValidator"/>
[OptionsValidator]
internal sealed partial class HttpApiOptionsValidator : IValidateOptions<HttpApiOptions>;

/// <inheritdoc cref="CommandsOptionsValidator"/>
[OptionsValidator]
internal sealed partial class TerminalsOptionsValidator : IValidateOptions<TerminalsOptions>;

/// <inheritdoc cref="CommandsOptionsValidator"/>
[OptionsValidator]
internal sealed partial class ProcessScanOptionsValidator : IValidateOptions<ProcessScanOptions>;

/// <inheritdoc cref="CommandsOptionsValidator"/>
[OptionsValidator]
internal sealed partial class ProjectInfoOptionsValidator : IValidateOptions<ProjectInfoOptions>;

/// <inheritdoc cref="CommandsOptionsValidator"/>
[OptionsValidator]
internal sealed partial class DirectoryWatchOptionsValidator : IValidateOptions<DirectoryWatchOptions>;

/// <inheritdoc cref="CommandsOptionsValidator"/>
[OptionsValidator]
internal sealed partial class KernelsOptionsValidator : IValidateOptions<KernelsOptions>;
