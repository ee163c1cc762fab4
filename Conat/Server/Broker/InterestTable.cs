using System.Collections.Concurrent;
using ProjectSilo.Conat.Core;

namespace ProjectSilo.Conat.Server.Broker;

/// <summary>
/// Who wants which subjects: pattern → queue group → receivers, as a tree of tokens (spec 05 §3.2, §11). Reading takes no lock and allocates nothing; changes
/// come one after the other. A reader during a change sees a pattern as before or after it.
/// <code>
/// a.b, a.*, a.>      (root) ── a ─┬─ *            AnyToken
///                                 ├─ >            AnyTokens
///                                 └─ b            literal
/// </code>
/// </summary>
public sealed class InterestTable
{
    /// <summary>Held by changes.</summary>
    private readonly Lock _gate = new();
    private readonly Node _root = new();

    /// <summary>Adds a receiver; each at most once per pattern.</summary>
    /// <returns>Whether nobody had that pattern before.</returns>
    public bool Add(string pattern, string queue, IMessageReceiver receiver)
    {
        lock (_gate)
        {
            var node = _root;
            var tokens = new TokenReader(pattern);
            while (tokens.Next())
            {
                if (tokens.Token is Subjects.AnyTokens)
                {
                    return Add(ref node.AnyTokens, pattern, queue, receiver);
                }

                node = tokens.Token is Subjects.AnyToken ? node.AnyToken ??= new Node() : node.GetOrAddLiteral(tokens.Token);
            }

            return Add(ref node.Interest, pattern, queue, receiver);
        }
    }

    /// <summary>Removes a receiver; nothing happens if it isn't there.</summary>
    public void Remove(string pattern, string queue, IMessageReceiver receiver)
    {
        lock (_gate)
        {
            Remove(_root, pattern, queue, receiver);
        }
    }

    /// <summary>
    /// Adds to <paramref name="matches"/> the patterns that match, in the order of delivery: at each level first <c>*</c>, then <c>&gt;</c>, then the token.
    /// </summary>
    public void Match(ReadOnlySpan<char> subject, List<PatternInterest> matches) => Match(_root, subject, matches);

    /// <summary>Whether anybody who counts wants <paramref name="subject"/>: the pattern <c>&gt;</c> doesn't count.</summary>
    public bool HasInterest(ReadOnlySpan<char> subject)
    {
        // Who asks is about to wait or to answer; that this isn't the publish path is worth more than the list.
        var matches = new List<PatternInterest>();
        Match(subject, matches);
        return matches.Exists(match => !match.IsSilent && !match.Groups.IsEmpty);
    }

    /// <summary>Whether nothing is left, not even a node.</summary>
    internal bool IsEmpty => _root.IsEmpty;

    private static bool Add(ref PatternInterest? place, string pattern, string queue, IMessageReceiver receiver)
    {
        if (place is not null)
        {
            place.Add(queue, receiver);
            return false;
        }

        var interest = new PatternInterest(pattern);
        interest.Add(queue, receiver);
        Volatile.Write(ref place, interest);
        return true;
    }

    private static void Remove(Node node, ReadOnlySpan<char> rest, string queue, IMessageReceiver receiver)
    {
        var end = rest.IndexOf(Subjects.Separator);
        var token = end < 0 ? rest : rest[..end];
        if (token is Subjects.AnyTokens && end < 0)
        {
            Remove(ref node.AnyTokens, queue, receiver);
            return;
        }

        var isAny = token is Subjects.AnyToken;
        var child = isAny ? node.AnyToken : node.Literal(token);
        if (child is null)
        {
            return;
        }

        if (end < 0)
        {
            Remove(ref child.Interest, queue, receiver);
        }
        else
        {
            Remove(child, rest[(end + 1)..], queue, receiver);
        }

        // Only a node that nobody needs goes: not that of a shorter pattern, not one with longer patterns below it.
        if (child.IsEmpty && isAny)
        {
            node.AnyToken = null;
        }
        else if (child.IsEmpty)
        {
            node.RemoveLiteral(token);
        }
    }

