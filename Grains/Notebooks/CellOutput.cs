using System.Globalization;
using ProjectSilo.Conat.Values;
using ProjectSilo.Grains.Interfaces.Kernels;

namespace ProjectSilo.Grains.Notebooks;

/// <summary>
/// One run of a cell of an open notebook: what the kernel says goes in, the fields of the cell's record come out (spec 10 §8.1). It waits for nothing and calls nobody but the blobs.
/// </summary>
/// <param name="id">The cell.</param>
/// <param name="kernel">The kernel's name.</param>
/// <param name="limits">How much the record holds.</param>
/// <param name="blobs">Where images go.</param>
/// <param name="time">The clock.</param>
internal sealed class CellOutput(string id, string kernel, CellOutputLimits limits, INotebookBlobs blobs, TimeProvider time)
{
    private static readonly WireValue.Members MoreOutputMessage = new WireObject { ["more_output"] = true }.Build();

    private readonly List<WireValue.Members> _messages = [];
    private string _state = "run";
    private double? _start;
    private double? _end;
    private double? _executionCount;
    private long _length;
    private bool _clearsBeforeNext;

    /// <summary>Whether all has come.</summary>
    public bool IsDone => _end is not null;

    /// <summary>What the record has no room for; null if it has room for all.</summary>
    public MoreOutput? More { get; private set; }

    /// <summary><c>{"id":"c0","type":"cell","kernel":"python3","output":{"0":{…}},"exec_count":1,"state":"done","start":…,"end":…}</c>; null deletes a field.</summary>
    public WireValue.Members Record => new WireObject
    {
        ["id"] = id,
        ["type"] = "cell",
        ["kernel"] = kernel,
        ["output"] = Output ?? (WireValue)WireValue.Null,
        ["exec_count"] = Number(_executionCount),
        ["state"] = _state,
        ["start"] = Number(_start),
        ["end"] = Number(_end),
    }.Build();

    /// <summary><c>{"0":{"name":"stdout","text":"hello\n"}}</c>; null if there is none.</summary>
    public WireValue.Members? Output => _messages.Count == 0
        ? null
        : new WireValue.Members([.. _messages.Select((message, index) => KeyValuePair.Create(index.ToString(CultureInfo.InvariantCulture), (WireValue)message))]);

    private double Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Takes an item of the execution.</summary>
    public CellChange Take(KernelItem item)
    {
        if (IsDone)
        {
            return CellChange.None;
        }

        if (item.IsDone)
        {
            return Done();
        }

        if (item.Input is { } input)
        {
            return Ask(input);
        }

        if (item.Missing > 0)
        {
            return Show(OutputMessage.Stderr($"WARNING: {item.Missing} output messages came too fast and were discarded.\n"));
        }

        return OutputMessage.ContentOf(item) is { } content ? Take(item.MessageType, content) : CellChange.None;
    }

    /// <summary>The machinery failed, which the cell shows.</summary>
    public CellChange Fail(string error)
    {
        if (IsDone)
        {
            return CellChange.None;
        }

        Show(OutputMessage.Stderr(error));
        return Done();
    }

    /// <summary>The kernel has vanished, which the cell shows.</summary>
    public CellChange Vanish(string markdown)
    {
        if (IsDone)
        {
            return CellChange.None;
        }

        Show(new WireObject { ["data"] = new WireObject { ["text/markdown"] = markdown }.Build() }.Build());
        return Done();
    }

    /// <summary>All has come.</summary>
    public CellChange Done()
    {
        if (IsDone)
        {
            return CellChange.None;
        }

        _state = "done";
        _start ??= Now;
        _end = Now;
        return new CellChange { IsUrgent = true };
    }

    /// <summary>Somebody has answered what the cell asks for.</summary>
    /// <param name="value">What the document keeps: empty for a password.</param>
    /// <returns>Whether the last output was a question without an answer.</returns>
    public bool Answer(string value)
    {
        if (_messages is not [.., var last] || last["name"].AsText() != "input" || last["value"] is not WireValue.Nothing)
        {
            return false;
        }

        _messages[^1] = last.Set("value", value);
        return true;
    }

