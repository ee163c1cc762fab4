namespace Orleans;

/// <summary>Runs around every call that a grain gets, as part of the grain's turn.</summary>
public interface IIncomingGrainCallFilter
{
    /// <summary>Does its work before and after <c>context.Invoke()</c>. Not calling that answers the call without the grain.</summary>
    Task Invoke(IIncomingGrainCallContext context);
}
