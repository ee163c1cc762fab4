using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.ExceptionServices;

namespace ProjectSilo.Tests;

/// <summary>
/// Mutates valid inputs and gives them to a check that must not throw. Deterministic: input <c>n</c> of a run depends on the seed and <c>n</c> alone, so that a
/// failure, which tells both, can be repeated.
/// </summary>
internal sealed class MutationFuzzer(IReadOnlyList<byte[]> corpus, ulong seed)
{
    /// <summary>No input is longer.</summary>
    public const int MaxBytes = 4096;

    private const long InputsPerRun = 20_000;

    private static readonly ulong[] InterestingIntegers =
    [
        0, 1, 2, 4, 5, 36, 37, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff,
    ];

    private static readonly byte[] InterestingBytes =
        [.. "{}[]\",:\\u0eE+-.'\n "u8, 0x00, 0x1f, 0x7f, 0x80, 0xbf, 0xc0, 0xe2, 0xed, 0xf0, 0xfe, 0xff];

    /// <summary>How many inputs to make: <c>PROJECTSILO_FUZZ_INPUTS</c>, else <paramref name="usual"/>, which takes a second or two.</summary>
    public static long Inputs(long usual) =>
        long.TryParse(Environment.GetEnvironmentVariable("PROJECTSILO_FUZZ_INPUTS"), NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            ? count
            : usual;

    /// <summary>Checks <paramref name="inputs"/> inputs on all processors. An input is valid during its check only.</summary>
    public void Run(long inputs, Action<ReadOnlyMemory<byte>> check)
    {
        var runs = (inputs + InputsPerRun - 1) / InputsPerRun;
        try
        {
            Parallel.For(0, runs, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, run =>
            {
                var buffer = new byte[MaxBytes];
                for (var n = run * InputsPerRun; n < Math.Min((run + 1) * InputsPerRun, inputs); n++)
                {
                    var length = Make(n, buffer);
                    Check(n, buffer.AsMemory(0, length), check);
                }
            });
        }
        catch (AggregateException failures)
        {
            ExceptionDispatchInfo.Throw(failures.InnerExceptions[0]);
        }
    }

    /// <summary>Makes input <paramref name="n"/>; the result is its length in <paramref name="buffer"/>, which has <see cref="MaxBytes"/>.</summary>
    public int Make(long n, Span<byte> buffer)
    {
        var random = new Xorshift(seed + (ulong)n);
        var first = corpus[random.Below(corpus.Count)];
        var length = Math.Min(first.Length, buffer.Length);
        first.AsSpan(0, length).CopyTo(buffer);
        for (var mutations = 1 + random.Below(4); mutations > 0; mutations--)
        {
            length = Mutate(buffer, length, ref random);
        }

        return length;
    }

    private void Check(long n, ReadOnlyMemory<byte> input, Action<ReadOnlyMemory<byte>> check)
    {
        try
        {
            check(input);
        }
        catch (Exception exception)
        {
            throw new InvalidOperationException($"Seed {seed}, input {n}: {Convert.ToHexStringLower(input.Span)}", exception);
        }
    }

    private int Mutate(Span<byte> buffer, int length, ref Xorshift random)
    {
        if (length == 0)
        {
            return Splice(buffer, 0, ref random);
        }

        var at = random.Below(length);
        switch (random.Below(8))
        {
            case 0:
                buffer[at] ^= (byte)(1 << random.Below(8));
                return length;
            case 1:
                buffer[at] = (byte)random.Next();
                return length;
            case 2:
                buffer[at] = InterestingBytes[random.Below(InterestingBytes.Length)];
                return length;
            case 3:
                return at;
            case 4:
                return Remove(buffer[..length], at, random.Below(16) + 1);
            case 5:
                return Duplicate(buffer, length, at, random.Below(64) + 1);
            case 6:
                WriteInteger(buffer[at..length], ref random);
                return length;
            default:
                return Splice(buffer, at, ref random);
        }
    }

    private static int Remove(Span<byte> input, int at, int count)
    {
        count = Math.Min(count, input.Length - at);
        input[(at + count)..].CopyTo(input[at..]);
        return input.Length - count;
    }

    private static int Duplicate(Span<byte> buffer, int length, int at, int count)
    {
        count = Math.Min(Math.Min(count, length - at), buffer.Length - length);
        buffer[at..length].CopyTo(buffer[(at + count)..]);
        return length + count;
    }

    private static void WriteInteger(Span<byte> place, ref Xorshift random)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, (uint)InterestingIntegers[random.Below(InterestingIntegers.Length)]);
        bytes[..Math.Min(4, place.Length)].CopyTo(place);
    }

    /// <summary>Goes on with the end of another input.</summary>
    private int Splice(Span<byte> buffer, int at, ref Xorshift random)
    {
        var other = corpus[random.Below(corpus.Count)];
        var tail = other.AsSpan(random.Below(other.Length + 1));
        tail = tail[..Math.Min(tail.Length, buffer.Length - at)];
        tail.CopyTo(buffer[at..]);
        return at + tail.Length;
    }

    /// <summary>Small and fast; good enough to spread mutations.</summary>
    private struct Xorshift(ulong seed)
    {
        // Neighbouring seeds must give unlike sequences, and the state must not be 0.
        private ulong _state = ((seed + 1) * 0x9E3779B97F4A7C15) ^ 0xD1B54A32D192ED03;

        public ulong Next()
        {
            _state ^= _state << 13;
            _state ^= _state >> 7;
            _state ^= _state << 17;
            return _state * 0x2545F4914F6CDD1D >> 11;
        }

        public int Below(int limit) => (int)(Next() % (uint)limit);
    }
}
