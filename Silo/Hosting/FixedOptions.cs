using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace ProjectSilo.Silo.Hosting;

/// <summary>
/// Options that are read and checked once, while the daemon is composed, and don't change. What the framework does for those that may change takes 35 types a class of
/// options, half a megabyte of an idle daemon in all.
/// </summary>
internal sealed class FixedOptions
{
    private readonly List<string> _failures = [];

    /// <summary>Registers <c>IOptions</c> of <typeparamref name="TOptions"/>.</summary>
    /// <param name="builder">The application's.</param>
    /// <param name="options">The defaults.</param>
    /// <param name="bind">Reads the configuration into them.</param>
    /// <param name="validator">Checks them.</param>
    public static void Add<TOptions>(IHostApplicationBuilder builder, TOptions options, Action<IConfiguration, TOptions> bind, IValidateOptions<TOptions> validator)
        where TOptions : class
    {
        var all = Of(builder);
        try
        {
            bind(builder.Configuration, options);
            if (validator.Validate(Options.DefaultName, options) is { Failed: true, Failures: var failures })
            {
                all._failures.AddRange(failures);
            }
        }
        catch (InvalidOperationException exception)
        {
            // The text of a variable is no number, time or the like.
            all._failures.Add(exception.InnerException is { } inner ? $"{exception.Message} {inner.Message}" : exception.Message);
        }

        builder.Services.AddSingleton<IOptions<TOptions>>(new OptionsWrapper<TOptions>(options));
    }

    /// <inheritdoc cref="Add{TOptions}(IHostApplicationBuilder, TOptions, Action{IConfiguration, TOptions}, IValidateOptions{TOptions})"/>
    /// <param name="isValid">Checks them.</param>
    /// <param name="otherwise">What to say if they are not.</param>
    public static void Add<TOptions>(IHostApplicationBuilder builder, TOptions options, Action<IConfiguration, TOptions> bind, Func<TOptions, bool> isValid, string otherwise)
        where TOptions : class => Add(builder, options, bind, new ValidateOptions<TOptions>(Options.DefaultName, isValid, otherwise));

    /// <summary>Fails if any options did. Apart from reading them, so that the log is there to say it.</summary>
    /// <exception cref="StartFailedException">With what is wrong.</exception>
    public void Check()
    {
        if (_failures.Count > 0)
        {
            throw new StartFailedException(string.Join("; ", _failures));
        }
    }

    private static FixedOptions Of(IHostApplicationBuilder builder)
    {
        if (builder.Properties.TryGetValue(typeof(FixedOptions), out var found))
        {
            return (FixedOptions)found;
        }

        var created = new FixedOptions();
        builder.Properties[typeof(FixedOptions)] = created;
        builder.Services.AddSingleton(created);
        return created;
    }
}
