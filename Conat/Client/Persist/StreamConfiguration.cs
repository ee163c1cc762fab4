using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Persist;

/// <summary>A stream's limits (spec 07 §1.9), complete; the member initializers are the defaults.</summary>
public sealed record StreamConfiguration
{
    internal const string MaxMsgsField = "max_msgs";
    internal const string MaxAgeField = "max_age";
    internal const string MaxBytesField = "max_bytes";
    internal const string MaxMsgSizeField = "max_msg_size";
    internal const string MaxBytesPerSecondField = "max_bytes_per_second";
    internal const string MaxMsgsPerSecondField = "max_msgs_per_second";
    internal const string DiscardPolicyField = "discard_policy";
    internal const string AllowMsgTtlField = "allow_msg_ttl";
    internal const string DescField = "desc";

    internal const string OldPolicy = "old";
    internal const string NewPolicy = "new";

    /// <summary>The defaults: no limits.</summary>
    public static StreamConfiguration Default { get; } = new();

    /// <summary>Most messages; active from 0, which keeps none.</summary>
    public long MaxMsgs { get; init; } = -1;

    /// <summary>Messages older than so many milliseconds go; active from 1.</summary>
    public long MaxAge { get; init; }

    /// <summary>Most bytes of all messages, as <see cref="MessageSize"/> counts them; active from 0.</summary>
    public long MaxBytes { get; init; } = -1;

    /// <summary>The largest message; active from 0.</summary>
    public long MaxMsgSize { get; init; } = -1;

    /// <summary>Active from 1.</summary>
    public long MaxBytesPerSecond { get; init; } = -1;

    /// <summary>Active from 1.</summary>
    public long MaxMsgsPerSecond { get; init; } = -1;

    /// <summary>What gives way.</summary>
    public DiscardPolicy DiscardPolicy { get; init; }

    /// <summary>Whether the messages' <c>ttl</c> is honoured.</summary>
    public bool AllowMsgTtl { get; init; }

    /// <summary>A description for people, any JSON.</summary>
    public WireValue Desc { get; init; } = WireValue.Null;

    /// <summary>With what <paramref name="change"/> gives; the rest stays.</summary>
    public StreamConfiguration With(StreamConfigurationChange change)
    {
        ArgumentNullException.ThrowIfNull(change);
        return new StreamConfiguration
        {
            MaxMsgs = change.MaxMsgs ?? MaxMsgs,
            MaxAge = change.MaxAge ?? MaxAge,
            MaxBytes = change.MaxBytes ?? MaxBytes,
            MaxMsgSize = change.MaxMsgSize ?? MaxMsgSize,
            MaxBytesPerSecond = change.MaxBytesPerSecond ?? MaxBytesPerSecond,
            MaxMsgsPerSecond = change.MaxMsgsPerSecond ?? MaxMsgsPerSecond,
            DiscardPolicy = change.DiscardPolicy ?? DiscardPolicy,
            AllowMsgTtl = change.AllowMsgTtl ?? AllowMsgTtl,
            Desc = change.Desc ?? Desc,
        };
    }

    /// <summary>All nine fields: the answer to <c>config</c>.</summary>
    public WireValue.Members ToWire() => new WireObject
    {
        [MaxMsgsField] = MaxMsgs,
        [MaxAgeField] = MaxAge,
        [MaxBytesField] = MaxBytes,
        [MaxMsgSizeField] = MaxMsgSize,
        [MaxBytesPerSecondField] = MaxBytesPerSecond,
        [MaxMsgsPerSecondField] = MaxMsgsPerSecond,
        [DiscardPolicyField] = DiscardPolicy == DiscardPolicy.New ? NewPolicy : OldPolicy,
        [AllowMsgTtlField] = AllowMsgTtl,
        [DescField] = Desc,
    }.Build();

    /// <summary>Only the fields that are not the defaults: the <c>limits</c> of <c>inventory</c>.</summary>
    public WireValue.Members ToLimits()
    {
        var standard = Default.ToWire();
        return new WireValue.Members([.. ToWire().Values.Where(field => field.Value != standard[field.Key])]);
    }
}
