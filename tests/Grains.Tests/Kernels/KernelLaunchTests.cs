using System.Collections.Immutable;
using ProjectSilo.Grains.Interfaces.Kernels;
using ProjectSilo.Grains.Kernels.Launch;
using ProjectSilo.Grains.Project;

namespace ProjectSilo.Grains.Tests.Kernels;

/// <summary>What is started for a kernel (spec 10 §2).</summary>
public sealed class KernelLaunchTests
{
    private static readonly KernelSpec Spec = new()
    {
        Name = "k",
        Json = default,
        DisplayName = "K",
        Language = "python",
        InterruptMode = "signal",
        Environment = ImmutableSortedDictionary<string, string>.Empty.Add("A", "spec").Add("B", "spec").Add("COCALC_JUPYTER_KERNELNAME", "other"),
        ResourceDirectory = "/k dir",
        Arguments = ["prog", "{connection_file}{connection_file}", "--x={connection_file}", "{resource_dir}/y", "it's"],
    };

    private static KeyValuePair<string, string> Marker => new("M", "1");

    private static KernelLaunch Launch(KernelSpec spec, KernelOptions options, params (string Name, string Value)[] environment) => new(
        new ProjectSettings
        {
            ProjectId = "812abe34-a382-4bd1-9071-29b6f4334f03",
            Home = "/home/user",
            Environment = environment.ToImmutableDictionary(variable => variable.Name, variable => variable.Value),
        },
        spec,
        options);

    [Fact]
    public void Arguments_AreExpanded_TheFirstOfEach()
    {
        var start = Launch(Spec, new KernelOptions { Kernel = "k", Path = "x/a.ipynb" }).Process("/c.json", null, Marker);
        Assert.Equal("prog", start.Program);
        Assert.Equal(["/c.json{connection_file}", "--x=/c.json", "/k dir/y", "it's"], start.Arguments.AsEnumerable());
        Assert.Equal("/home/user/x", start.WorkingDirectory);
        Assert.True(start.NewSession);
    }

    [Fact]
    public void Environment_IsInTheOrderOfTheSpecification()
    {
        var options = new KernelOptions { Kernel = "k", Path = "/abs/a.ipynb", Environment = ImmutableSortedDictionary<string, string>.Empty.Add("B", "options") };
        var start = Launch(Spec, options, ("A", "daemon"), ("B", "daemon"), ("C", "daemon"), ("DEBUG", "x"), ("NODE_ENV", "x"), ("DEBUG_CONSOLE", "x"), ("DEBUG_FILE", "x")).Process("/c", null, Marker);
        Assert.Equal(
            ["A=spec", "B=options", "C=daemon", "COCALC_JUPYTER_FILENAME=/abs/a.ipynb", "COCALC_JUPYTER_KERNELNAME=k", "M=1", "PLOTLY_RENDERER=colab"],
            start.Environment.Select(variable => $"{variable.Key}={variable.Value}").Order(StringComparer.Ordinal));
        Assert.Equal("/abs", start.WorkingDirectory);
    }

    [Fact]
    public void Sage_HasItsFoldersInHome()
    {
        var start = Launch(Spec with { Arguments = ["sage-10.0", "-python"] }, new KernelOptions { Kernel = "k", Path = "a.ipynb" }).Process("/c", null, Marker);
        Assert.Equal("/home/user/.local", start.Environment["PYTHONUSERBASE"]);
        Assert.Equal("/home/user/.sage/.python-eggs", start.Environment["PYTHON_EGG_CACHE"]);
        Assert.Equal("/home/user/.sage/R/Makevars.user", start.Environment["R_MAKEVARS_USER"]);
        Assert.Equal("/home/user", start.WorkingDirectory);
    }

    [Fact]
    public void Limits_AreSetByAScript_ThatBecomesTheKernel()
    {
        var launch = Launch(Spec, new KernelOptions { Kernel = "k", Path = "a.ipynb", ResourceLimits = "-n 1000 -t 30" });
        var start = launch.Process("/c", "/tmp/cocalc-x/a.sh", Marker);
        Assert.Equal("bash", start.Program);
        Assert.Equal(["/tmp/cocalc-x/a.sh"], start.Arguments.AsEnumerable());
        Assert.Equal("ulimit -n 1000 -t 30\n\nexec prog '/c{connection_file}' '--x=/c' '/k dir/y' 'it'\\''s'\n", launch.Script("/c"));
        Assert.Null(Launch(Spec, new KernelOptions { Kernel = "k", Path = "a.ipynb" }).Script("/c"));
    }

    [Fact]
    public void RuntimeFolder_IsJupyters()
    {
        var options = new KernelOptions { Kernel = "k", Path = "a.ipynb" };
        Assert.Equal("/home/user/.local/share/jupyter/runtime", Launch(Spec, options, ("JUPYTER_RUNTIME_DIR", "")).RuntimeFolder);
        Assert.Equal("/run/user/1/jupyter", Launch(Spec, options, ("XDG_RUNTIME_DIR", "/run/user/1")).RuntimeFolder);
        Assert.Equal("/r", Launch(Spec, options, ("XDG_RUNTIME_DIR", "/run/user/1"), ("JUPYTER_RUNTIME_DIR", "/r")).RuntimeFolder);
    }

    [Fact]
    public void Errors_AreCutToTheirEnd()
    {
        var tail = new TextTail(4_000);
        tail.Append(new string('a', 4_999));
        tail.Append("b");
        Assert.Equal(5_000, tail.ToString().Length);
        tail.Append("c");
        Assert.Equal(4_000, tail.ToString().Length);
        Assert.EndsWith("abc", tail.ToString(), StringComparison.Ordinal);
    }
}
