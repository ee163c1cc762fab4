namespace ProjectSilo.Conat.Stores;

/// <summary>Events of stores.</summary>
internal static class StoreEvents
{
    /// <summary>Calls all handlers; what one throws is logged, and the others are called all the same.</summary>
    public static void Raise<T>(this ConatClient client, Action<T>? handlers, T argument)
    {
        if (handlers is null)
        {
            return;
        }

        foreach (var handler in Delegate.EnumerateInvocationList(handlers))
        {
            try
            {
                handler(argument);
            }
            catch (Exception exception)
            {
                // The edge of the store's loop: a handler is the application's.
                client.LogFailure("a handler of a store's event has failed", exception);
            }
        }
    }

    /// <inheritdoc cref="Raise{T}(ConatClient, Action{T}, T)"/>
    public static void Raise(this ConatClient client, Action? handlers)
    {
        if (handlers is not null)
        {
            client.Raise<object?>(_ => handlers(), null);
        }
    }
}
