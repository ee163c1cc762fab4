using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Persist;

/// <summary>Changes of a stream's <see cref="StreamConfiguration"/> (spec 07 §1.9): what is null stays as it is.</summary>
public sealed record StreamConfigurationChange
{
    private const double MaxSafeInteger = 9007199254740991;

    /// <summary>No change: only asks.</summary>
    public static StreamConfigurationChange None { get; } = new();

    public long? MaxMsgs { get; init; }

    /// <summary>Milliseconds.</summary>
    public long? MaxAge { get; init; }

    public long? MaxBytes { get; init; }

    public long? MaxMsgSize { get; init; }

    public long? MaxBytesPerSecond { get; init; }

    public long? MaxMsgsPerSecond { get; init; }

    public DiscardPolicy? DiscardPolicy { get; init; }

    public bool? AllowMsgTtl { get; init; }

    /// <summary>Any JSON.</summary>
    public WireValue? Desc { get; init; }

    /// <summary>The fields that are given: the parameter of <c>config</c>.</summary>
    public WireValue.Members ToWire() => new WireObject
    {
        [StreamConfiguration.MaxMsgsField] = Number(MaxMsgs),
        [StreamConfiguration.MaxAgeField] = Number(MaxAge),
        [StreamConfiguration.MaxBytesField] = Number(MaxBytes),
        [StreamConfiguration.MaxMsgSizeField] = Number(MaxMsgSize),
        [StreamConfiguration.MaxBytesPerSecondField] = Number(MaxBytesPerSecond),
        [StreamConfiguration.MaxMsgsPerSecondField] = Number(MaxMsgsPerSecond),
        [StreamConfiguration.DiscardPolicyField] = DiscardPolicy switch
        {
            null => null,
            Persist.DiscardPolicy.New => (WireValue)StreamConfiguration.NewPolicy,
            _ => (WireValue)StreamConfiguration.OldPolicy,
        },
        [StreamConfiguration.AllowMsgTtlField] = AllowMsgTtl is { } allow ? allow : (WireValue?)null,
        [StreamConfiguration.DescField] = Desc,
    }.Build();

    /// <summary>
    /// Reads the parameter of <c>config</c>, or the fields as they are stored or answered. Numbers may be texts or fractions, which are cut; <c>null</c> is no change; any
    /// policy but <c>"new"</c> is <c>"old"</c>; other fields are ignored.
    /// </summary>
    /// <exception cref="ConatException"><c>config.max_msgs must be a number</c>, code 400.</exception>
    public static StreamConfigurationChange Read(WireValue value)
    {
        if (value is WireValue.Nothing)
        {
            return None;
        }

        if (value is not WireValue.Members fields)
        {
            throw new ConatException("config must be an object", PersistCodes.BadRequest);
        }

        var policy = fields[StreamConfiguration.DiscardPolicyField];
        var desc = fields[StreamConfiguration.DescField];
        return new StreamConfigurationChange
        {
            MaxMsgs = ReadNumber(fields, StreamConfiguration.MaxMsgsField),
            MaxAge = ReadNumber(fields, StreamConfiguration.MaxAgeField),
            MaxBytes = ReadNumber(fields, StreamConfiguration.MaxBytesField),
            MaxMsgSize = ReadNumber(fields, StreamConfiguration.MaxMsgSizeField),
            MaxBytesPerSecond = ReadNumber(fields, StreamConfiguration.MaxBytesPerSecondField),
            MaxMsgsPerSecond = ReadNumber(fields, StreamConfiguration.MaxMsgsPerSecondField),
            DiscardPolicy = policy is WireValue.Nothing ? null : policy.AsText() == StreamConfiguration.NewPolicy ? Persist.DiscardPolicy.New : Persist.DiscardPolicy.Old,
            AllowMsgTtl = fields[StreamConfiguration.AllowMsgTtlField] switch
            {
                WireValue.Nothing => null,
                WireValue.Text text => text.Value == "true",
                var other => other.IsTruthy(),
            },
            Desc = desc is WireValue.Nothing ? null : desc,
        };
    }

    private static WireValue? Number(long? number) => number is { } value ? value : (WireValue?)null;

    private static long? ReadNumber(WireValue.Members fields, string name) => fields[name] switch
    {
        WireValue.Nothing => null,
        var field when field.AsNumber() is { } number && double.IsFinite(number) => (long)Math.Clamp(Math.Truncate(number), -MaxSafeInteger, MaxSafeInteger),
        _ => throw new ConatException($"config.{name} must be a number", PersistCodes.BadRequest),
    };
}
