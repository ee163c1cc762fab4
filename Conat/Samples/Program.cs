using ProjectSilo.Conat;
using ProjectSilo.Conat.Samples;
using ProjectSilo.Conat.Transports.SocketIo;

// dotnet run --project Conat/Samples -- http://localhost:5000 'hub_password=…' _INBOX.hub-hub
// A project id as fourth argument, where there is a persist server, also shows its streams.
if (args is not [var address, .. var rest])
{
    Console.Error.WriteLine("usage: <address of a broker> [cookie] [inbox prefix] [project id]");
    return 2;
}

var transport = new SocketIoTransport(new SocketIoOptions
{
    Address = new Uri(address),
    Cookie = rest.Length > 0 ? () => new(rest[0]) : null,
});
var options = new ConatClientOptions { InboxPrefix = rest.Length > 1 ? rest[1] : "_INBOX" };
await using var server = new ConatClient(transport, options);
await using var client = new ConatClient(transport, options);
await Task.WhenAll(server.ConnectAsync(), client.ConnectAsync());
await ServiceSample.RunAsync(server, client, Console.Out);
await SocketSample.RunAsync(server, client, Console.Out);
if (rest.Length > 2)
{
    await StoreSample.RunAsync(server, client, rest[2], Console.Out);
}

return 0;
