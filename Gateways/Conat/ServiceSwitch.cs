using ProjectSilo.Gateways.Api;

namespace ProjectSilo.Gateways.Conat;

/// <summary>The running services by name. Apart from the gateway, since the services' own methods lead here.</summary>
internal sealed class ServiceSwitch : IServiceSwitch
{
    private volatile ServedService[] _services = [];

    /// <summary>Those that run.</summary>
    public void Set(ServedService[] services) => _services = services;

    /// <inheritdoc />
    public bool TryStop(string name)
    {
        foreach (var service in _services)
        {
            if (service.Name == name)
            {
                service.Stop();
                return true;
            }
        }

        return false;
    }
}
