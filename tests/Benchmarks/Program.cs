using ProjectSilo.Benchmarks;
using ProjectSilo.Benchmarks.Client;
using ProjectSilo.Benchmarks.Servers;

return args switch
{
    [HelloServer.Name, var portFile] => await HelloServer.Run(portFile),
    [EchoServer.Name, var portFile] => await EchoServer.Run(portFile),
    [CopyServer.Name, var portFile] => await CopyServer.Run(portFile),
    [ReadFileServer.Name, var portFile] => await ReadFileServer.Run(portFile),
    [PacedPings.Name, var kind, var port, var seconds] => PacedPings.Run(kind, port, seconds),
    _ => await BenchmarkRun.Run(args),
};
