// A hub, as far as the daemon can see one: an implementation of spec 02 that shares no code with the daemon, so that in the tests both
// ends of the wire are not ours. Node alone, no packages.
//
//   import { HubClient } from "./hub-client.mjs";
//   const hub = await HubClient.connect({ port, token });
//   const answer = await hub.call({ event: "project_exec", command: "echo", args: ["hello"] });
//
//   node hub-client.mjs --data DIR EVENT ['{"json":"object"}'] [FILE]   one call; prints the answer, exit code 1 for an error. FILE holds the blob:
//                                                                       write_file_to_project sends it, read_file_from_project makes it
//   node hub-client.mjs --data DIR script                               steps as JSON lines from stdin, events as JSON lines to stdout
import { createHash, randomUUID } from "node:crypto";
import { EventEmitter } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import net from "node:net";
import path from "node:path";
import readline from "node:readline";
import { fileURLToPath } from "node:url";

const UNLOCK_TIMEOUT_MS = 5_000;
const CALL_TIMEOUT_MS = 60_000;
const HEARTBEAT_MS = 30_000;
const UUID_BYTES = 36;

/** The UUID that names a blob (spec 02 §13). */
export function sha1Uuid(data) {
  const digits = createHash("sha1").update(data).digest("hex");
  let next = 0;
  return "xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx".replace(/[xy]/g, (place) => {
    const digit = digits[next++];
    return place === "x" ? digit : ((parseInt(digit, 16) & 3) | 8).toString(16);
  });
}

/**
 * One frame (spec 02 §2).
 *
 *   0        4      5
 *   +--------+------+---------+
 *   | length | type | payload |   length = 1 + payload bytes, big endian
 *   +--------+------+---------+
 */
export function frame(type, payload) {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(1 + payload.length);
  head.write(type, 4, "latin1");
  return Buffer.concat([head, payload]);
}

export const jsonFrame = (message) => frame("j", Buffer.from(JSON.stringify(message)));

export const blobFrame = (uuid, data) => frame("b", Buffer.concat([Buffer.from(uuid, "latin1"), data]));

/** Cuts a stream of bytes into frames, however TCP has split or joined them. */
export class FrameReader {
  #chunks = [];
  #size = 0;

  /** Takes a chunk; yields the frames that are complete now. */
  *push(chunk) {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    while (this.#size >= 4) {
      const length = this.#peek(4).readUInt32BE();
      if (this.#size < 4 + length) {
        return;
      }
      const all = this.#peek(4 + length);
      this.#chunks = [this.#chunks[0].subarray(4 + length)];
      this.#size -= 4 + length;
      yield { type: String.fromCharCode(all[4]), payload: all.subarray(5) };
    }
  }

  /** The first `count` bytes; they are joined in one chunk by it. */
  #peek(count) {
    if (this.#chunks[0].length < count) {
      this.#chunks = [Buffer.concat(this.#chunks)];
    }
    return this.#chunks[0].subarray(0, count);
  }
}

/**
 * An unlocked connection. Emits `message` (JSON object) and `blob` (uuid, data) for what answers no call, and `close`.
 * What the daemon asks (`query`, `query_cancel`, a blob to save) goes to `database`, an object of functions by event that return the
 * answer's members, `{ error }`, or undefined for no answer at all.
 */
export class HubClient extends EventEmitter {
  #calls = new Map();
  #reader = new FrameReader();
  #heartbeat;

  constructor(socket, { heartbeat = true, database = {} } = {}) {
    super();
    this.socket = socket;
    this.database = database;
    socket.on("data", (chunk) => this.#onData(chunk));
    socket.on("error", () => {}); // "close" follows.
    socket.on("close", () => this.#onClose());
    if (heartbeat) {
      this.send({ event: "heartbeat" });
      this.#heartbeat = setInterval(() => this.send({ event: "heartbeat" }), HEARTBEAT_MS);
    }
  }

  /** Connects and unlocks (spec 02 §1). Rejects with what the daemon sent instead of `y`. */
  static async connect({ port, token, host = "127.0.0.1", ...options }) {
    const socket = net.connect({ host, port, noDelay: true });
    await new Promise((resolve, reject) => {
      const timer = setTimeout(() => end(new Error("no answer to the token")), UNLOCK_TIMEOUT_MS);
      const end = (error) => {
        clearTimeout(timer);
        socket.removeAllListeners();
        socket.pause();
        if (error) {
          socket.on("error", () => {});
          socket.destroy();
          reject(error);
        } else {
          resolve();
        }
      };
      socket.on("error", end);
      socket.on("close", () => end(new Error("closed before the answer to the token")));
      socket.on("connect", () => socket.write(token));
      // A hub takes the first chunk: anything but exactly "y" is a refusal.
      socket.on("data", (chunk) => end(chunk.equals(Buffer.from("y")) ? undefined : new Error(chunk.toString())));
    });
    const client = new HubClient(socket, options);
    socket.resume();
    return client;
  }

  /** Sends a JSON message. */
  send(message) {
    this.socket.write(jsonFrame(message));
  }

  sendBlob(uuid, data) {
    this.socket.write(blobFrame(uuid, data));
  }

  /** Sends a request; resolves with its answer, an `error` message included. */
  call(message, timeout = CALL_TIMEOUT_MS) {
    const request = { id: randomUUID(), ...message };
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#end(request.id)?.reject(new Error("timeout")), timeout);
      this.#calls.set(request.id, { resolve, reject, timer });
      this.send(request);
    });
  }

