using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Gateways.HttpApi;

/// <summary>
/// Parameters of a query or of a body of type <c>application/x-www-form-urlencoded</c> (spec 03 §1): <c>path=a&amp;path=b</c> is the list a, b; <c>path[a]=b</c> an
/// object; <c>path[]=a</c> and <c>path[0]=a</c> a list.
/// </summary>
internal static class UrlEncoded
{
    /// <summary>Deeper brackets are taken as one name.</summary>
    private const int MaxDepth = 5;

    /// <summary>A higher index of a list is taken as the name of a member.</summary>
    private const int MaxIndex = 20;

    /// <summary>Parses <paramref name="text"/>, which has no question mark in front.</summary>
    /// <returns>False if there are more than <paramref name="maxParameters"/>.</returns>
    public static bool TryParse(ReadOnlySpan<char> text, int maxParameters, out WireValue.Members parameters)
    {
        var root = new Node();
        parameters = new WireValue.Members([]);
        if (text.Count('&') >= maxParameters)
        {
            return false;
        }

        foreach (var range in text.Split('&'))
        {
            var parameter = text[range];
            if (!parameter.IsEmpty)
            {
                var equals = parameter.IndexOf('=');
                var name = Decode(equals < 0 ? parameter : parameter[..equals]);
                Add(root, name, equals < 0 ? "" : Decode(parameter[(equals + 1)..]));
            }
        }

        parameters = root.ToObject();
        return true;
    }

    private static void Add(Node root, string name, string value)
    {
        Node? node = null;
        foreach (var part in Parts(name))
        {
            // a[] appends.
            node = node is null ? root.Child(part) : node.Child(part.Length == 0 ? node.NextIndex : part);
        }

        node!.Values.Add(value);
    }

    /// <summary><c>a[b][c]</c> → a, b, c. Brackets that don't match, or begin the name, are part of a name.</summary>
    private static IEnumerable<string> Parts(string name)
    {
        var open = name.IndexOf('[', StringComparison.Ordinal);
        if (open <= 0)
        {
            yield return name;
            yield break;
        }

        yield return name[..open];
        for (var depth = 0; open < name.Length; depth++)
        {
            var close = name[open] == '[' && depth < MaxDepth ? name.IndexOf(']', open) : -1;
            if (close < 0)
            {
                yield return name[open..];
                yield break;
            }

            yield return name[(open + 1)..close];
            open = close + 1;
        }
    }

    private static string Decode(ReadOnlySpan<char> text) => WebUtility.UrlDecode(text.ToString());

    /// <summary>A parameter while others of its name may still come.</summary>
    private sealed class Node
    {
        private readonly OrderedDictionary<string, Node> _children = new(StringComparer.Ordinal);

        public List<string> Values { get; } = [];

        public string NextIndex => _children.Count.ToString(CultureInfo.InvariantCulture);

        public Node Child(string name)
        {
            if (!_children.TryGetValue(name, out var child))
            {
                _children.Add(name, child = new Node());
            }

            return child;
        }

        public WireValue.Members ToObject() => new([.. _children.Select(child => KeyValuePair.Create(child.Key, child.Value.ToValue()))]);

        private WireValue ToValue()
        {
            if (_children.Count == 0)
            {
                return Values.Count == 1 ? Values[0] : new WireValue.Items([.. Values.Select(value => (WireValue)value)]);
            }

            if (Values.Count == 0 && !_children.Keys.All(IsIndex))
            {
                return ToObject();
            }

            return new WireValue.Items([.. Values.Select(value => (WireValue)value), .. _children.Values.Select(child => child.ToValue())]);
        }

        private static bool IsIndex(string name) =>
            name.Length <= 2 && int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index <= MaxIndex;
    }
}
