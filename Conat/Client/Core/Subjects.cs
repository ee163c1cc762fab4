using System.Buffers;

namespace ProjectSilo.Conat.Core;

/// <summary>
/// The grammar of subjects and patterns (spec 05 §3): tokens separated by dots, compared code unit by code unit; as whole tokens <c>*</c> stands for one token
/// and a last <c>&gt;</c> for one or more.
/// </summary>
public static class Subjects
{
    /// <summary>Separates tokens.</summary>
    public const char Separator = '.';

    /// <summary>Any one token.</summary>
    public const string AnyToken = "*";

    /// <summary>One or more tokens; the last token only.</summary>
    public const string AnyTokens = ">";

    /// <summary>JavaScript's <c>\s</c>. Not <see cref="char.IsWhiteSpace(char)"/>: that has U+0085 and lacks U+FEFF.</summary>
    private static readonly SearchValues<char> WhiteSpace = SearchValues.Create(
        "\u0009\u000A\u000B\u000C\u000D\u0020\u00A0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200A\u2028\u2029\u202F\u205F\u3000\uFEFF");

    /// <summary>
    /// Whether one may subscribe to it: not empty, no empty token, <c>&gt;</c> as a whole token at the end only, no white space. <c>a*</c> and <c>&gt;x</c> are
    /// literal tokens.
    /// </summary>
    public static bool IsValid(ReadOnlySpan<char> subject)
    {
        if (subject.ContainsAny(WhiteSpace))
        {
            return false;
        }

        while (true)
        {
            var end = subject.IndexOf(Separator);
            var token = end < 0 ? subject : subject[..end];
            if (token.IsEmpty || (end >= 0 && token is AnyTokens))
            {
                return false;
            }

            if (end < 0)
            {
                return true;
            }

            subject = subject[(end + 1)..];
        }
    }

    /// <summary>Whether one may publish to it: valid, no <c>*</c> anywhere, and no <c>&gt;</c> as its last character.</summary>
    public static bool IsPublishable(ReadOnlySpan<char> subject) =>
        !subject.IsEmpty && subject[^1] != '>' && !subject.Contains('*') && IsValid(subject);

    /// <summary>Whether <paramref name="pattern"/> matches; <c>a.&gt;</c> doesn't match <c>a</c>. A wildcard in <paramref name="subject"/> is only a token.</summary>
    public static bool Matches(ReadOnlySpan<char> pattern, ReadOnlySpan<char> subject)
    {
        while (true)
        {
            var patternEnd = pattern.IndexOf(Separator);
            var subjectEnd = subject.IndexOf(Separator);
            var token = patternEnd < 0 ? pattern : pattern[..patternEnd];
            if (patternEnd < 0 && token is AnyTokens)
            {
                return true;
            }

            if (token is not AnyToken && !token.SequenceEqual(subjectEnd < 0 ? subject : subject[..subjectEnd]))
            {
                return false;
            }

            if (patternEnd < 0 || subjectEnd < 0)
            {
                return patternEnd < 0 && subjectEnd < 0;
            }

            pattern = pattern[(patternEnd + 1)..];
            subject = subject[(subjectEnd + 1)..];
        }
    }
}
