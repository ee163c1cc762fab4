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
        // Spec 09 §6.4: what follows the last dot is the extension, also behind a dot in front; a dot at the end is no extension.
        var dot = Path.GetFileName(script).LastIndexOf('.');
        var hasExtension = dot >= 0 && script[^1] != '.';
        var stem = hasExtension ? script[..script.LastIndexOf('.')] : script;
        return new InitScriptFiles(script, stem + ".log", stem + ".err");
    }
}
