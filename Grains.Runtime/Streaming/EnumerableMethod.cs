using System.Reflection;
using Orleans.Runtime;
using ProjectSilo.Grains.Runtime.Calls;

namespace ProjectSilo.Grains.Runtime.Streaming;

/// <summary>A method that returns <see cref="IAsyncEnumerable{TItem}"/>. Nothing is sent until the sequence is enumerated.</summary>
internal sealed class EnumerableMethod<T>(MethodInfo info) : GrainMethod(info)
{
    private const int DefaultBatchSize = 100;

    public override object Call(EmbeddedSilo silo, GrainId target, object?[] arguments) =>
        new GrainEnumerable<T>(silo, target, this, arguments, DefaultBatchSize);

    /// <summary>The token that the caller gave as argument.</summary>
    public CancellationToken TokenOf(object?[] arguments) => TokenIn(arguments);

    /// <summary>The grain's side: calls the method with <paramref name="token"/> in place of the caller's.</summary>
    public IAsyncEnumerable<T> Execute(object grain, object?[] arguments, CancellationToken token)
    {
        if (TokenIndex >= 0)
        {
            // A copy, as a sequence may be enumerated more than once.
            arguments = [.. arguments];
            arguments[TokenIndex] = token;
        }

        return (IAsyncEnumerable<T>)InvokeOn(grain, arguments);
    }
}
