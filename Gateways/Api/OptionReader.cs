using System.Collections.Immutable;
using ProjectSilo.Grains.Interfaces.Errors;

namespace ProjectSilo.Gateways.Api;

/// <summary>Members of an options object that must be there and of the right type; otherwise the error says which is not.</summary>
internal static class OptionReader
{
    /// <summary>A string.</summary>
    /// <exception cref="RequestException"><c>path must be a string</c></exception>
    public static string RequiredText(this WireValue.Members options, string name) =>
        options[name].AsText() ?? throw new RequestException($"{name} must be a string");

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
}
