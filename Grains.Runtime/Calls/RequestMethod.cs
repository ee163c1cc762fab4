using System.Reflection;

namespace ProjectSilo.Grains.Runtime.Calls;

/// <summary>A method with one response, as opposed to a sequence.</summary>
internal abstract class RequestMethod(MethodInfo info) : GrainMethod(info)
{
    /// <summary>The grain's side: calls the method of <paramref name="grain"/> and gives its task, a <see cref="Task{TResult}"/> if it has a result.</summary>
    public abstract Task Execute(object grain, object?[] arguments);
}
