namespace ProjectSilo.Tests;

/// <summary>A test that takes minutes: it runs only where <c>PROJECTSILO_LONG</c> is set, as <c>.ci/long</c> does; a number there is its minutes.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class LongFactAttribute : FactAttribute
{
    private const string Variable = "PROJECTSILO_LONG";
    private const double DefaultMinutes = 2;

    public LongFactAttribute() => Skip = Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } ? null! : $"takes minutes; set {Variable} to run it";

    public static TimeSpan Duration =>
        TimeSpan.FromMinutes(double.TryParse(Environment.GetEnvironmentVariable(Variable), out var minutes) && minutes > 0 ? minutes : DefaultMinutes);
}
