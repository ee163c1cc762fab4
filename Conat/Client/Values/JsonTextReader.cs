using System.Buffers;
using System.Buffers.Text;
using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace ProjectSilo.Conat.Values;

/// <summary>
/// Reads one JSON text exactly as JavaScript's <c>JSON.parse</c>: lone surrogate escapes are kept, numbers are doubles however large. Malformed text comes from
/// outside, so it is a return value and costs no exception.
/// </summary>
/// <param name="json">The text, valid UTF-8.</param>
/// <param name="maxValues">Most values in it, at all levels together.</param>
internal ref partial struct JsonTextReader(ReadOnlySpan<byte> json, int maxValues)
{
    private static readonly SearchValues<byte> EndsPlainText = SearchValues.Create(
        [.. Enumerable.Range(0, 0x20).Select(code => (byte)code), (byte)'"', (byte)'\\']);

    /// <summary>What is not read yet.</summary>
    private ReadOnlySpan<byte> _rest = json;
    private int _room = maxValues;

    /// <summary>Reads the text, which must hold one value and nothing else.</summary>
    /// <param name="maxDepth">Most lists and objects within one another.</param>
    /// <param name="value">The value.</param>
    public bool TryRead(int maxDepth, out WireValue value)
    {
        if (!TryReadValue(maxDepth, out value))
        {
            return false;
        }

        SkipWhiteSpace();
        return _rest.IsEmpty;
    }

    private bool TryReadValue(int depth, out WireValue value)
    {
        SkipWhiteSpace();
        value = WireValue.Null;
        if (_room-- == 0)
        {
            return false;
        }

        switch (_rest.IsEmpty ? 0 : _rest[0])
        {
            case (byte)'{':
                return depth > 0 && TryReadMembers(depth - 1, out value);
            case (byte)'[':
                return depth > 0 && TryReadItems(depth - 1, out value);
            case (byte)'"':
                return TryReadTextValue(out value);
            case (byte)'t':
                value = true;
                return TrySkip("true"u8);
            case (byte)'f':
                value = false;
                return TrySkip("false"u8);
            case (byte)'n':
                return TrySkip("null"u8);
            default:
                return TryReadNumber(out value);
        }
    }

    private bool TryReadMembers(int depth, out WireValue value)
    {
        value = WireValue.Null;
        _rest = _rest[1..];
        var members = ImmutableArray.CreateBuilder<KeyValuePair<string, WireValue>>();
        if (!TrySkipToken((byte)'}'))
        {
            do
            {
                SkipWhiteSpace();
                if (!TryReadText(out var name) || !TrySkipToken((byte)':') || !TryReadValue(depth, out var member))
                {
                    return false;
                }

                members.Add(new KeyValuePair<string, WireValue>(name, member));
            }
            while (TrySkipToken((byte)','));

            if (!TrySkipToken((byte)'}'))
            {
                return false;
            }
        }

        value = new WireValue.Members(members.DrainToImmutable());
        return true;
    }

    private bool TryReadItems(int depth, out WireValue value)
    {
        value = WireValue.Null;
        _rest = _rest[1..];
        var items = ImmutableArray.CreateBuilder<WireValue>();
        if (!TrySkipToken((byte)']'))
        {
            do
            {
                if (!TryReadValue(depth, out var item))
                {
                    return false;
                }

                items.Add(item);
            }
            while (TrySkipToken((byte)','));

            if (!TrySkipToken((byte)']'))
            {
                return false;
            }
        }

        value = new WireValue.Items(items.DrainToImmutable());
        return true;
    }

    private bool TryReadText(out string text)
    {
        text = "";
        if (!TrySkip("\""u8))
        {
            return false;
        }

        var end = _rest.IndexOfAny(EndsPlainText);
        if (end < 0 || _rest[end] != '"')
        {
            return end >= 0 && _rest[end] == '\\' && TryReadEscapedText(out text);
        }

        text = Encoding.UTF8.GetString(_rest[..end]);
        _rest = _rest[(end + 1)..];
        return true;
    }

    /// <summary>A text with escapes. One buffer for all of it: a large text has an escape in each line.</summary>
    private bool TryReadEscapedText(out string text)
    {
        text = "";
        // Never more characters than bytes.
        var buffer = ArrayPool<char>.Shared.Rent(LengthOfText());
        try
        {
            for (var filled = 0; ;)
            {
                var end = _rest.IndexOfAny(EndsPlainText);
                if (end < 0 || _rest[end] < 0x20)
                {
                    return false;
                }

                filled += Encoding.UTF8.GetChars(_rest[..end], buffer.AsSpan(filled));
                var isEnd = _rest[end] == '"';
                _rest = _rest[(end + 1)..];
                if (isEnd)
                {
                    text = new string(buffer, 0, filled);
                    return true;
                }

                if (!TryReadEscape(out buffer[filled++]))
                {
                    return false;
                }
            }
        }
        finally
        {
            ArrayPool<char>.Shared.Return(buffer);
        }
    }

    /// <summary>Bytes up to the quote that ends the text, or to the end of what there is.</summary>
    private readonly int LengthOfText()
    {
        var at = 0;
        while (_rest[at..].IndexOfAny((byte)'"', (byte)'\\') is >= 0 and var next)
        {
            at += next;
            if (_rest[at] == '"')
            {
                return at;
            }

            at = Math.Min(at + 2, _rest.Length);
        }

        return _rest.Length;
    }

    /// <summary>What follows a backslash.</summary>
    private bool TryReadEscape(out char character)
    {
        character = '\0';
        if (_rest.IsEmpty)
        {
            return false;
        }

        var letter = _rest[0];
        _rest = _rest[1..];
        if (letter == 'u')
        {
            if (_rest.Length < 4 || !Utf8Parser.TryParse(_rest[..4], out ushort unit, out var digits, 'x') || digits != 4)
            {
                return false;
            }

            character = (char)unit;
            _rest = _rest[4..];
            return true;
        }

        character = (char)letter switch
        {
            'b' => '\b',
            'f' => '\f',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            '"' or '\\' or '/' => (char)letter,
            _ => '\0',
        };
        return character != '\0';
    }

    private bool TryReadNumber(out WireValue value)
    {
        value = WireValue.Null;
        var length = NumberLength(_rest);
        if (length == 0 || !double.TryParse(_rest[..length], NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
        {
            return false;
        }

        _rest = _rest[length..];
        value = number;
        return true;
    }

    /// <summary>The length of the number that <paramref name="text"/> begins with; 0 if it is none.</summary>
    private static int NumberLength(ReadOnlySpan<byte> text)
    {
        var at = text is [(byte)'-', ..] ? 1 : 0;
        var whole = Digits(text[at..]);
        if (whole == 0 || (whole > 1 && text[at] == '0'))
        {
            return 0;
        }

        at += whole;
        if (text[at..] is [(byte)'.', ..])
        {
            var fraction = Digits(text[(at + 1)..]);
            if (fraction == 0)
            {
                return 0;
            }

            at += 1 + fraction;
        }

        if (text[at..] is [(byte)'e' or (byte)'E', ..])
        {
            at += text[(at + 1)..] is [(byte)'+' or (byte)'-', ..] ? 2 : 1;
            var exponent = Digits(text[at..]);
            return exponent == 0 ? 0 : at + exponent;
        }

        return at;
    }

    private static int Digits(ReadOnlySpan<byte> text)
    {
        var count = text.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        return count < 0 ? text.Length : count;
    }

    private bool TrySkipToken(byte token)
    {
        SkipWhiteSpace();
        return TrySkip([token]);
    }

    private bool TrySkip(scoped ReadOnlySpan<byte> expected)
    {
        if (!_rest.StartsWith(expected))
        {
            return false;
        }

        _rest = _rest[expected.Length..];
        return true;
    }

    private void SkipWhiteSpace()
    {
        while (_rest is [(byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n', ..])
        {
            _rest = _rest[1..];
        }
    }
}
