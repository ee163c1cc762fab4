using System.Collections;
using System.Collections.Immutable;

namespace ProjectSilo.Conat.Values;

/// <summary>
/// Writes down an object: <c>new WireObject { ["now"] = 1732252800123 }.Build()</c>. A member set to C#'s <c>null</c> is left out, as senders drop undefined
/// members.
/// </summary>
public sealed class WireObject : IEnumerable<KeyValuePair<string, WireValue>>
{
    private readonly ImmutableArray<KeyValuePair<string, WireValue>>.Builder _members = ImmutableArray.CreateBuilder<KeyValuePair<string, WireValue>>(4);

    public WireValue? this[string name]
    {
        set
        {
            if (value is not null)
            {
                _members.Add(new KeyValuePair<string, WireValue>(name, value));
            }
        }
    }

    /// <summary>Adds all members of <paramref name="other"/> whose names are not among <paramref name="except"/>.</summary>
    public WireObject AddAll(WireValue.Members other, params ReadOnlySpan<string> except)
    {
        foreach (var member in other.Values)
        {
            if (!except.Contains(member.Key))
            {
                _members.Add(member);
            }
        }

        return this;
    }

    /// <summary>Adds one member.</summary>
    public WireObject With(string name, WireValue value)
    {
        this[name] = value;
        return this;
    }

    /// <summary>The object.</summary>
    public WireValue.Members Build() => new(_members.ToImmutable());

    /// <inheritdoc />
    public IEnumerator<KeyValuePair<string, WireValue>> GetEnumerator() => _members.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
