using Orleans.Hosting;

namespace ProjectSilo.Grains.Tests.Contracts;

/// <summary>The embedded host is told of each grain class.</summary>
public sealed class GrainClassesTests
{
    [Fact]
    public void GrainClasses_AreAllOfTheAssembly() => Assert.Equal(
        typeof(GrainServices).Assembly.GetTypes().Where(SiloBuilderExtensions.IsGrainClass).Order(TypeNames), GrainServices.GrainClasses.Order(TypeNames));

    private static Comparer<Type> TypeNames { get; } = Comparer<Type>.Create((left, right) => string.CompareOrdinal(left.FullName, right.FullName));
}
