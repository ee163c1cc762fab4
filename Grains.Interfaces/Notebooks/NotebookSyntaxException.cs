namespace ProjectSilo.Grains.Interfaces.Notebooks;

/// <summary>What should be a notebook is no JSON. Clients see JavaScript's name of that, without another prefix: <c>SyntaxError: a.ipynb is not valid JSON</c>.</summary>
public sealed class NotebookSyntaxException(string what) : Exception($"SyntaxError: {what} is not valid JSON");
