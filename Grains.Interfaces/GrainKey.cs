using System.Globalization;

namespace ProjectSilo.Grains.Interfaces;

/// <summary>
/// The keys of grains: <c>{computeServerId}/{rest}</c>, or just the id for a grain of which there is one per compute server. The id ends at the <i>first</i>
/// slash: the rest may be an absolute path. Built and parsed nowhere else.
/// </summary>
/// <param name="ComputeServerId">Where the grain lives; 0 is the project itself.</param>
/// <param name="Rest">What it stands for there; empty if there is only one.</param>
public readonly record struct GrainKey(int ComputeServerId, string Rest)
{
    /// <summary>The key of the one grain of its kind, e.g. <c>0</c>.</summary>
    public static string Of(int computeServerId) => computeServerId.ToString(CultureInfo.InvariantCulture);

    /// <summary>The key of the grain for <paramref name="rest"/>, e.g. <c>0//home/user/a.term</c>.</summary>
    public static string Of(int computeServerId, string rest) => string.Create(CultureInfo.InvariantCulture, $"{computeServerId}/{rest}");

    /// <summary>The parts of a key.</summary>
    /// <returns>False if it does not begin with a compute server id.</returns>
    public static bool TryParse(string key, out GrainKey result)
    {
        var slash = key.IndexOf('/', StringComparison.Ordinal);
        var id = slash < 0 ? key.AsSpan() : key.AsSpan(0, slash);
        if (int.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var computeServerId))
        {
            result = new GrainKey(computeServerId, slash < 0 ? "" : key[(slash + 1)..]);
            return true;
        }

        result = default;
        return false;
    }

    /// <summary>The parts of a key made by <see cref="Of(int, string)"/>.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static GrainKey Parse(string key) =>
        TryParse(key, out var result) ? result : throw new FormatException($"'{key}' does not begin with a compute server id.");

    /// <inheritdoc />
    public override string ToString() => Rest.Length == 0 ? Of(ComputeServerId) : Of(ComputeServerId, Rest);
}
