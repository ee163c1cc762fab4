using System.Collections.Immutable;
using System.Text;

namespace ProjectSilo.Conat.Values;

/// <summary>
/// A value as all wires know it (JSON, MessagePack): what the method table binds arguments from and gives results in. Numbers are doubles, as in JavaScript:
/// an int may come as a float.
/// </summary>
public abstract record WireValue
{
    private WireValue()
    {
    }

    /// <summary><c>null</c>, and what an absent member reads as.</summary>
    public static Nothing Null { get; } = new();

    /// <summary>The JSON text of small values, for tests and debuggers.</summary>
    public sealed override string ToString() => WireJson.ToText(this);

    public static implicit operator WireValue(string value) => new Text(value);

    public static implicit operator WireValue(double value) => new Number(value);

    public static implicit operator WireValue(bool value) => new Bool(value);

    /// <summary>The value <c>null</c>.</summary>
    public sealed record Nothing : WireValue;

    public sealed record Bool(bool Value) : WireValue;

    public sealed record Number(double Value) : WireValue;

    /// <summary>Text. A large one that came as JSON is kept as UTF-8, which is what files take, and becomes a string only if somebody asks for one.</summary>
    public sealed record Text : WireValue
    {
        private readonly ImmutableArray<ReadOnlyMemory<byte>> _pieces;
        private string? _value;

        public Text(string value) => _value = value;

        /// <param name="pieces">As <see cref="LongText.Pieces"/>.</param>
        internal Text(ImmutableArray<ReadOnlyMemory<byte>> pieces) => _pieces = pieces;

        public string Value => _value ??= Decode(_pieces);

        /// <summary>The text as <see cref="LongText.Pieces"/>, with U+FFFD for lone surrogates.</summary>
        public ImmutableArray<ReadOnlyMemory<byte>> ToUtf8() =>
            !_pieces.IsDefault ? _pieces
            : Value.Length > 0 ? [Encoding.UTF8.GetBytes(Value)]
            : [];

        /// <inheritdoc />
        public bool Equals(Text? other) => other is not null && Value == other.Value;

        /// <inheritdoc />
        public override int GetHashCode() => Value.GetHashCode(StringComparison.Ordinal);

        private static string Decode(ImmutableArray<ReadOnlyMemory<byte>> pieces)
        {
            var length = 0;
            foreach (var piece in pieces)
            {
                length = checked(length + Encoding.UTF8.GetCharCount(piece.Span));
            }

            return string.Create(length, pieces, static (target, pieces) =>
            {
                foreach (var piece in pieces)
                {
                    target = target[Encoding.UTF8.GetChars(piece.Span, target)..];
                }
            });
        }
    }

    /// <summary>Text that may be large, as UTF-8 in pieces, and is only sent. Each piece is valid by itself: no character straddles two.</summary>
    public sealed record LongText(ImmutableArray<ReadOnlyMemory<byte>> Pieces) : WireValue;

    /// <summary>Bytes: MessagePack has them, JSON has not.</summary>
    public sealed record Bytes(ReadOnlyMemory<byte> Value) : WireValue;

    /// <summary>
    /// A value that only its application can read: MessagePack's ext types, and dates outside of the years 1 to 9999. In JSON it is <c>null</c>.
    /// </summary>
    public sealed record Extension(sbyte Type, ReadOnlyMemory<byte> Value) : WireValue;

    /// <summary>A point in time: in JSON its ISO 8601 form, e.g. <c>"2026-11-22T08:27:00.000Z"</c>.</summary>
    public sealed record Date(DateTimeOffset Value) : WireValue;

    /// <summary>A list.</summary>
    public sealed record Items(ImmutableArray<WireValue> Values) : WireValue;

    /// <summary>A list that may be long and is only sent: each element is made when it is its turn, so that they are never all there at once.</summary>
    /// <param name="Count">Elements.</param>
    /// <param name="Elements">As many as <paramref name="Count"/> says, made by whoever sends it.</param>
    public sealed record Sequence(int Count, IEnumerable<WireValue> Elements) : WireValue;

    /// <summary>An object. Members keep their order; of two with the same name the last one counts.</summary>
    public sealed record Members(ImmutableArray<KeyValuePair<string, WireValue>> Values) : WireValue
    {
        /// <summary>The member, or <see cref="Null"/>: absent and <c>null</c> mean the same.</summary>
        public WireValue this[string name]
        {
            get
            {
                for (var i = Values.Length - 1; i >= 0; i--)
                {
                    if (Values[i].Key == name)
                    {
                        return Values[i].Value;
                    }
                }

                return Null;
            }
        }

        /// <summary>Whether there is such a member, even if <c>null</c>.</summary>
        public bool Has(string name) => Values.Any(member => member.Key == name);
    }
}
