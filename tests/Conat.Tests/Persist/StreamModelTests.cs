using FsCheck;
using FsCheck.Fluent;
using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Persist;
using ProjectSilo.Conat.Server.Persist.Engine;
using ProjectSilo.Conat.Server.Persist.Storage;
using ProjectSilo.Conat.Values;
using ProjectSilo.Tests;

namespace ProjectSilo.Conat.Tests.Persist;

/// <summary>Both stores against <see cref="StreamModel"/>, by random operations.</summary>
public sealed class StreamModelTests
{
    private static readonly Gen<Operation> Operations = Gen.Frequency(
        (12, Gen.Choose(0, int.MaxValue).Select(number => new Operation("set", number))),
        (2, Gen.Choose(0, int.MaxValue).Select(number => new Operation("config", number))),
        (2, Gen.Choose(0, int.MaxValue).Select(number => new Operation("delete", number))),
        (2, Gen.Choose(0, int.MaxValue).Select(number => new Operation("wait", number))),
        (1, Gen.Choose(0, int.MaxValue).Select(number => new Operation("undo", number))),
        (1, Gen.Choose(0, int.MaxValue).Select(number => new Operation("reopen", number))));

    private sealed record Operation(string Name, int Seed);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Streams_AreWhatTheModelSays(bool isEphemeral) => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(isEphemeral ? 300 : 60),
        Prop.ForAll(Arb.From(Operations.ListOf(40)), operations => Run(operations, isEphemeral)));

    private static void Run(IEnumerable<Operation> operations, bool isEphemeral)
    {
        using var folder = new TemporaryFolder();
        var time = new FakeTimeProvider();
        using var subject = new Subject(isEphemeral, folder.File("s.db"), time);
        foreach (var (name, seed) in operations)
        {
            var random = new Random(seed);
            subject.Begin(name != "undo");
            switch (name)
            {
                case "set":
                    subject.Set(random);
                    break;
                case "config":
                    subject.Configure(random);
                    break;
                case "delete":
                    subject.Delete(random);
                    break;
                case "wait":
                    time.Advance(TimeSpan.FromMilliseconds(random.Next(3) switch { 0 => random.Next(50), 1 => random.Next(2_000), _ => random.Next(150_000) }));
                    break;
                case "undo" when !isEphemeral:
                    subject.Undo(random);
                    break;
            }

            subject.End();
            if (name == "reopen")
            {
                subject.Reopen();
            }

            subject.AssertSame();
        }
    }

    private sealed class Subject : IDisposable
    {
        private static readonly string?[] Keys = [null, null, "", "a", "b", "é😀"];
        private readonly StreamModel _model;
        private readonly StreamStore _store;
        private readonly StreamEngine _engine;
        private readonly FakeTimeProvider _time;

        public Subject(bool isEphemeral, string file, FakeTimeProvider time)
        {
            _model = new StreamModel(isEphemeral);
            _store = isEphemeral ? new MemoryStore() : new SqliteStore(file, isSync: false, new StreamCopies(null, null));
            _engine = new StreamEngine(_store, isEphemeral, time);
            _time = time;
        }

        private long Now => _time.GetUtcNow().ToUnixTimeMilliseconds();

        public void Begin(bool isWrite)
        {
            _store.Open();
            _store.Begin(isWrite);
        }

        public void Set(Random random)
        {
            var (message, body) = Message(random);
            var expected = _model.Set(Now, message.Key, body, message.Size, message.Ttl, message.PreviousSeq, message.MessageId);
            Assert.Equal(expected, Result(() => $"{_engine.Set(message).Seq}"));
        }

        public void Configure(Random random)
        {
            var change = new StreamConfigurationChange
            {
                MaxMsgs = Maybe(random, -1, 6),
                MaxAge = Maybe(random, 0, 3_000),
                MaxBytes = Maybe(random, -1, 3_000),
                MaxMsgSize = Maybe(random, -1, 2_500),
                MaxMsgsPerSecond = Maybe(random, -1, 5),
                MaxBytesPerSecond = Maybe(random, -1, 3_000),
                DiscardPolicy = random.Next(4) switch { 0 => DiscardPolicy.New, 1 => DiscardPolicy.Old, _ => null },
                AllowMsgTtl = random.Next(3) switch { 0 => true, 1 => false, _ => null },
            };
            _model.Configuration = _model.Configuration.With(change);
            _model.Enforce(Now, 0);
            _engine.Configure(change);
        }

        public void Delete(Random random)
        {
            var seq = random.Next(1, (int)_store.LastSeq + 3);
            var (expected, actual) = random.Next(4) switch
            {
                0 => (_model.Delete(_ => true), _engine.DeleteAll()),
                1 => (_model.Delete(row => row.Seq <= seq), _engine.DeleteUpTo(seq)),
                _ => (_model.Delete(row => row.Seq == seq), _engine.Delete(seq)),
            };
            Assert.Equal(expected, string.Join(',', actual));
        }

        /// <summary>What is rolled back has not happened.</summary>
        public void Undo(Random random)
        {
            _ = Result(() => $"{_engine.Set(Message(random).Message)}");
            _engine.DeleteUpTo(random.Next(5));
            _engine.Configure(new StreamConfigurationChange { MaxMsgs = 1 });
            _store.Rollback();
            _engine.Rollback();
            Begin(isWrite: true);
        }

        public void End()
        {
            _store.Commit();
            _engine.Commit();
        }

        public void Reopen()
        {
            _store.Release();
            _store.Open();
        }

        public void AssertSame()
        {
            var events = _engine.TakeEvents().Select(one => one is StreamEvent.Stored stored ? $"+{stored.Message.Seq}" : "-" + string.Join(',', ((StreamEvent.Deleted)one).Seqs));
            Assert.Equal(_model.Events, events);
            _model.Events.Clear();
            var rows = _store.Read(0, long.MaxValue, int.MaxValue, long.MaxValue);
            Assert.Equal(
                _model.Rows.Select(row => $"{row.Seq} {row.Time} {row.Key ?? "none"} {row.Body}"),
                rows.Select(row => $"{row.Seq} {row.Time} {row.Key ?? "none"} {Body(row)}"));
            Assert.Equal((_model.Rows.Count, _model.Rows.Sum(row => row.Size), _model.Rows is [.., var last] ? last.Seq : 0), (_store.Count, _store.Bytes, _store.LastSeq));
            Assert.Equal(_model.Configuration, _store.Configuration);
            var keys = _model.Rows.Where(row => row.Key is not null).Select(row => row.Key!).OrderBy(key => Convert.ToHexString(System.Text.Encoding.UTF8.GetBytes(key)), StringComparer.Ordinal);
            Assert.Equal(keys, _store.Keys());
            foreach (var row in _model.Rows)
            {
                Assert.Equal(row.Body, Body(_store.Find(row.Seq)!));
                Assert.True(row.Key is null || _store.Find(row.Key)?.Seq == row.Seq);
            }

            Assert.Null(_store.Find(long.MaxValue));
        }

        public void Dispose() => _store.Release();

        private static string Body(StoredMessage message) => $"{message.Encoding} {message.Headers?.ToString() ?? "none"} {Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(message.Raw.Span))}";

        private static string Result(Func<string> action)
        {
            try
            {
                return action();
            }
            catch (ConatException refusal)
            {
                return refusal.Code!;
            }
        }

        private static long? Maybe(Random random, int from, int to) => random.Next(3) switch { 0 => random.Next(from, to), 1 => from, _ => null };

        private (NewMessage Message, string Body) Message(Random random)
        {
            var raw = new byte[random.Next(4) switch { 0 => 1, 1 => random.Next(1, 2_000), _ => random.Next(1, 100) }];
            random.NextBytes(raw.AsSpan(0, raw.Length / 2));
            var headers = random.Next(3) == 0 ? new WireObject { ["h"] = random.Next(9), ["é"] = "😀" }.Build() : null;
            var key = Keys[random.Next(Keys.Length)];
            var previous = random.Next(4) == 0 ? (random.Next(2) == 0 && key is not null ? _store.SeqOf(key) ?? 0 : random.Next(20)) : (long?)null;
            var name = random.Next(3) == 0 ? $"m{random.Next(6)}" : null;
            var message = new NewMessage(key, random.Next(2), raw, headers, random.Next(3) == 0 ? random.Next(2_000) : null, previous, name);
            return (message, $"{message.Encoding} {message.HeadersJson ?? "none"} {Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(raw))}");
        }
    }
}
