namespace Orleans.Runtime;

/// <summary>Hands the activation to the constructor of its grain, which has no parameter for it.</summary>
internal static class RuntimeContext
{
    [ThreadStatic]
    private static IGrainContext? _current;

    /// <summary>The activation whose grain is being constructed on this thread.</summary>
    public static IGrainContext? Current
    {
        get => _current;
        set => _current = value;
    }
}