  /** Asks for the daemon's version; its answer is the only one without an id (spec 02 §4). */
  hello() {
    return new Promise((resolve, reject) => {
      const end = (settle, value) => {
        this.off("message", onMessage);
        this.off("close", onClose);
        settle(value);
      };
      const onMessage = (message) => message.event === "version" && end(resolve, message);
      const onClose = () => end(reject, new Error("closed"));
      this.on("message", onMessage);
      this.on("close", onClose);
      this.send({ event: "hello" });
    });
  }

  close() {
    this.socket.destroy();
  }

  #end(id) {
    const call = this.#calls.get(id);
    this.#calls.delete(id);
    clearTimeout(call?.timer);
    return call;
  }

  #onData(chunk) {
    for (const { type, payload } of this.#reader.push(chunk)) {
      if (type === "j") {
        this.#onMessage(JSON.parse(payload.toString()));
      } else if (type === "b") {
        this.#onBlob(payload.toString("latin1", 0, UUID_BYTES), payload.subarray(UUID_BYTES));
      } else {
        this.emit("protocol-error", `frame of type ${JSON.stringify(type)}`);
      }
    }
  }

  #onMessage(message) {
    const call = this.#end(message.id);
    if (call) {
      call.resolve(message);
      return;
    }
    this.emit("message", message);
    if (message.event === "query" || message.event === "query_cancel") {
      const answer = this.database[message.event]?.(message);
      if (answer?.error !== undefined) {
        this.send({ event: "error", error: answer.error, id: message.id });
      } else if (answer) {
        this.send({ ...message, ...answer });
      }
    }
  }

  #onBlob(uuid, data) {
    this.emit("blob", uuid, data);
    const answer = this.database.blob?.(uuid, data);
    if (answer) {
      const error = uuid === sha1Uuid(data) ? answer.error : "uuid is not derived from the content";
      this.send({ event: "save_blob", sha1: uuid, ...(error === undefined ? { ttl: answer.ttl ?? 86_400 } : { error }) });
    }
  }

  #onClose() {
    clearInterval(this.#heartbeat);
    for (const id of [...this.#calls.keys()]) {
      this.#end(id).reject(new Error("closed"));
    }
    this.emit("close");
  }
}

/** Where the daemon of a data folder is and what unlocks it. */
export function address(dataFolder) {
  const read = (name) => readFileSync(path.join(dataFolder, name), "utf8").trim();
  return { port: Number(read("hub-server.port")), token: read("secret-token") };
}

/**
 * The steps of a script. Each names its connection by `on` (default `main`); events carry the same name:
 *
 *   {"do":"connect","heartbeat":true,"token":"..."}   {"got":"connected"} or {"got":"refused","text":"..."}
 *   {"do":"tcp"}                                      a connection that isn't unlocked; {"got":"tcp"}, then its bytes as {"got":"bytes","hex":"..."}
 *   {"do":"crowd","count":1000}                       so many connections that send nothing; {"got":"crowd"}
 *   {"do":"send","message":{}}                        a message as it is; what comes is {"got":"message","message":{}}
 *   {"do":"blob","uuid":"...","base64":"..."}         {"got":"blob","uuid":"...","base64":"..."} for one that comes
 *   {"do":"raw","hex":"...","repeat":1}               bytes, whatever they are
 *   {"do":"answer","event":"query","with":{}}         how to answer the daemon from now on: members, {"error":"..."}, or null for not at all
 *   {"do":"cork"} {"do":"uncork"}                     what is sent between them goes out as one piece
 *   {"do":"repeat","message":{}}                      the call again and again, answers and blobs unseen, until the connection is closed;
 *                                                     then {"got":"repeated","count":100}
 *   {"do":"pause"} {"do":"resume"}                    stops and starts reading
 *   {"do":"close"}                                    {"got":"closed"}, as when the daemon closes
 */
class Script {
  #connections = new Map();

