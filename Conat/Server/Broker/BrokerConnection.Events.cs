using System.Buffers;
using System.Collections.Immutable;
using ProjectSilo.Conat.Core.SocketIo;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Server.Broker;

/// <summary>What clients send (spec 05 §6). The result of a handler is whether the connection may go on.</summary>
internal sealed partial class BrokerConnection
{
    private static readonly TimeSpan DefaultWait = TimeSpan.FromMilliseconds(90_000);

    private async ValueTask<bool> HandleAsync(SocketIoPacket? packet, CancellationToken cancellationToken)
    {
        if (packet is null)
        {
            // Its attachments are still coming.
            return true;
        }

        if (packet.Namespace != SocketIoPacket.DefaultNamespace)
        {
            if (packet.Type == SocketIoPacketType.Connect)
            {
                Send(new SocketIoPacket(SocketIoPacketType.ConnectError, new WireObject { ["message"] = "Invalid namespace" }.Build(), null, packet.Namespace));
            }

            return packet.Type == SocketIoPacketType.Connect;
        }

        if (_session is not { } session)
        {
            return packet.Type == SocketIoPacketType.Connect && await ConnectAsync(cancellationToken).ConfigureAwait(false);
        }

        switch (packet.Type)
        {
            case SocketIoPacketType.Event or SocketIoPacketType.BinaryEvent:
                await HandleEventAsync(session, packet, cancellationToken).ConfigureAwait(false);
                return !PatternInterest.IsReservedEvent(packet.EventName!);
            case SocketIoPacketType.Ack or SocketIoPacketType.BinaryAck:
                _info?.Acked(packet.AckId!.Value);
                return true;
            case SocketIoPacketType.Disconnect:
                EndSession();
                return true;
            default:
                return false;
        }
    }

    private async ValueTask<bool> ConnectAsync(CancellationToken cancellationToken)
    {
        var id = ConatBroker.NewSocketId();
        Send(new SocketIoPacket(SocketIoPacketType.Connect, new WireObject { ["sid"] = id }.Build()));
        var result = await _broker.AuthenticateAsync(_peer.Cookies, cancellationToken).ConfigureAwait(false);
        if (result.User is { } user)
        {
            var session = new BrokerSession(_broker, id, user, _peer.Address, this);
            if (_broker.TryAdd(session) is not { } error)
            {
                Volatile.Write(ref _session, session);
                if (_isClosing)
                {
                    session.Close();
                }

                _info = new InfoSender(_info?.NextAckId ?? 0, _broker.Time, ackId => SendEvent("info", Info(user.Value), ackId));
                return true;
            }

            result = AuthenticationResult.Refused(error.Text, error.Code);
        }

        _broker.LogRefused(_peer.Address, result.Error);
        SendEvent("info", Info(SocketIoText.Error("Error: " + result.Error, result.Code)));
        await Task.Delay(_broker.Options.RefusalDelay, _broker.Time, cancellationToken).ConfigureAwait(false);
        _output.Add(new OutgoingPacket(SocketIoText.Disconnect));
        return false;
    }

    private WireValue.Members Info(WireValue user) =>
        new WireObject { ["max_payload"] = _broker.Options.MaxPayloadBytes, ["id"] = _broker.Options.Id, ["user"] = user }.Build();

    private void EndSession()
    {
        _session!.Close();
        _info?.Dispose();
        Volatile.Write(ref _session, null);
    }

    private async ValueTask HandleEventAsync(BrokerSession session, SocketIoPacket packet, CancellationToken cancellationToken)
    {
        var argument = packet.Arguments is [var first, ..] ? first : null;
        switch (packet.EventName)
        {
            case "subscribe":
                await SubscribeAsync(session, argument, packet.AckId, cancellationToken).ConfigureAwait(false);
                break;
            case "unsubscribe":
                Ack(packet.AckId, argument is WireValue.Items items
                    ? new WireValue.Items([.. items.Values.Select(item => Unsubscribe(session, item))])
                    : Unsubscribe(session, argument));
                break;
            case "subscriptions":
                Ack(packet.AckId, new WireValue.Items([.. session.Subscriptions.Select(subject => (WireValue)subject)]));
                break;
            case "wait-for-interest":
                await WaitForInterestAsync(session, argument, packet.AckId, cancellationToken).ConfigureAwait(false);
                break;
            case "stats":
                CountReceived(session, argument, packet.AckId);
                break;
            case "cluster":
                Ack(packet.AckId, new WireValue.Items([_peer.ServerAddress]));
                break;
        }
    }

    /// <summary>Acks before those are told who wait for what was subscribed to: the subscriber shall know first.</summary>
    private async ValueTask SubscribeAsync(BrokerSession session, WireValue? argument, long? ackId, CancellationToken cancellationToken)
    {
        var newPatterns = new List<string>();
        if (argument is WireValue.Items items)
        {
            var answers = ImmutableArray.CreateBuilder<WireValue>(items.Values.Length);
            foreach (var item in items.Values)
            {
                answers.Add(await SubscribeAsync(session, item, newPatterns, cancellationToken).ConfigureAwait(false));
            }

            Ack(ackId, new WireValue.Items(answers.MoveToImmutable()));
        }
        else
        {
            Ack(ackId, await SubscribeAsync(session, argument, newPatterns, cancellationToken).ConfigureAwait(false));
        }

        newPatterns.ForEach(_broker.Waiters.Notify);
    }

