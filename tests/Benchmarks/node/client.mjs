// The one client of all rows: socket.io-client, written from spec 05 and 06. Reads a command a line, as JSON, and answers each with a line of JSON.
import { createReadStream, statSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { createInterface } from "node:readline";
import { io } from "socket.io-client";
import { decode, encode } from "@msgpack/msgpack";
import WebSocket from "ws";

const ChunkBytes = 4 * 1024 * 1024;
const randomId = () => randomBytes(16).toString("base64").replace(/[^0-9a-zA-Z]/g, "").slice(0, 10).padEnd(10, "x");

function socketIo(url, path, headers) {
  const at = new URL(url);
  return io(at.origin, { path, transports: ["websocket"], extraHeaders: headers, reconnection: false });
}

class ConatClient {
  static async connect({ url, project, token }) {
    const client = new ConatClient();
    client.project = project;
    client.socket = socketIo(url, "/conat", { Cookie: `project_secret=${token}; project_id=${project}` });
    client.replies = new Map();
    client.parts = new Map();
    await new Promise((resolve, reject) => {
      client.socket.once("connect_error", reject);
      client.socket.on("info", (info, acknowledge) => {
        acknowledge?.();
        info.user?.error ? reject(new Error(info.user.error)) : resolve();
      });
    });
    client.inbox = `_INBOX.project-${project}.${randomId()}`;
    client.socket.on(`${client.inbox}.*`, ({ subject, data }) => client.take(subject, data));
    await client.emit("subscribe", { subject: `${client.inbox}.*`, queue: randomId() });
    return client;
  }

  async emit(event, argument) {
    const answer = await this.socket.timeout(60_000).emitWithAck(event, argument);
    if (answer?.error) throw new Error(answer.error);
    return answer;
  }

  // A large message comes in chunks: [id, seq, done, encoding, bytes, headers?].
  take(subject, data) {
    const [id, , done] = data;
    const parts = this.parts.get(id) ?? [];
    parts.push(data[4]);
    if (!done) return this.parts.set(id, parts);
    this.parts.delete(id);
    if (parts.length > 1) data[4] = Buffer.concat(parts);
    this.replies.get(subject)?.(data);
  }

  publish(subject, payload, headers) {
    return this.emit("publish", [subject, randomId(), 0, 1, 0, payload, ...(headers ? [headers] : [])]);
  }

  subject(service) {
    return `project.${this.project}.0.${service}.-`;
  }

  request(subject, payload, headers, isEncoded) {
    const reply = `${this.inbox}.${randomId()}`;
    return new Promise((resolve, reject) => {
      this.replies.set(reply, (data) => {
        this.replies.delete(reply);
        resolve(decode(data[4]));
      });
      this.publish(subject, isEncoded ? payload : encode(payload), { ...headers, "CN-Reply": reply }).then(({ count }) => {
        if (count === 0) reject(new Error(`no subscribers matching '${subject}'`));
      }, reject);
    });
  }

  // A stream (spec 07): the conat socket at its least, which answers pings and acknowledgements.
  async openStream({ path, ephemeral }) {
    const id = randomId();
    const scope = `persist.project-${this.project}`;
    const server = `${scope}.server.0.${id}`;
    const client = `${scope}.client.${id}`;
    this.socket.on(client, ({ data }) => {
      const reply = data[5]?.["CN-Reply"];
      if (reply) this.publish(reply, encode(decode(data[4])?.socket ?? null));
    });
    await this.emit("subscribe", { subject: client, queue: randomId() });
    await this.request(server, null, { "CN-SocketCmd": "connect", id });
    await this.publish(server, encode({ storage: { path: `projects/${this.project}/${path}`, ephemeral } }), { "CN-SocketSeq": 1 });
    await this.request(server, null, { cmd: "inventory" });
    return server;
  }

  // The bytes again and again, with as little beside as the bare client has: a payload is encoded once, ids are counted.
  set([name, bytes]) {
    this.payload ??= Buffer.from(encode(new Uint8Array(bytes)));
    const reply = `${this.inbox}.s${this.sets = (this.sets ?? 0) + 1}`;
    return new Promise((resolve, reject) => {
      this.replies.set(reply, (data) => {
        this.replies.delete(reply);
        decode(data[4])?.seq ? resolve() : reject(new Error(JSON.stringify(data[5])));
      });
      this.socket.emit("publish", [this.streams[name], `m${this.sets}`, 0, 1, 0, this.payload, { cmd: "set", "CN-Reply": reply }], ({ count }) => {
        if (count === 0) reject(new Error("no subscribers"));
      });
    });
  }

  async call([name, args]) {
    if (name === "set") return this.set(args);
    const result = await this.request(this.subject("api"), { name, args });
    if (result?.error) throw new Error(result.error);
    return result;
  }

  read(path) {
    const reply = `${this.inbox}.${randomId()}`;
    return new Promise((resolve, reject) => {
      let bytes = 0, last = 0;
      this.replies.set(reply, ([, , , , payload, headers]) => {
        if (headers?.error) return reject(new Error(headers.error));
        if (headers?.done) return resolve(bytes);
        if (headers.seq !== ++last) return reject(new Error("lost data"));
        bytes += decode(payload).length;
      });
      this.publish(this.subject("files:read"), encode({ path }), { "CN-Reply": reply }).catch(reject);
    });
  }

  async write(source, path) {
    const name = randomId();
    const subject = this.subject(`files:read${name}`);
    this.socket.on(subject, async ({ data }) => {
      const reply = data[5]["CN-Reply"];
      let seq = 0;
      for await (const chunk of createReadStream(source, { highWaterMark: ChunkBytes })) {
        await this.publish(reply, encode(chunk), { seq: ++seq });
      }
      await this.publish(reply, encode(null), { done: true });
    });
    await this.emit("subscribe", { subject, queue: "0" });
    const result = await this.request(this.subject("files:write"), { name, path, maxWait: 600_000 });
    this.socket.off(subject);
    await this.emit("unsubscribe", { subject });
    if (result.error) throw new Error(result.error);
    return result.bytes;
  }
}

class BareClient {
  static async connect({ url }) {
    const client = new BareClient();
    client.socket = socketIo(url, "/conat");
    await new Promise((resolve) => client.socket.once("connect", resolve));
    return client;
  }

  async call([name, args]) {
    if (name === "set") {
      this.payload ??= Buffer.from(encode(new Uint8Array(args[1])));
      return this.socket.emitWithAck("call", this.payload);
    }
    return decode(await this.socket.emitWithAck("call", encode({ name, args })));
  }

  // One file over one WebSocket, in messages of the same size; the path is the request.
  read({ url, path }) {
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(`${url}/read?path=${encodeURIComponent(path)}`, { perMessageDeflate: false, maxPayload: 2 ** 30 });
      let bytes = 0;
      socket.on("message", (data) => (bytes += data.length));
      socket.on("close", () => resolve(bytes));
      socket.on("error", reject);
    });
  }

  write({ url, path }, source) {
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(`${url}/write?path=${encodeURIComponent(path)}`, { perMessageDeflate: false });
      socket.on("open", async () => {
        for await (const chunk of createReadStream(source, { highWaterMark: ChunkBytes })) {
          await new Promise((sent) => socket.send(chunk, sent));
        }
        socket.send("done");
      });
      socket.on("message", () => {
        socket.close();
        resolve(statSync(source).size);
      });
      socket.on("error", reject);
    });
  }
}

