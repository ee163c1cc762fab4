using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Runtime;
using ProjectSilo.Grains.Runtime.Calls;

namespace ProjectSilo.Grains.Runtime.Activations;

/// <summary>
/// One grain in memory: its object, the turns of its code, the requests that run and wait, and its life from creation to end.
/// Requests are accepted in every phase but the last; they begin only while it is active.
/// </summary>
internal sealed partial class Activation : IGrainContext
{
    private readonly TurnScheduler _turns = new();
    private readonly GrainClass _class;

    // Protects every mutable field below and in the other parts of this class.
    private readonly Lock _gate = new();
    private AsyncServiceScope _scope;
    private Phase _phase;

    public Activation(EmbeddedSilo silo, GrainId grainId)
    {
        Silo = silo;
        GrainId = grainId;
        _class = silo.Catalog.ClassOf(grainId.Type);
        _lastActive = silo.TimeProvider.GetTimestamp();
    }

    private enum Phase
    {
        /// <summary>The grain is constructed and <c>OnActivateAsync</c> runs.</summary>
        Creating,

        /// <summary>Requests run.</summary>
        Active,

        /// <summary><c>OnDeactivateAsync</c> runs.</summary>
        Deactivating,

        /// <summary>Requests go to the next activation.</summary>
        Ended,
    }

    public EmbeddedSilo Silo { get; }

    public GrainId GrainId { get; }

    public object? GrainInstance { get; private set; }

    public IServiceProvider ActivationServices => _scope.ServiceProvider;

    public Task Deactivated => _deactivated.Task;

    /// <summary>Runs <paramref name="work"/> as turns of this activation, beside its requests.</summary>
    public Task RunAsync(Func<Task> work) => _turns.RunAsync(work);

    public TGrainInterface Reference<TGrainInterface>()
        where TGrainInterface : IGrain =>
        (TGrainInterface)GrainReference.Create(Silo, Silo.Catalog.Find(typeof(TGrainInterface)), GrainId.Key.ToString());
}
