using System.CommandLine;
using System.CommandLine.Help;
using System.Globalization;

namespace ProjectSilo.Silo.CommandLine;

/// <summary>
/// The command line of <c>cocalc-project</c> (spec 01 §1). System.CommandLine finds the options; the decisions that make its errors those of the
/// reference (its messages, an optional value, ignored positionals) are here.
/// </summary>
internal static class CommandLineParser
{
    public static CommandLineOutcome Parse(IReadOnlyList<string> args)
    {
        // What follows "--" is positional, and positionals are ignored.
        var options = args.TakeWhile(argument => argument != "--").ToArray();
        var grammar = new Grammar();
        var parsed = grammar.Command.Parse(options, new ParserConfiguration { EnablePosixBundling = false, ResponseFileTokenReplacer = null });
        if (FirstUnknownOption(grammar, parsed, options) is { } unknown)
        {
            return Fail($"unknown option '{unknown}'");
        }

        if (IsGiven(parsed, grammar.Help))
        {
            return new CommandLineOutcome(null, Usage(parsed), null);
        }

        string? error = null;
        var arguments = new SiloArguments
        {
            HubPort = Port(parsed, grammar.HubPort, ref error),
            BrowserPort = Port(parsed, grammar.BrowserPort, ref error),
            Hostname = LastValue(parsed, grammar.Hostname) is { Length: > 0 } hostname ? hostname : SiloArguments.DefaultHostname,
            Init = LastValue(parsed, grammar.Init) ?? "",
            Kucalc = IsGiven(parsed, grammar.Kucalc),
            Sshd = IsGiven(parsed, grammar.Sshd),
            Daemon = IsGiven(parsed, grammar.Daemon),
            Standalone = IsGiven(parsed, grammar.Standalone),
        };
        return error is null ? new CommandLineOutcome(arguments, null, null) : Fail(error);
    }

    private static CommandLineOutcome Fail(string error) => new(null, null, "error: " + error);

    /// <summary>
    /// The first argument that looks like an option and isn't one of ours. The value of <c>--hostname</c> and <c>--init</c> is optional, so what
    /// follows them with a dash is an option, too. A flag takes no value: <c>--kucalc=1</c> is unknown.
    /// </summary>
    private static string? FirstUnknownOption(Grammar grammar, ParseResult parsed, string[] options)
    {
        foreach (var token in parsed.UnmatchedTokens)
        {
            if (token.Length > 1 && token[0] == '-')
            {
                return token;
            }
        }

        foreach (var option in (Option[])[grammar.Hostname, grammar.Init])
        {
            if (LastValue(parsed, option) is ['-', _, ..] value && options.Contains(value))
            {
                return value;
            }
        }

        return options.FirstOrDefault(argument => grammar.Flags.Any(flag => argument.StartsWith(flag.Name + "=", StringComparison.Ordinal)));
    }

    /// <summary>An option that is absent may still have a result, made of its default.</summary>
    private static bool IsGiven(ParseResult parsed, Option option) => parsed.GetResult(option) is { Implicit: false };

    private static string? LastValue(ParseResult parsed, Option option) =>
        parsed.GetResult(option) is { Tokens: [.., var last] } ? last.Value : null;

    private static int Port(ParseResult parsed, Option option, ref string? error)
    {
        if (!IsGiven(parsed, option))
        {
            return 0;
        }

        var isLastWithoutValue = parsed.GetResult(option) is { } result && result.Tokens.Count < result.IdentifierTokenCount;
        if (isLastWithoutValue || LastValue(parsed, option) is not { } text)
        {
            error ??= $"option '{option.Name} <n>' argument missing";
            return 0;
        }

        if (!ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port))
        {
            error ??= $"option '{option.Name} <n>' argument '{text}' is invalid. It must be a port number, 0 to 65535.";
        }

        return port;
    }

    private static string Usage(ParseResult parsed)
    {
        using var text = new StringWriter();
        parsed.InvocationConfiguration.Output = text;
        parsed.Invoke(parsed.InvocationConfiguration);
        return text.ToString();
    }

    private sealed class Grammar
    {
        public Grammar()
        {
            // Not a RootCommand: that one brings --version, which must be an unknown option.
            Command = new Command("cocalc-project", "The daemon of a CoCalc project.")
            {
                HubPort, BrowserPort, Hostname, Kucalc, Sshd, Init, Daemon, Standalone, Help,
            };
            Command.TreatUnmatchedTokensAsErrors = false;
        }

        public Command Command { get; }

        public Option<string[]> HubPort { get; } = WithValue("--hub-port", "n", "TCP port for the hub; 0 = chosen by the system (default: 0)");

        public Option<string[]> BrowserPort { get; } =
            WithValue("--browser-port", "n", "HTTP port for browsers; 0 = chosen by the system (default: 0)");

        public Option<string[]> Hostname { get; } = WithValue("--hostname", "string", "address that the servers bind to (default: 127.0.0.1)");

        public Option<string[]> Init { get; } = WithValue("--init", "string", "script below HOME to run once at start");

        public Option<bool> Kucalc { get; } = Flag("--kucalc", "run in Kubernetes mode");

        public Option<bool> Sshd { get; } = Flag("--sshd", "start the SSH service");

        public Option<bool> Daemon { get; } = Flag("--daemon", "run in the background");

        public Option<bool> Standalone { get; } = Flag("--standalone", "serve this machine without a hub");

        public HelpOption Help { get; } = new("--help", "-h");

        public Option[] Flags => [Kucalc, Sshd, Daemon, Standalone];

        /// <summary>Any number of values: given twice the last one counts, and a missing one is ours to report.</summary>
        private static Option<string[]> WithValue(string name, string value, string description) =>
            new(name) { Description = description, HelpName = value, Arity = ArgumentArity.ZeroOrMore, AllowMultipleArgumentsPerToken = false };

        private static Option<bool> Flag(string name, string description) => new(name) { Description = description, Arity = ArgumentArity.Zero };
    }
}
