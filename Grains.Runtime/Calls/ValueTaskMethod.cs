using System.Reflection;
using Orleans.Runtime;

namespace ProjectSilo.Grains.Runtime.Calls;

/// <summary>A method that returns <see cref="ValueTask"/>.</summary>
internal sealed class ValueTaskMethod(MethodInfo info) : RequestMethod(info)
{
    public override object Call(EmbeddedSilo silo, GrainId target, object?[] arguments)
    {
        var call = new VoidCall(target, this, arguments);
        silo.Send(call, TokenIn(arguments));
        return new ValueTask(call.Response);
    }

    public override Task Execute(object grain, object?[] arguments) => ((ValueTask)InvokeOn(grain, arguments)).AsTask();
}
