using System.Collections.Immutable;
using ProjectSilo.Conat.Values;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Interfaces.Terminals;

namespace ProjectSilo.Gateways.Conat.Terminals;

/// <summary>Between the values of the wire and those of the terminal grain (spec 06 §9.2).</summary>
internal static class TerminalBinding
{
    /// <summary><c>{"path":"a.term","command":"/bin/zsh","args":["-l"],"cwd":"d","env":{"X":"1"},"ephemeral":true}</c>; what has another type counts as not given.</summary>
    public static TerminalOptions Options(WireValue value) => value is not WireValue.Members options ? new TerminalOptions() : new TerminalOptions
    {
        Path = options["path"].AsText(),
        Command = options["command"].AsText(),
        Arguments = options["args"] is WireValue.Items items ? [.. items.Values.Select(item => item.AsText()).OfType<string>()] : [],
        WorkingDirectory = options["cwd"].AsText(),
        Environment = options["env"] is WireValue.Members variables ? Variables(variables) : ImmutableDictionary<string, string>.Empty,
        IsEphemeral = options["ephemeral"].IsTruthy(),
        Given = WireJson.ToText(Sorted(new WireObject().AddAll(options, "termPath").Build())),
    };

    /// <summary>A text to type.</summary>
    /// <exception cref="RequestException"><c>data must be a string -- {"a":1}</c></exception>
    public static string Data(WireValue value) => value.AsText() ?? throw new RequestException($"data must be a string -- {WireJson.ToText(value)}");

    /// <summary><c>{"rows":30,"cols":100,"browser_id":"b1","kick":true}</c>; what is no whole number is unknown.</summary>
    public static (string Browser, TerminalSize Size, bool IsKick) Size(WireValue value)
    {
        var options = value as WireValue.Members ?? new WireValue.Members([]);
        return (options["browser_id"].ScalarToText() ?? "", new TerminalSize(Whole(options["rows"]), Whole(options["cols"])), options["kick"].IsTruthy());
    }

    /// <summary>The same text for objects that are deeply equal; a member that is null is as absent.</summary>
    private static WireValue Sorted(WireValue value) => value switch
    {
        WireValue.Members members => new WireValue.Members(
            [.. members.Values.Where(member => member.Value != WireValue.Null)
                .OrderBy(member => member.Key, StringComparer.Ordinal).Select(member => KeyValuePair.Create(member.Key, Sorted(member.Value)))]),
        WireValue.Items items => new WireValue.Items([.. items.Values.Select(Sorted)]),
        _ => value,
    };

    private static int Whole(WireValue value) =>
        value.AsNumber() is { } number && double.IsInteger(number) && number > 0 ? (int)Math.Min(number, int.MaxValue) : 0;

    private static ImmutableDictionary<string, string> Variables(WireValue.Members variables)
    {
        var result = ImmutableDictionary.CreateBuilder<string, string>();
        foreach (var (name, value) in variables.Values)
        {
            if (value.ScalarToText() is { } text)
            {
                result[name] = text;
            }
        }

        return result.ToImmutable();
    }
}
