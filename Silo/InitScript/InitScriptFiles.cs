namespace ProjectSilo.Silo.InitScript;

/// <summary>The script of <c>--init</c> and the two files its output goes to (spec 01 §9).</summary>
/// <param name="Script">E.g. <c>/home/user/project_init.sh</c>.</param>
/// <param name="Output">The same with extension <c>log</c>.</param>
/// <param name="Errors">The same with extension <c>err</c>.</param>
internal sealed record InitScriptFiles(string Script, string Output, string Errors)
{
    /// <param name="given">The option's value: always taken to be below <paramref name="home"/>.</param>
    public static InitScriptFiles For(string home, string given)
    {
        var script = Path.Join(home, given);
        // A dot in front hides a file; it doesn't start an extension.
        var stem = Path.GetFileName(script).LastIndexOf('.') > 0 ? script[..script.LastIndexOf('.')] : script;
        return new InitScriptFiles(script, stem + ".log", stem + ".err");
    }
}