    private static void Remove(ref PatternInterest? place, string queue, IMessageReceiver receiver)
    {
        place?.Remove(queue, receiver);
        if (place is { Groups.IsEmpty: true })
        {
            place = null;
        }
    }

    private static void Match(Node node, ReadOnlySpan<char> rest, List<PatternInterest> matches)
    {
        var end = rest.IndexOf(Subjects.Separator);
        var below = end < 0 ? default : rest[(end + 1)..];
        MatchBelow(Volatile.Read(ref node.AnyToken), end < 0, below, matches);
        if (Volatile.Read(ref node.AnyTokens) is { } interest)
        {
            matches.Add(interest);
        }

        MatchBelow(node.Literal(end < 0 ? rest : rest[..end]), end < 0, below, matches);
    }

    private static void MatchBelow(Node? node, bool isEnd, ReadOnlySpan<char> rest, List<PatternInterest> matches)
    {
        if (node is null)
        {
            return;
        }

        if (!isEnd)
        {
            Match(node, rest, matches);
        }
        else if (Volatile.Read(ref node.Interest) is { } interest)
        {
            matches.Add(interest);
        }
    }

    /// <summary>The tokens of a pattern, one after the other.</summary>
    private ref struct TokenReader(ReadOnlySpan<char> subject)
    {
        private ReadOnlySpan<char> _rest = subject;
        private bool _isEnd;

        public ReadOnlySpan<char> Token { get; private set; }

        public bool Next()
        {
            if (_isEnd)
            {
                return false;
            }

            var end = _rest.IndexOf(Subjects.Separator);
            Token = end < 0 ? _rest : _rest[..end];
            _isEnd = end < 0;
            _rest = _isEnd ? default : _rest[(end + 1)..];
            return true;
        }
    }

    /// <summary>A place in the tree. Fields are written with the table's lock held and read at any time.</summary>
    private sealed class Node
    {
        /// <summary>The patterns that go on with <c>*</c>.</summary>
        public Node? AnyToken;

        /// <summary>The pattern that ends with <c>&gt;</c> below this node.</summary>
        public PatternInterest? AnyTokens;

        /// <summary>The pattern that ends here.</summary>
        public PatternInterest? Interest;

        /// <summary>Null, a <see cref="LiteralNode"/>, or a dictionary: most nodes have one literal, and a subject may have thousands of tokens.</summary>
        private object? _literals;

        public bool IsEmpty => AnyToken is null && AnyTokens is null && Interest is null && _literals is null;

        public Node? Literal(ReadOnlySpan<char> token) => Volatile.Read(ref _literals) switch
        {
            LiteralNode literal => token.SequenceEqual(literal.Token) ? literal.Node : null,
            ConcurrentDictionary<string, Node> literals => literals.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(token, out var node) ? node : null,
            _ => null,
        };

        public Node GetOrAddLiteral(ReadOnlySpan<char> token)
        {
            if (Literal(token) is { } node)
            {
                return node;
            }

            node = new Node();
            switch (_literals)
            {
                case null:
                    Volatile.Write(ref _literals, new LiteralNode(token.ToString(), node));
                    break;
                case LiteralNode only:
                    var literals = new ConcurrentDictionary<string, Node>(concurrencyLevel: 1, capacity: 4, StringComparer.Ordinal);
                    literals[only.Token] = only.Node;
                    literals[token.ToString()] = node;
                    Volatile.Write(ref _literals, literals);
                    break;
                case ConcurrentDictionary<string, Node> more:
                    more[token.ToString()] = node;
                    break;
            }

            return node;
        }

        public void RemoveLiteral(ReadOnlySpan<char> token)
        {
            if (_literals is not ConcurrentDictionary<string, Node> literals)
            {
                _literals = null;
                return;
            }

            literals.GetAlternateLookup<ReadOnlySpan<char>>().TryRemove(token, out _);
            if (literals.IsEmpty)
            {
                _literals = null;
            }
        }

        private sealed record LiteralNode(string Token, Node Node);
    }
}
