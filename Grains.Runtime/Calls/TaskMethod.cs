using System.Reflection;
using Orleans.Runtime;

namespace ProjectSilo.Grains.Runtime.Calls;

/// <summary>A method that returns <see cref="Task"/>.</summary>
internal sealed class TaskMethod(MethodInfo info) : RequestMethod(info)
{
    public override object Call(EmbeddedSilo silo, GrainId target, object?[] arguments)
    {
        var call = new VoidCall(target, this, arguments);
        silo.Send(call, TokenIn(arguments));
        return call.Response;
    }

    public override Task Execute(object grain, object?[] arguments) => (Task)InvokeOn(grain, arguments);
}
