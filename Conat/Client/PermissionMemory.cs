using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Transports;

namespace ProjectSilo.Conat;

/// <summary>What the broker has denied lately (spec 05 §8.5).</summary>
internal sealed class PermissionMemory(TimeSpan duration, int maxDenials, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(bool IsPublish, string Subject), (string Message, long Since)> _denials = [];

    public void Remember(ConatPermissionDenied denied)
    {
        lock (_gate)
        {
            if (_denials.Count >= maxDenials)
            {
                Purge();
            }

            if (_denials.Count < maxDenials)
            {
                _denials[(denied.IsPublish, denied.Subject)] = (denied.Message, time.GetTimestamp());
            }
        }
    }

    /// <exception cref="ConatException">It was denied lately: the broker's text, code 403.</exception>
    public void ThrowIfDenied(bool isPublish, string subject)
    {
        lock (_gate)
        {
            if (_denials.Count == 0 || !_denials.TryGetValue((isPublish, subject), out var denial))
            {
                return;
            }

            if (time.GetElapsedTime(denial.Since) < duration)
            {
                throw new ConatException(denial.Message, 403);
            }

            _denials.Remove((isPublish, subject));
        }
    }

    private void Purge()
    {
        foreach (var (key, denial) in _denials.ToList())
        {
            if (time.GetElapsedTime(denial.Since) >= duration)
            {
                _denials.Remove(key);
            }
        }
    }
}
