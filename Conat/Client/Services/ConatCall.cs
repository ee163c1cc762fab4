using System.Collections.Immutable;
using ProjectSilo.Conat.Core.Messages;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Services;

/// <summary>A call of a service, as its method sees it.</summary>
public sealed class ConatCall
{
    private readonly ConatClient _client;
    private int _hasAnswered;
    private Action? _replied;

    internal ConatCall(ConatClient client, ConatMessage message, string name, ImmutableArray<WireValue> arguments)
    {
        _client = client;
        Message = message;
        Name = name;
        Arguments = arguments;
    }

    /// <summary>The method; empty in <see cref="ServiceProtocol.Message"/>.</summary>
    public string Name { get; }

    /// <summary>Its arguments.</summary>
    public ImmutableArray<WireValue> Arguments { get; }

    /// <summary>The message, for its subject and headers.</summary>
    public ConatMessage Message { get; }

    /// <summary>Whether the method has answered itself, at least once.</summary>
    public bool HasAnswered => Volatile.Read(ref _hasAnswered) != 0;

    /// <summary>What <see cref="ServiceOptions.KeyOf"/> says of it.</summary>
    internal string? Key { get; set; }

    /// <summary>An argument; null's value if there is none.</summary>
    public WireValue this[int index] => index < Arguments.Length ? Arguments[index] : WireValue.Null;

    /// <summary>Answers, in place of the result or as one of many answers, and waits until the broker has it.</summary>
    /// <inheritdoc cref="ConatClient.RespondAsync"/>
    public Task<PublishResult> RespondAsync(WireValue data, PublishOptions? options = null, CancellationToken cancellationToken = default)
    {
        Volatile.Write(ref _hasAnswered, 1);
        return _client.RespondAsync(Message, data, options, cancellationToken);
    }

    /// <summary>Answers without waiting for anything, in place of the result or as one of many answers.</summary>
    /// <inheritdoc cref="ConatClient.Respond"/>
    public long Respond(WireValue data, PublishOptions? options = null)
    {
        Volatile.Write(ref _hasAnswered, 1);
        return _client.Respond(Message, data, options);
    }

    /// <summary>
    /// Answers as one of many answers, and waits until the broker has it, but not until somebody gets it: the result's count says how many did. For a stream that goes on
    /// whether or not its requester is there.
    /// </summary>
    /// <inheritdoc cref="ConatClient.PublishAsync"/>
    public Task<PublishResult> PublishReplyAsync(WireValue data, PublishOptions? options = null, CancellationToken cancellationToken = default)
    {
        Volatile.Write(ref _hasAnswered, 1);
        return Message.Reply is { } reply ? _client.PublishAsync(reply, data, options, cancellationToken) : Task.FromResult(default(PublishResult));
    }

    /// <summary>Has <paramref name="action"/> run when the answer is out, or couldn't be sent: what ends the service that answers, for one.</summary>
    public void OnReplied(Action action) => _replied += action;

    internal void Replied() => _replied?.Invoke();
}