  constructor(dataFolder, print) {
    this.dataFolder = dataFolder;
    this.print = print;
  }

  async run(step) {
    const on = step.on ?? "main";
    const connection = this.#connections.get(on);
    switch (step.do) {
      case "connect":
        return await this.#connect(on, step);
      case "tcp":
        return await this.#tcp(on);
      case "crowd":
        return await this.#crowd(on, step.count);
      case "send":
        return connection.send(step.message);
      case "blob":
        return connection.sendBlob(step.uuid, Buffer.from(step.base64, "base64"));
      case "raw":
        for (let i = 0; i < (step.repeat ?? 1); i++) {
          connection.socket.write(Buffer.from(step.hex, "hex"));
        }
        return;
      case "answer":
        connection.database[step.event] = () => step.with ?? undefined;
        return;
      case "cork":
        return connection.socket.cork();
      case "uncork":
        return connection.socket.uncork();
      case "repeat":
        this.#repeat(on, step.message); // Not waited for: further steps end it.
        return;
      case "pause":
        return connection.socket.pause();
      case "resume":
        return connection.socket.resume();
      case "close":
        return connection.socket.destroy();
      default:
        throw new Error(`unknown step ${step.do}`);
    }
  }

  async #connect(on, { token, heartbeat }) {
    try {
      const found = address(this.dataFolder);
      const client = await HubClient.connect({ ...found, token: token ?? found.token, heartbeat });
      this.#connections.set(on, client);
      client.on("message", (message) => this.print({ on, got: "message", message }));
      client.on("blob", (uuid, data) => this.print({ on, got: "blob", uuid, base64: data.toString("base64") }));
      client.on("protocol-error", (text) => this.print({ on, got: "protocol-error", text }));
      client.on("close", () => this.print({ on, got: "closed" }));
      this.print({ on, got: "connected" });
    } catch (error) {
      this.print({ on, got: "refused", text: error.message });
    }
  }

  async #repeat(on, message) {
    const connection = this.#connections.get(on);
    connection.removeAllListeners("blob");
    let count = 0;
    try {
      for (; ; count++) {
        const answer = await connection.call(message);
        if (answer.event === "error") {
          this.print({ on, got: "message", message: answer });
          return;
        }
      }
    } catch {
      this.print({ on, got: "repeated", count }); // Closed.
    }
  }

  async #tcp(on) {
    const socket = await open(address(this.dataFolder).port);
    this.#connections.set(on, { socket });
    socket.on("data", (chunk) => this.print({ on, got: "bytes", hex: chunk.toString("hex") }));
    socket.on("close", () => this.print({ on, got: "closed" }));
    this.print({ on, got: "tcp" });
  }

  async #crowd(on, count) {
    const { port } = address(this.dataFolder);
    const sockets = [];
    for (let i = 0; i < count; i++) {
      sockets.push(await open(port));
    }
    this.#connections.set(on, { socket: { destroy: () => sockets.forEach((socket) => socket.destroy()) } });
    this.print({ on, got: "crowd" });
  }
}

function open(port) {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ host: "127.0.0.1", port });
    socket.once("connect", () => {
      socket.on("error", () => {}); // "close" follows.
      resolve(socket);
    });
    socket.once("error", reject);
    socket.resume();
  });
}

async function runScript(dataFolder) {
  const script = new Script(dataFolder, (event) => process.stdout.write(JSON.stringify(event) + "\n"));
  for await (const line of readline.createInterface({ input: process.stdin })) {
    await script.run(JSON.parse(line));
  }
}

async function callOnce(dataFolder, event, json, file) {
  const hub = await HubClient.connect(address(dataFolder));
  const message = { ...JSON.parse(json ?? "{}"), event };
  let answer;
  if (event === "write_file_to_project") {
    message.data_uuid ??= randomUUID();
    const written = hub.call(message);
    hub.sendBlob(message.data_uuid, readFileSync(file));
    answer = await written;
  } else {
    const blob = new Promise((resolve) => hub.once("blob", (_, data) => resolve(data)));
    answer = event === "hello" ? await hub.hello() : await hub.call(message);
    if (answer.event === "file_read_from_project") {
      writeFileSync(file, await blob);
    }
  }
  hub.close();
  console.log(JSON.stringify(answer));
  return answer.event === "error" ? 1 : 0;
}

async function main(args) {
  const [flag, dataFolder, event, json, file] = args;
  if (flag !== "--data" || !event) {
    console.error("usage: node hub-client.mjs --data DIR EVENT ['{JSON}'] [FILE] | script");
    return 2;
  }
  if (event === "script") {
    await runScript(dataFolder);
    return 0;
  }
  return await callOnce(dataFolder, event, json, file);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.exit(await main(process.argv.slice(2)));
}
