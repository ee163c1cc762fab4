// A member of the bus as a browser or a project is one: conat's frames over the real socket.io-client, written from the specification (05). The clients here share it.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { io } from 'socket.io-client';
import { decode, encode } from './messagepack.mjs';

export const id = () => Array.from(randomBytes(10), (byte) => 'abcdefghijklmnopqrstuvwxyz012345'[byte & 31]).join('');

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export const bounded = (promise, what, ms = 50_000) =>
  Promise.race([promise, new Promise((_, reject) => setTimeout(() => reject(new Error(`timeout: ${what}`)), ms).unref())]);

// Looks again and again.
export const until = (holds, what, ms) => bounded((async () => { while (!(await holds())) await sleep(10); })(), what, ms);

export class Bus {
  #takers = new Map();

  // data: the daemon's folder with project-id, api-keys and secret-token. An account's member, or with asProject one of the project itself.
  static async connect(port, data, { asProject = false } = {}) {
    const read = (name) => readFileSync(`${data}/${name}`, 'utf8').trim();
    const bus = new this();
    bus.projectId = read('project-id');
    bus.socket = io(`http://127.0.0.1:${port}`, {
      path: '/conat/', transports: ['websocket'], forceNew: true, reconnection: false,
      extraHeaders: { Cookie: asProject ? `project_secret=${read('secret-token')}; project_id=${bus.projectId}` : `api_key=${read('api-keys')}` },
    });
    const [info, ack] = await bounded(new Promise((resolve) => bus.socket.once('info', (...args) => resolve(args))), 'info');
    ack();
    bus.account = info.user.account_id;
    bus.chunkBytes = info.max_payload - 100_000;
    bus.inbox = `_INBOX.${asProject ? `project-${bus.projectId}` : `account-${bus.account}`}.${id()}`;
    await bus.subscribe(`${bus.inbox}.*`, (message) => bus.#takers.get(message.subject)?.(message));
    return bus;
  }

  emit(name, argument) {
    return bounded(new Promise((resolve) => this.socket.emit(name, argument, resolve)), name);
  }

  // take({subject, bytes, headers}): the payload is still encoded. Messages may come in chunks: [id, seq, done, encoding, bytes, headers?].
  async subscribe(pattern, take) {
    const parts = new Map();
    const listener = ({ subject, data: [message, , done, , bytes, headers] }) => {
      const before = parts.get(message);
      if (!done) {
        parts.set(message, [...(before ?? []), bytes]);
        return;
      }
      parts.delete(message);
      take({ subject, bytes: before ? Buffer.concat([...before, bytes]) : bytes, headers: headers ?? {} });
    };
    this.socket.on(pattern, listener);
    assert.deepEqual(await this.emit('subscribe', { subject: pattern, queue: id() }), { status: 'added' });
    return async () => { this.socket.off(pattern, listener); await this.emit('unsubscribe', { subject: pattern }); };
  }

  // The payload is encoded. Gives how many have got it.
  async publish(to, bytes, headers) {
    const message = id();
    const pieces = Math.ceil(bytes.length / this.chunkBytes);
    const answers = await Promise.all(Array.from({ length: pieces }, (_, seq) => {
      const isLast = seq === pieces - 1;
      const piece = bytes.subarray(seq * this.chunkBytes, (seq + 1) * this.chunkBytes);
      return this.emit('publish', [to, message, seq, isLast ? 1 : 0, 0, piece, ...(isLast && headers ? [headers] : [])]);
    }));
    for (const { error } of answers) assert.equal(error, undefined);
    return Math.max(...answers.map(({ count }) => count));
  }

  // Yields replies until the caller has enough.
  async *requestMany(to, value, headers = {}) {
    const reply = `${this.inbox}.${id()}`;
    const waiting = [];
    let wake = () => {};
    this.#takers.set(reply, (message) => { waiting.push(message); wake(); });
    try {
      assert.equal(await this.emit('wait-for-interest', { subject: to, timeout: 10_000 }), true, `nobody is at ${to}`);
      assert.ok(await this.publish(to, encode(value), { ...headers, 'CN-Reply': reply }) > 0, `nobody is at ${to}`);
      while (true) {
        while (waiting.length > 0) yield waiting.shift();
        await bounded(new Promise((resolve) => { wake = resolve; if (waiting.length > 0) resolve(); }), `a reply of ${to}`);
      }
    } finally {
      this.#takers.delete(reply);
    }
  }

  // The first reply, with its headers.
  async ask(to, value, headers) {
    for await (const { bytes, headers: answered } of this.requestMany(to, value, headers)) return { value: decode(bytes), headers: answered };
  }

  async request(to, value, headers) {
    return (await this.ask(to, value, headers)).value;
  }

  // A function of a typed service.
  async call(to, name, ...args) {
    const answer = await this.request(to, { name, args });
    if (answer?.error) throw new Error(answer.error);
    return answer;
  }

  close() {
    this.socket.close();
  }
}
