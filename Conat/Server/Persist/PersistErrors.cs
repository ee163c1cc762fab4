using System.Globalization;
using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Core.Messages;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Server.Persist;

/// <summary>Errors as they are answered (spec 07 §1.6): <c>{"error":"Error: wrong last sequence","code":"wrong-last-sequence"}</c>.</summary>
internal static class PersistErrors
{
    /// <summary>The headers of an answer, or an element of a list of results.</summary>
    public static WireValue.Members Fields(ConatException exception) => Fields($"Error: {exception.Message}", exception.Code);

    /// <summary>The same of a text that is complete.</summary>
    public static WireValue.Members Fields(string text, string? code) => new WireObject { [ConatHeaders.Error] = text, [ConatHeaders.Code] = Code(code) }.Build();

    /// <summary>Numbers are numbers on the wire.</summary>
    private static WireValue? Code(string? code) => code is null ? null
        : int.TryParse(code, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? (WireValue)number
        : code;
}
