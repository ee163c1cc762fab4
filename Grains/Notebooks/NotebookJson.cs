using System.Buffers;
using ProjectSilo.Conat.Values;
using ProjectSilo.Grains.Interfaces;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Interfaces.Notebooks;

namespace ProjectSilo.Grains.Notebooks;

/// <summary>Notebooks as JSON, with all members that nobody here knows in their place, and numbers as JavaScript has them.</summary>
internal static class NotebookJson
{
    /// <summary>The notebook.</summary>
    /// <param name="json">The text.</param>
    /// <param name="name">What the error calls it.</param>
    /// <exception cref="NotebookSyntaxException">It is no JSON.</exception>
    /// <exception cref="RequestException">It has no list of cells.</exception>
    public static WireValue.Members Parse(Utf8Text json, string name)
    {
        if (!WireJson.TryParse(Sequence(json), out var value))
        {
            throw new NotebookSyntaxException(name);
        }

        return value is WireValue.Members members && members["cells"] is WireValue.Items ? members : throw new RequestException($"{name} is not a notebook: it has no cells");
    }

    /// <summary>The notebook without outputs and attachments (spec 10 §12).</summary>
    public static WireValue.Members Strip(WireValue.Members notebook) => WithCells(notebook, Strip);

    /// <summary>The notebook with each cell changed.</summary>
    public static WireValue.Members WithCells(WireValue.Members notebook, Func<WireValue, WireValue> change) =>
        notebook.Set("cells", new WireValue.Items([.. ((WireValue.Items)notebook["cells"]).Values.Select(change)]));

    /// <summary>The code of a cell: its lines, or one text.</summary>
    public static string Source(WireValue.Members cell) => cell["source"] switch
    {
        WireValue.Items lines => string.Concat(lines.Values.Select(line => line.AsText())),
        var text => text.AsText() ?? "",
    };

    /// <summary>A cell with these outputs after those that it has.</summary>
    public static WireValue.Members Append(WireValue.Members cell, IEnumerable<WireValue> outputs)
    {
        var old = cell["outputs"] is WireValue.Items items ? items.Values : [];
        return cell.Set("outputs", new WireValue.Items([.. old, .. outputs]));
    }

    /// <summary>Compact JSON.</summary>
    public static Utf8Text ToText(WireValue.Members notebook)
    {
        var json = new ArrayBufferWriter<byte>();
        WireJson.Write(notebook, json);
        return new Utf8Text { Pieces = [json.WrittenMemory] };
    }

    private static ReadOnlySequence<byte> Sequence(Utf8Text text)
    {
        if (text.Pieces is [var only])
        {
            return new ReadOnlySequence<byte>(only);
        }

        var all = new ArrayBufferWriter<byte>((int)Math.Max(1, text.ByteCount));
        foreach (var piece in text.Pieces)
        {
            all.Write(piece.Span);
        }

        return new ReadOnlySequence<byte>(all.WrittenMemory);
    }

    private static WireValue Strip(WireValue cell)
    {
        if (cell is not WireValue.Members members)
        {
            return cell;
        }

        // As JavaScript has it: outputs that are null are none.
        return (members["outputs"].IsTruthy() ? members.Set("outputs", new WireValue.Items([])) : members).Without("attachments");
    }
}
