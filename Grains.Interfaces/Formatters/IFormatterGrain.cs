using Orleans.Concurrency;
using ProjectSilo.Grains.Interfaces.Errors;

namespace ProjectSilo.Grains.Interfaces.Formatters;

/// <summary>Formats source code by the tools that are installed in the project (spec 12). Key: <see cref="GrainKey.Of(int)"/>.</summary>
[Alias("ProjectSilo.IFormatterGrain")]
public interface IFormatterGrain : IGrainWithStringKey
{
    /// <summary>Formats a text.</summary>
    /// <param name="request">The text, and how.</param>
    /// <param name="caller">Who asks, e.g. <c>hub:3</c>: the unit of fairness.</param>
    /// <param name="cancellationToken">The caller has gone away: its tool is ended.</param>
    /// <returns>The formatted text.</returns>
    /// <exception cref="RequestException">The tool refused the text, is not installed or failed, in the words of spec 12 §4; or the text is too large, or too many wait.</exception>
    [AlwaysInterleave, ResponseTimeout(ResponseTimeouts.Unlimited)]
    Task<Utf8Text> Format(FormatRequest request, string caller, CancellationToken cancellationToken);
}
