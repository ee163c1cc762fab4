using System.Collections.Immutable;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Grains.Notebooks;

/// <summary>Objects with members changed; the others keep their order.</summary>
internal static class MemberEdits
{
    /// <summary>The object without some members.</summary>
    public static WireValue.Members Without(this WireValue.Members value, params ReadOnlySpan<string> names) => new WireObject().AddAll(value, names).Build();

    /// <summary>The object with a member set: in its old place, or at the end.</summary>
    public static WireValue.Members Set(this WireValue.Members value, string name, WireValue member)
    {
        var result = ImmutableArray.CreateBuilder<KeyValuePair<string, WireValue>>(value.Values.Length + 1);
        var isSet = false;
        foreach (var old in value.Values)
        {
            if (old.Key != name)
            {
                result.Add(old);
            }
            else if (!isSet)
            {
                result.Add(KeyValuePair.Create(name, member));
                isSet = true;
            }
        }

        if (!isSet)
        {
            result.Add(KeyValuePair.Create(name, member));
        }

        return new WireValue.Members(result.ToImmutable());
    }
}
