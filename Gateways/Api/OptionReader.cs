using System.Collections.Immutable;
using ProjectSilo.Conat.Values;
using ProjectSilo.Grains.Interfaces;
using ProjectSilo.Grains.Interfaces.Errors;

namespace ProjectSilo.Gateways.Api;

/// <summary>Members of an options object that must be there and of the right type; otherwise the error says which is not.</summary>
internal static class OptionReader
{
    /// <summary>A string.</summary>
    /// <exception cref="RequestException"><c>path must be a string</c></exception>
    public static string RequiredText(this WireValue.Members options, string name) =>
        options[name].AsText() ?? throw new RequestException($"{name} must be a string");

    /// <summary>A string that may be large.</summary>
    /// <inheritdoc cref="RequiredText"/>
    public static Utf8Text RequiredUtf8(this WireValue.Members options, string name) =>
        options[name] is WireValue.Text text ? new Utf8Text { Pieces = text.ToUtf8() } : throw new RequestException($"{name} must be a string");

    /// <summary>A list of strings.</summary>
    /// <exception cref="RequestException"><c>paths must be an array of strings</c></exception>
    public static ImmutableArray<string> RequiredTexts(this WireValue.Members options, string name) => Texts(options[name], name);

    /// <summary>A list of strings that is an argument itself.</summary>
    /// <inheritdoc cref="RequiredTexts"/>
    public static ImmutableArray<string> Texts(WireValue value, string name)
    {
        if (value is not WireValue.Items items || items.Values.Any(item => item is not WireValue.Text))
        {
            throw new RequestException($"{name} must be an array of strings");
        }

        return [.. items.Values.Select(item => item.AsText()!)];
    }

    /// <summary>A string that may be absent, which means empty.</summary>
    /// <inheritdoc cref="RequiredText"/>
    public static string OptionalText(this WireValue.Members options, string name) => options[name] is WireValue.Nothing ? "" : options.RequiredText(name);

    /// <summary>A number that may be absent.</summary>
    /// <exception cref="RequestException"><c>timeout must be a number</c></exception>
    public static double? OptionalNumber(this WireValue.Members options, string name) => options[name] switch
    {
        WireValue.Nothing => null,
        var value => value.AsNumber() is { } number && !double.IsNaN(number) ? number : throw new RequestException($"{name} must be a number"),
    };

    /// <summary>An object that may be absent, which is null.</summary>
    /// <exception cref="RequestException"><c>limits must be an object</c></exception>
    public static WireValue.Members? OptionalMembers(this WireValue.Members options, string name) => options[name] switch
    {
        WireValue.Nothing => null,
        WireValue.Members members => members,
        _ => throw new RequestException($"{name} must be an object"),
    };

    /// <summary><c>compute_server_id</c>: absent, null or 0 is the project itself. Anything that is no id is refused: it must not mean the project by mistake.</summary>
    /// <exception cref="RequestException"><c>compute_server_id must be a number</c></exception>
    public static int ComputeServerId(this WireValue.Members options) => options["compute_server_id"] switch
    {
        WireValue.Nothing => 0,
        var value when value.AsNumber() is { } id && double.IsInteger(id) && id is >= 0 and <= int.MaxValue => (int)id,
        _ => throw new RequestException("compute_server_id must be a number"),
    };
}
