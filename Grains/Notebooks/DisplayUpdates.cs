using ProjectSilo.Conat.Values;

namespace ProjectSilo.Grains.Notebooks;

/// <summary>Displays that code changes later: every output that has the display's id is replaced (spec 10 §8.1).</summary>
internal static class DisplayUpdates
{
    /// <summary>The id of the display that a message shows; null if it isn't one that can be changed.</summary>
    public static string? IdOf(WireValue.Members message) => message["transient"] is WireValue.Members transient ? transient["display_id"].AsText() : null;

    /// <summary>Replaces it in the <c>output</c> of a cell's record: <c>{"0":{"data":{"text/plain":"'one'"},"transient":{"display_id":"D"}}}</c></summary>
    /// <returns>The new output; null if it doesn't show the display.</returns>
    public static WireValue.Members? Replace(WireValue.Members output, string displayId, WireValue.Members content)
    {
        WireValue.Members? replaced = null;
        foreach (var (index, message) in output.Values)
        {
            if (message is WireValue.Members members && IdOf(members) == displayId)
            {
                replaced = (replaced ?? output).Set(index, content);
            }
        }

        return replaced;
    }
}