    private async ValueTask<WireValue> SubscribeAsync(BrokerSession session, WireValue? item, List<string> newPatterns, CancellationToken cancellationToken)
    {
        if (item is not WireValue.Members subscription)
        {
            return Error(BrokerError.InvalidArguments);
        }

        var subject = subscription["subject"].AsText();
        var outcome = await session.SubscribeAsync(subject, subscription["queue"].AsText(), cancellationToken).ConfigureAwait(false);
        if (outcome.Error is { } error)
        {
            SendDenial(error, subject ?? "", "sub");
            return Error(error);
        }

        if (outcome.IsNewPattern)
        {
            newPatterns.Add(subject!);
        }

        return new WireObject { ["status"] = outcome.IsAlreadyAdded ? "already-added" : "added" }.Build();
    }

    private static WireValue Unsubscribe(BrokerSession session, WireValue? item)
    {
        if (item is not WireValue.Members subscription || subscription["subject"] is not WireValue.Text subject)
        {
            return Error(BrokerError.InvalidArguments);
        }

        session.Unsubscribe(subject.Value);
        return WireValue.Null;
    }

    private async ValueTask WaitForInterestAsync(BrokerSession session, WireValue? argument, long? ackId, CancellationToken cancellationToken)
    {
        if (argument is not WireValue.Members wait || wait["timeout"] is not (WireValue.Nothing or WireValue.Number))
        {
            Ack(ackId, Error(BrokerError.InvalidArguments));
            return;
        }

        var timeout = wait["timeout"] is WireValue.Number number ? TimeSpan.FromMilliseconds(Math.Clamp(number.Value, 0, DefaultWait.TotalMilliseconds)) : DefaultWait;
        await session.WaitForInterestAsync(wait["subject"].AsText(), timeout, Answer, cancellationToken).ConfigureAwait(false);

        // Of these errors only that of the timeout begins with "Error: ".
        void Answer(InterestOutcome outcome) => Ack(ackId, outcome.Error switch
        {
            null => outcome.HasInterest,
            { } error when error == BrokerError.Timeout => Error(error),
            { } error => SocketIoText.Error(error.Text, error.Code),
        });
    }

    private void CountReceived(BrokerSession session, WireValue? argument, long? ackId)
    {
        if (argument is WireValue.Members stats && stats["recv0"] is WireValue.Members received
            && received["messages"] is WireValue.Number messages && received["bytes"] is WireValue.Number bytes)
        {
            session.Counters.Received((long)messages.Value, (long)bytes.Value);
        }
        else
        {
            Ack(ackId, Error(BrokerError.InvalidArguments));
        }
    }

    /// <summary>The hot path: nothing but the subject is looked at, and nothing is allocated.</summary>
    private async ValueTask<bool> PublishAsync(PublishFrame frame, AttachmentSet attachments, CancellationToken cancellationToken)
    {
        var session = _session!;
        if (!frame.HasList)
        {
            Ack(frame.AckId, Error(BrokerError.InvalidArguments));
            return true;
        }

        var subject = ArrayPool<char>.Shared.Rent(_broker.Options.MaxSubjectLength);
        try
        {
            await PublishAsync(session, frame, attachments, subject, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            ArrayPool<char>.Shared.Return(subject);
        }

        return true;
    }

    private async ValueTask PublishAsync(BrokerSession session, PublishFrame frame, AttachmentSet attachments, char[] subject, CancellationToken cancellationToken)
    {
        var length = 0;
        if (frame.Subject.IsEmpty || !JsonSubject.TryRead(frame.Subject.Span, subject.AsSpan(0, _broker.Options.MaxSubjectLength), out length))
        {
            Ack(frame.AckId, Error(BrokerError.InvalidSubject));
            return;
        }

        var chunkedId = frame.ChunkedId.IsEmpty ? "" : System.Text.Encoding.UTF8.GetString(frame.ChunkedId.Span);
        _message.Begin(subject.AsMemory(0, length), frame.Subject, frame.Data, attachments, chunkedId, frame.IsDone);
        var outcome = await session.PublishAsync(_message, cancellationToken).ConfigureAwait(false);
        _message.End();
        if (outcome.Error is { } error)
        {
            SendDenial(error, new string(subject, 0, length), "pub");
            Ack(frame.AckId, Error(error));
        }
        else if (frame.AckId is { } ackId)
        {
            if (outcome.Room is null)
            {
                SendText(SocketIoText.Count(ackId, outcome.Count, _broker.Buffers));
            }
            else
            {
                // Owned by the receivers, whose rooms all end, and never fail.
                _ = AckWhenRoomAsync(ackId, outcome.Count, outcome.Room);
            }
        }
    }

    private async Task AckWhenRoomAsync(long ackId, int count, Task room)
    {
        await room.ConfigureAwait(false);
        SendText(SocketIoText.Count(ackId, count, _broker.Buffers));
    }

    private void SendDenial(BrokerError error, string subject, string type)
    {
        if (error.Code == BrokerError.Denied)
        {
            SendEvent("permission", new WireObject { ["message"] = error.Text, ["subject"] = subject, ["type"] = type }.Build());
        }
    }

    private void Ack(long? ackId, WireValue value)
    {
        if (ackId is { } id)
        {
            Send(SocketIoPacket.Ack(id, value));
        }
    }

    private static WireValue Error(BrokerError error) => SocketIoText.Error("Error: " + error.Text, error.Code);
}