    /// <summary>Another cell has changed a display.</summary>
    /// <returns>Whether this one shows it.</returns>
    public bool Update(string displayId, WireValue.Members content)
    {
        var isShown = false;
        for (var i = 0; i < _messages.Count; i++)
        {
            if (DisplayUpdates.IdOf(_messages[i]) == displayId)
            {
                _messages[i] = content;
                isShown = true;
            }
        }

        More?.Update(displayId, content);
        return isShown;
    }

    private CellChange Take(string type, WireValue.Members content)
    {
        switch (type)
        {
            case "status" when content["execution_state"].AsText() == "busy":
                _start = Now;
                _state = "busy";
                return new CellChange { IsUrgent = true };
            case "clear_output" when content["wait"].IsTruthy():
                _clearsBeforeNext = true;
                return CellChange.None;
            case "clear_output":
                Clear();
                return new CellChange { IsUrgent = true };
            case "execute_reply":
                return TakeReply(content);
        }

        return Shown(content) is not { } message ? CellChange.None
            : DisplayUpdates.IdOf(message) is { } displayId ? Display(displayId, message, isNew: type != "update_display_data")
            : Show(message);
    }

    /// <summary>Rules (b) to (f): what the message shows; null if nothing.</summary>
    private WireValue.Members? Shown(WireValue.Members content)
    {
        var count = content["execution_count"].AsNumber();
        _executionCount = count ?? _executionCount;
        var message = OutputMessage.Shown(content, "execution_count", "execution_state", "code", "status", "source", "request");
        if (message is null)
        {
            return null;
        }

        return MessageBlobs.Save(count is { } number ? message.Set("exec_count", number) : message, blobs);
    }

    private CellChange TakeReply(WireValue.Members content)
    {
        var change = CellChange.None;
        if (content["payload"] is WireValue.Items payloads)
        {
            foreach (var payload in payloads.Values.OfType<WireValue.Members>())
            {
                switch (payload["source"].AsText())
                {
                    case "set_next_input" when payload["text"].AsText() is { } text:
                        change = change with { Input = text, IsUrgent = true };
                        break;
                    case "page" when Shown(payload) is { } page:
                        Show(page);
                        change = change with { HasOutput = true };
                        break;
                }
            }
        }

        return Shown(content.Without("payload")) is { } message ? Show(message) with { Input = change.Input, IsUrgent = change.IsUrgent } : change;
    }

    private CellChange Display(string displayId, WireValue.Members message, bool isNew)
    {
        var isShown = Update(displayId, message);
        var change = new CellChange { HasOutput = isShown || isNew, DisplayId = displayId, Display = message };
        if (isNew)
        {
            Show(message);
        }

        return change;
    }

    private CellChange Ask(InputRequest input) => Show(new WireObject
    {
        ["name"] = "input",
        ["opts"] = new WireObject { ["prompt"] = input.Prompt, ["password"] = input.IsPassword }.Build(),
    }.Build());

    /// <summary>Rules (g) to (i).</summary>
    private CellChange Show(WireValue.Members message)
    {
        if (_clearsBeforeNext)
        {
            Clear();
        }

        var length = OutputMessage.Length(message);
        if (More is null)
        {
            _length += length;
            if (_length <= limits.MaxLength && _messages.Count < limits.MaxMessages)
            {
                _messages.Add(message);
                return new CellChange { HasOutput = true };
            }

            _messages.Add(MoreOutputMessage);
            More = new MoreOutput(limits.MaxLength);
        }

        More.Add(message, length);
        return new CellChange { HasOutput = true };
    }

    private void Clear()
    {
        _messages.Clear();
        _length = 0;
        _clearsBeforeNext = false;
        More = null;
    }

    private static WireValue Number(double? number) => number is { } value ? value : WireValue.Null;
}
