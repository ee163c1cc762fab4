using System.Text;

namespace ProjectSilo.Grains.Kernels.Launch;

/// <summary>The end of a text that may be endless.</summary>
/// <param name="kept">So many UTF-16 code units are kept; up to a quarter more meanwhile.</param>
internal sealed class TextTail(int kept)
{
    /// <summary>Guarded by itself.</summary>
    private readonly StringBuilder _text = new();

    public void Append(ReadOnlySpan<char> text)
    {
        lock (_text)
        {
            _text.Append(text);
            if (_text.Length > kept + (kept / 4))
            {
                _text.Remove(0, _text.Length - kept);
            }
        }
    }

    /// <inheritdoc />
    public override string ToString()
    {
        lock (_text)
        {
            return _text.ToString();
        }
    }
}
