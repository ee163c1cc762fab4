using System.Reflection;
using Orleans.Runtime;

namespace Orleans;

/// <summary>A call under way.</summary>
public interface IGrainCallContext
{
    /// <summary>The grain object that is called.</summary>
    object Grain { get; }

    /// <summary>The grain that is called.</summary>
    GrainId TargetId { get; }

    /// <summary>Full name of the grain interface.</summary>
    string InterfaceName { get; }

    /// <summary>Name of the method.</summary>
    string MethodName { get; }

    /// <summary>The method of the grain interface.</summary>
    MethodInfo InterfaceMethod { get; }

    /// <summary>The result, after <see cref="Invoke"/>; a filter may replace it by another of the same type.</summary>
    object? Result { get; set; }

    /// <summary>Runs the next filter or the grain's method. For a method that returns a sequence it ends with the enumeration.</summary>
    Task Invoke();
}
