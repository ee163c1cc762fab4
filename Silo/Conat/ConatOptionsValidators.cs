using Microsoft.Extensions.Options;
using ProjectSilo.Conat.Server.Broker;
using ProjectSilo.Gateways.Conat;
using ProjectSilo.Gateways.Conat.Listings;
using ProjectSilo.Gateways.Conat.Status;
using ProjectSilo.Gateways.Conat.Terminals;

namespace ProjectSilo.Silo.Conat;

/// <summary>Checks the ranges of the options' attributes, by generated code.</summary>
[OptionsValidator]
internal sealed partial class ConatBrokerOptionsValidator : IValidateOptions<ConatBrokerOptions>;

/// <inheritdoc cref="ConatBrokerOptionsValidator"/>
[OptionsValidator]
internal sealed partial class ConatTransportOptionsValidator : IValidateOptions<ConatTransportOptions>;

/// <inheritdoc cref="ConatBrokerOptionsValidator"/>
[OptionsValidator]
internal sealed partial class ConatGatewayOptionsValidator : IValidateOptions<ConatGatewayOptions>;

/// <inheritdoc cref="ConatBrokerOptionsValidator"/>
[OptionsValidator]
internal sealed partial class TerminalStreamOptionsValidator : IValidateOptions<TerminalStreamOptions>;

/// <inheritdoc cref="ConatBrokerOptionsValidator"/>
[OptionsValidator]
internal sealed partial class PersistOptionsValidator : IValidateOptions<PersistOptions>;

/// <inheritdoc cref="ConatBrokerOptionsValidator"/>
[OptionsValidator]
internal sealed partial class ListingsOptionsValidator : IValidateOptions<ListingsOptions>;

/// <inheritdoc cref="ConatBrokerOptionsValidator"/>
[OptionsValidator]
internal sealed partial class ProjectStatusOptionsValidator : IValidateOptions<ProjectStatusOptions>;
