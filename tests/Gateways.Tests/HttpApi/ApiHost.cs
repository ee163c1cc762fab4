using System.Collections.Immutable;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Hosting;
using ProjectSilo.Gateways.Api;
using ProjectSilo.Gateways.HttpApi;
using ProjectSilo.Grains;
using ProjectSilo.Grains.Project;
using ProjectSilo.Tests;

namespace ProjectSilo.Gateways.Tests.HttpApi;

/// <summary>The HTTP API on a random port, over the files of a folder.</summary>
internal sealed class ApiHost : IAsyncDisposable
{
    public const string Token = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG=";

    private readonly TemporaryFolder _folder = new();
    private WebApplication? _app;

    public string Home => _folder.Path;

    public Action<HttpApiOptions> Options { get; init; } = options => options.RequestsPerWindow = 100_000;

    public TimeProvider Time { get; init; } = TimeProvider.System;

    public int Port { get; private set; }

    public HttpClient Client { get; } = new();

    public async Task<ApiHost> Start()
    {
        await File.WriteAllTextAsync(_folder.File("a.txt"), "bar");
        await File.WriteAllTextAsync(_folder.File("b.txt"), "héllo\n");
        Directory.CreateDirectory(_folder.File("dir1"));
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        var options = new HttpApiOptions();
        Options(options);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.KeepAliveTimeout = options.KeepAliveTimeout;
            kestrel.AddServerHeader = false;
            kestrel.Listen(IPAddress.Loopback, 0);
        });
        builder.Services.AddSingleton(new SecretToken(Token));
        builder.Services.AddSingleton(new ApiIdentity(ProjectHost.ProjectId, 0, ProjectHost.Version));
        builder.Services.AddSingleton(new ProjectSettings
        {
            ProjectId = ProjectHost.ProjectId,
            Home = Home,
            Environment = ImmutableDictionary<string, string>.Empty.Add("HOME", Home),
        });
        builder.UseOrleans(silo => silo.AddGrainClasses(GrainServices.GrainClasses));
        builder.Services.AddGrainServices();
        builder.Services.AddSingleton(Time);
        builder.Services.AddHttpApi().Configure(Options);
        _app = builder.Build();
        _app.RunHttpApi();
        await _app.StartAsync();
        var address = _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        Port = new Uri(address).Port;
        Client.BaseAddress = new Uri($"http://127.0.0.1:{Port}");
        Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token);
        return this;
    }

    public string PathOf(string name) => _folder.File(name);

    public async Task<ApiReply> Send(HttpMethod method, string target, HttpContent? content = null, Action<HttpRequestHeaders>? headers = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(target, UriKind.Relative)) { Content = content };
        headers?.Invoke(request.Headers);
        using var response = await Client.SendAsync(request).Within();
        return new ApiReply(
            (int)response.StatusCode,
            await response.Content.ReadAsStringAsync(),
            response.Headers.Concat(response.Content.Headers).ToDictionary(header => header.Key, header => string.Join(", ", header.Value), StringComparer.OrdinalIgnoreCase));
    }

    public Task<ApiReply> Get(string target) => Send(HttpMethod.Get, target);

    public Task<ApiReply> PostJson(string endpoint, string json) =>
        Send(HttpMethod.Post, "/api/v1/" + endpoint, new StringContent(json, Encoding.UTF8, "application/json"));

    public Task<ApiReply> PostForm(string endpoint, string form) =>
        Send(HttpMethod.Post, "/api/v1/" + endpoint, new StringContent(form, Encoding.UTF8, "application/x-www-form-urlencoded"));

    public async Task<Socket> Connect()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, Port);
        return socket;
    }

    /// <summary>Sends bytes as they are and gives all that comes until the server closes.</summary>
    public async Task<string> Raw(string text)
    {
        using var socket = await Connect();
        await socket.SendAsync(Encoding.UTF8.GetBytes(text));
        return await ReadToEnd(socket);
    }

    public static async Task<string> ReadToEnd(Socket socket)
    {
        using var all = new MemoryStream();
        var buffer = new byte[16 * 1024];
        while (await socket.ReceiveAsync(buffer).Within() is > 0 and var count)
        {
            all.Write(buffer, 0, count);
        }

        return Encoding.UTF8.GetString(all.GetBuffer(), 0, (int)all.Length);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app!.StopAsync();
        await _app.DisposeAsync();
        _folder.Dispose();
    }
}
