using ProjectSilo.Conat.Values;

namespace ProjectSilo.Silo.ProjectEnvironment;

/// <summary>What <c>COCALC_PROJECT_CONFIG</c> says of the project's quota: base64 of <c>{"quota":{"member_host":false}}</c> (spec 01 §8).</summary>
internal static class ProjectQuota
{
    /// <summary>Whether <c>quota.member_host</c> is false. What can't be read says nothing.</summary>
    public static bool IsFree(string? config)
    {
        if (config is null)
        {
            return false;
        }

        var bytes = new byte[config.Length];
        return Convert.TryFromBase64String(config, bytes, out var length)
            && WireJson.TryParse(bytes.AsSpan(0, length), out var value)
            && value is WireValue.Members members
            && members["quota"] is WireValue.Members quota
            && quota["member_host"] is WireValue.Bool { Value: false };
    }
}
