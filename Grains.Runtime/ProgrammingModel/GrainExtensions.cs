using Orleans.Runtime;
using ProjectSilo.Grains.Runtime.Calls;

namespace Orleans;

/// <summary>The identity of grains and of references to them.</summary>
public static class GrainExtensions
{
    /// <summary>The identity of a grain or of the grain that a reference stands for.</summary>
    /// <exception cref="ArgumentException"><paramref name="grain"/> is neither.</exception>
    public static GrainId GetGrainId(this IAddressable grain) => grain switch
    {
        GrainReference reference => reference.GrainId,
        IGrainBase { GrainContext: { } context } => context.GrainId,
        null => throw new ArgumentNullException(nameof(grain)),
        _ => throw new ArgumentException($"{grain.GetType()} is neither a grain nor a reference to one.", nameof(grain)),
    };

    /// <summary>The key, e.g. <c>0/home/user/a.txt</c>.</summary>
    public static string GetPrimaryKeyString(this IAddressable grain) => grain.GetGrainId().Key.ToString();

    /// <summary>A reference to <paramref name="grain"/>, for instance to hand a grain's own identity to another grain.</summary>
    public static TGrainInterface AsReference<TGrainInterface>(this IAddressable grain)
        where TGrainInterface : IGrain => grain switch
        {
            TGrainInterface reference and not IGrainBase => reference,
            GrainReference reference => reference.Cast<TGrainInterface>(),
            Grain instance => GrainBaseExtensions.Activation(instance).Reference<TGrainInterface>(),
            _ => throw new ArgumentException($"{grain?.GetType()} is neither a grain nor a reference to one.", nameof(grain)),
        };
}
