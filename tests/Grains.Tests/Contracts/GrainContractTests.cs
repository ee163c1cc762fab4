using System.Collections.Immutable;
using System.Reflection;
using System.Text.Json;
using Orleans;

namespace ProjectSilo.Grains.Tests.Contracts;

/// <summary>What crosses grain calls is immutable and known to a serializer, on either host.</summary>
public sealed class GrainContractTests
{
    public interface IGood : IGrainWithStringKey
    {
        Task<Good> Method(Good argument, ImmutableArray<Good> more, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken);

        IAsyncEnumerable<Occurrence> Occurrences(int? from);

        ValueTask<IGood> Other(DayOfWeek day);
    }

    public interface IBad<T> : IGrainWithStringKey
    {
        Task Method(T argument);
    }

    public interface IBadResult : IGrainWithStringKey
    {
        string Method();
    }

    [Fact]
    public void GrainInterfaces_CarryOnlyImmutableRecords() => Assert.Empty(GrainContract.Check(Assembly.Load("ProjectSilo.Grains.Interfaces")));

    [Fact]
    public void Checker_AcceptsGoodInterface() => Assert.Empty(GrainContract.Check([typeof(IGood)]));

    [Fact]
    public void Checker_RejectsResultThatIsNoTask() => Assert.Contains("not a task", Assert.Single(GrainContract.Check([typeof(IBadResult)])), StringComparison.Ordinal);

    [Theory]
    [InlineData(typeof(object), "neither a record")]
    [InlineData(typeof(JsonElement), "neither a record")]
    [InlineData(typeof(Stream), "neither a record")]
    [InlineData(typeof(Exception), "neither a record")]
    [InlineData(typeof(byte[]), "neither a record")]
    [InlineData(typeof(List<string>), "neither a record")]
    [InlineData(typeof(ImmutableArray<object>), "neither a record")]
    [InlineData(typeof(IReadOnlyList<string>), "neither a record")]
    [InlineData(typeof(PlainClass), "neither a record")]
    [InlineData(typeof(OpenRecord), "neither sealed nor abstract")]
    [InlineData(typeof(WithoutAttributes), "lacks [GenerateSerializer]")]
    [InlineData(typeof(WithoutAttributes), "lacks [Immutable]")]
    [InlineData(typeof(WithoutAttributes), "lacks [Alias]")]
    [InlineData(typeof(WithoutAttributes), "Text lacks [Id]")]
    [InlineData(typeof(Changeable), "Text can be changed")]
    [InlineData(typeof(TwiceNumbered), "has an [Id] that another member has")]
    [InlineData(typeof(BadInside), "neither a record")]
    [InlineData(typeof(BadCase), "neither a record")]
    public void Checker_RejectsBadType(Type type, string because) =>
        Assert.Contains(GrainContract.Check([typeof(IBad<>).MakeGenericType(type)]), violation => violation.Contains(because, StringComparison.Ordinal));

    [GenerateSerializer, Immutable, Alias("good")]
    public sealed record Good([property: Id(0)] string Text, [property: Id(1)] ImmutableDictionary<string, Inner> Inner)
    {
        [Id(2)]
        public required Guid Key { get; init; }

        public int Length => Text.Length;
    }

    [GenerateSerializer, Immutable, Alias("inner")]
    public readonly record struct Inner([property: Id(0)] double Number);

    [GenerateSerializer, Immutable, Alias("event")]
    public abstract record Occurrence;

    [GenerateSerializer, Immutable, Alias("event-text")]
    public sealed record TextEvent([property: Id(0)] string Text) : Occurrence;

    public sealed class PlainClass;

    [GenerateSerializer, Immutable, Alias("open")]
    public record OpenRecord;

    public sealed record WithoutAttributes(string Text);

    [GenerateSerializer, Immutable, Alias("changeable")]
    public sealed record Changeable
    {
        [Id(0)]
        public string? Text { get; set; }
    }

    [GenerateSerializer, Immutable, Alias("twice")]
    public sealed record TwiceNumbered([property: Id(0)] string First, [property: Id(0)] string Second);

    [GenerateSerializer, Immutable, Alias("bad-inside")]
    public sealed record BadInside([property: Id(0)] object Inside);

    [GenerateSerializer, Immutable, Alias("bad-case")]
    public abstract record BadCase;

    [GenerateSerializer, Immutable, Alias("bad-case-stream")]
    public sealed record StreamCase([property: Id(0)] Stream Stream) : BadCase;
}
