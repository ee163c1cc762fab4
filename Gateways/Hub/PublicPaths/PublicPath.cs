namespace ProjectSilo.Gateways.Hub.PublicPaths;

/// <summary>A path that the project shows to everybody: a row of the table <c>public_paths</c>.</summary>
/// <param name="Id">The row's key.</param>
/// <param name="Path">Relative to HOME.</param>
/// <param name="LastEdited">ms since 1970; 0 if the row doesn't say.</param>
internal sealed record PublicPath(string Id, string Path, double LastEdited);
