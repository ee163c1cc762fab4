namespace ProjectSilo.Grains.Tests.Commands;

/// <summary>A fact about what only root may do.</summary>
public sealed class RootFactAttribute : FactAttribute
{
    public RootFactAttribute()
    {
        if (!Environment.IsPrivilegedProcess)
        {
            Skip = "Only root may change to another user.";
        }
    }
}