// What the daemon asks prettier, in this process.
class PrettierClient {
  static async connect() {
    const client = new PrettierClient();
    client.prettier = await import("prettier");
    return client;
  }

  async call([, [{ str, options }]]) {
    return this.prettier.format(str, options);
  }
}

const clients = {};
const micros = (begin) => Number(process.hrtime.bigint() - begin) / 1000;

const commands = {
  async conat(options) {
    clients.conat = await ConatClient.connect(options);
  },
  async bare(options) {
    clients.bare = await BareClient.connect(options);
  },
  async stream({ name, path, ephemeral }) {
    (clients.conat.streams ??= {})[name] = await clients.conat.openStream({ path, ephemeral });
  },
  async prettier() {
    clients.prettier = await PrettierClient.connect();
  },
  async times({ client, call, count }) {
    const times = [];
    for (let i = 0; i < count; i++) {
      const begin = process.hrtime.bigint();
      await clients[client].call(call);
      times.push(micros(begin));
    }
    return times;
  },
  async rate({ client, call, count, inFlight }) {
    const begin = process.hrtime.bigint();
    let left = count;
    await Promise.all(Array.from({ length: inFlight }, async () => {
      while (left-- > 0) await clients[client].call(call);
    }));
    return (count / micros(begin)) * 1e6;
  },
  // The same again and again, for a time.
  async loop({ seconds, call, path }) {
    const until = Date.now() + seconds * 1000;
    let times = 0;
    for (; Date.now() < until; times++) await (call ? clients.conat.call(call) : clients.conat.read(path));
    return times;
  },
  async read({ client, path, url }) {
    const begin = process.hrtime.bigint();
    const bytes = await clients[client].read(client === "bare" ? { url, path } : path);
    return { bytes, seconds: micros(begin) / 1e6 };
  },
  async write({ client, path, source, url }) {
    const begin = process.hrtime.bigint();
    const bytes = await (client === "bare" ? clients.bare.write({ url, path }, source) : clients.conat.write(source, path));
    return { bytes, seconds: micros(begin) / 1e6 };
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const command = JSON.parse(line);
  try {
    console.log(JSON.stringify({ result: (await commands[command.do](command)) ?? null }));
  } catch (error) {
    console.log(JSON.stringify({ error: String(error) }));
  }
}
process.exit();
