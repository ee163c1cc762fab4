using ProjectSilo.Conat.Values;

namespace ProjectSilo.Gateways.Hub.PublicPaths;

/// <summary>The rows of <c>public_paths</c> as a changefeed tells them (spec 01 §13), but for those that are disabled.</summary>
internal sealed class PublicPathTable(int maxPaths)
{
    private const string DateMember = "DateEpochMS";

    private readonly Dictionary<string, PublicPath> _rows = new(StringComparer.Ordinal);

    /// <summary>The paths now.</summary>
    public IReadOnlyCollection<PublicPath> Paths => _rows.Values;

    /// <summary>
    /// Takes in an answer: <c>{"query":{"public_paths":[{"id":"…","path":"a","last_edited":{"DateEpochMS":1},"disabled":false}]}}</c>, or a change,
    /// <c>{"action":"delete","old_val":{"id":"…"}}</c>.
    /// </summary>
    public void Apply(WireValue.Members message)
    {
        if (message["query"] is WireValue.Members query && query["public_paths"] is WireValue.Items rows)
        {
            _rows.Clear();
            foreach (var row in rows.Values)
            {
                Put(row);
            }
        }
        else if (message["action"].AsText() is "insert" or "update")
        {
            Put(message["new_val"]);
        }
        else if (message["action"].AsText() == "delete" && ((message["old_val"] as WireValue.Members)?["id"].AsText() is { } id))
        {
            _rows.Remove(id);
        }
    }

    /// <summary>What was told of an edit; the hub tells it too, a little later.</summary>
    public void Edited(PublicPath path, double lastEdited)
    {
        if (_rows.GetValueOrDefault(path.Id) == path)
        {
            _rows[path.Id] = path with { LastEdited = lastEdited };
        }
    }

    /// <summary>A change may hold only some members of a row.</summary>
    private void Put(WireValue value)
    {
        if (value is not WireValue.Members row || row["id"].AsText() is not { } id)
        {
            return;
        }

        var known = _rows.GetValueOrDefault(id);
        var path = row["path"].AsText() ?? known?.Path;
        if (row["disabled"].IsTruthy() || path is null || (known is null && _rows.Count >= maxPaths))
        {
            _rows.Remove(id);
            return;
        }

        _rows[id] = new PublicPath(id, path, Milliseconds(row["last_edited"]) ?? known?.LastEdited ?? 0);
    }

    private static double? Milliseconds(WireValue value) => value switch
    {
        WireValue.Members date => date[DateMember].AsNumber(),
        WireValue.Date date => date.Value.ToUnixTimeMilliseconds(),
        WireValue.Text text when DateTimeOffset.TryParse(text.Value, System.Globalization.CultureInfo.InvariantCulture, out var date) => date.ToUnixTimeMilliseconds(),
        _ => value.AsNumber(),
    };
}
