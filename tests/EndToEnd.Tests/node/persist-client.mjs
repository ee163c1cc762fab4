// A client of persistent streams that isn't ours, written from the specification (07): the real socket.io-client at a standalone daemon, one check a run.
//   node persist-client.mjs PORT DATA CHECK
// PORT: the browser port; DATA: the folder with project-id and secret-token. Exits with 0 if the check holds.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { io } from 'socket.io-client';
import { decode, encode } from './messagepack.mjs';

const [, , port, data, check] = process.argv;
const read = (name) => readFileSync(`${data}/${name}`, 'utf8').trim();
const projectId = read('project-id');
const service = `persist.project-${projectId}`;
const path = (name) => `projects/${projectId}/${name}`;
const id = () => Array.from(randomBytes(10), (byte) => 'abcdefghijklmnopqrstuvwxyz012345'[byte & 31]).join('');
const bounded = (promise, what, ms = 20_000) =>
  Promise.race([promise, new Promise((_, reject) => setTimeout(() => reject(new Error(`timeout: ${what}`)), ms).unref())]);

class Bus {
  #listeners = new Map();

  static async connect() {
    const bus = new Bus();
    const cookie = `project_secret=${read('secret-token')}; project_id=${projectId}`;
    bus.socket = io(`http://127.0.0.1:${port}`, {
      path: '/conat/', transports: ['websocket'], forceNew: true, reconnection: false, extraHeaders: { Cookie: cookie },
    });
    const [, ack] = await bounded(new Promise((resolve) => bus.socket.once('info', (...args) => resolve(args))), 'info');
    ack();
    bus.inbox = `_INBOX.project-${projectId}.${id()}`;
    await bus.subscribe(`${bus.inbox}.*`, (message) => bus.#listeners.get(message.subject)?.(message));
    return bus;
  }

  emit(name, argument) {
    return bounded(new Promise((resolve) => this.socket.emit(name, argument, resolve)), name);
  }

  async subscribe(pattern, listener) {
    this.socket.on(pattern, ({ subject, data: [, , , , bytes, headers] }) => listener({ subject, bytes, headers: headers ?? {} }));
    assert.deepEqual(await this.emit('subscribe', { subject: pattern, queue: id() }), { status: 'added' });
  }

  async publish(to, bytes, headers) {
    const { error, count } = await this.emit('publish', [to, id(), 0, 1, 0, bytes, ...(headers ? [headers] : [])]);
    assert.equal(error, undefined);
    return count;
  }

  // All replies until one is the last.
  async requestMany(to, bytes, headers, isLast) {
    const reply = `${this.inbox}.${id()}`;
    const replies = [];
    const done = new Promise((resolve) => this.#listeners.set(reply, (message) => {
      replies.push(message);
      if (isLast(message)) resolve();
    }));
    assert.ok(await this.publish(to, bytes, { ...headers, 'CN-Reply': reply }) > 0, `nobody is at ${to}`);
    await bounded(done, `an answer of ${to}`);
    this.#listeners.delete(reply);
    return replies;
  }

  async request(to, bytes, headers) {
    return (await this.requestMany(to, bytes, headers, () => true))[0];
  }

  close() {
    this.socket.close();
  }
}

// A conat socket that has a stream open: data is acknowledged and in order, pings are answered.
class Stream {
  #seq = 0;
  events = [];
  errors = [];

  static async open(bus, storage, changefeed = false) {
    const stream = new Stream();
    stream.bus = bus;
    const server = decode((await bus.request(`${service}.id`, encode(null))).bytes);
    stream.id = id();
    stream.target = `${service}.server.${server}.${stream.id}`;
    await bus.subscribe(`${service}.client.${stream.id}`, (message) => stream.#receive(message));
    const answer = await bus.request(stream.target, encode(null), { 'CN-SocketCmd': 'connect', id: stream.id });
    assert.equal(decode(answer.bytes), 'connected');
    assert.ok(await bus.publish(stream.target, encode({ storage, changefeed }), { 'CN-SocketSeq': 1 }) > 0);
    return stream;
  }

  async #receive({ bytes, headers }) {
    const { 'CN-SocketCmd': command, 'CN-SocketSeq': seq, 'CN-Reply': reply } = headers;
    if (command === 'ping') await this.bus.publish(reply, encode(null));
    if (command === 'socket') await this.bus.publish(reply, encode(decode(bytes).socket));
    if (seq === this.#seq + 1) {
      this.#seq = seq;
      const payload = decode(bytes);
      if (Array.isArray(payload)) this.events.push(...payload);
      else this.errors.push(headers);
      await this.bus.request(this.target, encode({ socket: { emitted: seq } }), { 'CN-SocketCmd': 'socket' });
    }
  }

  async call(cmd, parameters = {}, body = encode(null)) {
    const { bytes, headers } = await this.bus.request(this.target, body, { cmd, ...parameters });
    if (headers.error || headers.code) throw Object.assign(new Error(headers.error), { code: headers.code });
    return { value: decode(bytes), headers };
  }

  async getAll(start_seq = 0) {
    const replies = await this.bus.requestMany(this.target, encode(null), { cmd: 'getAll', start_seq }, ({ bytes, headers }) => headers.error || decode(bytes) === null);
    replies.forEach(({ headers }, n) => assert.equal(headers.seq, n));
    return replies.slice(0, -1).flatMap(({ bytes }) => decode(bytes));
  }

  async set(value, parameters) {
    return (await this.call('set', parameters, encode(value))).value;
  }

  async until(condition, what) {
    await bounded((async () => { while (!condition(this)) await new Promise((resolve) => setTimeout(resolve, 5)); })(), what);
  }
}

const checks = {
  async publish() {
    const stream = await Stream.open(await Bus.connect(), { path: path('node-publish'), ephemeral: false });
    const { seq, time } = await stream.set('hi', { headers: { foo: 'bar' } });
    assert.ok(Math.abs(time - Date.now()) < 60_000);
    const { value, headers } = await stream.call('get', { seq });
    assert.equal(value, 'hi');
    assert.deepEqual(headers, { foo: 'bar', seq, time });
    assert.deepEqual((await stream.call('get', { key: 'none' })).headers, {});
    await stream.set(1, { key: 'k' });
    await stream.set(2, { key: 'k' });
    await assert.rejects(stream.set(3, { key: 'k', previousSeq: seq }), { code: 'wrong-last-sequence' });
    assert.deepEqual((await stream.call('keys')).value, ['k']);
    assert.deepEqual((await stream.getAll()).map((row) => [row.seq, row.key, decode(row.raw)]), [[seq, undefined, 'hi'], [seq + 2, 'k', 2]]);
    assert.deepEqual((await stream.call('delete', { all: true })).value, { seqs: [seq, seq + 2] });
    assert.deepEqual(await stream.getAll(), []);
    await assert.rejects(stream.call('nothing'), { code: 404 });
  },
  async watch() {
    const storage = { path: path('node-watch'), ephemeral: true };
    const watcher = await Stream.open(await Bus.connect(), storage);
    assert.equal((await watcher.call('changefeed')).value, 'created');
    const writer = await Stream.open(await Bus.connect(), storage);
    await writer.set('a', { msgID: 'id1' });
    await writer.set('b', { key: 'k' });
    await writer.call('delete', { seq: 1 });
    await watcher.until(({ events }) => events.length === 3, 'three events');
    assert.deepEqual(watcher.events.map(({ op, seq, key, msgID, seqs }) => [op, seq, key, msgID, seqs]), [
      [undefined, 1, undefined, 'id1', undefined], [undefined, 2, 'k', undefined, undefined], ['delete', undefined, undefined, undefined, [1]],
    ]);
  },
  async catchUp() {
    const storage = { path: path('node-catch-up') };
    const writer = await Stream.open(await Bus.connect(), storage);
    const bus = await Bus.connect();
    const watcher = await Stream.open(bus, storage, true);
    await watcher.call('changefeed');
    await writer.set('1');
    await watcher.until(({ events }) => events.length === 1, 'the first');
    bus.close();
    await writer.set('2');
    await writer.set('3');
    const again = await Stream.open(await Bus.connect(), storage, true);
    await again.call('changefeed');
    const missed = await again.getAll(watcher.events[0].seq);
    assert.deepEqual(missed.map((row) => decode(row.raw)), ['1', '2', '3']);
    await writer.set('4');
    await again.until(({ events }) => events.length === 1, 'the fourth');
    assert.equal(decode(again.events[0].raw), '4');
  },
  async refused() {
    const stream = await Stream.open(await Bus.connect(), { path: 'hub/not-ours' });
    await assert.rejects(stream.call('keys'), { code: 403 });
    await stream.until(({ errors }) => errors.length === 1, 'the refusal');
    assert.equal(stream.errors[0].code, 403);
  },
  // A dkv of ours is at the other end: writes what it shall see, and waits for its answer, which is a tombstone.
  async dkv() {
    const stream = await Stream.open(await Bus.connect(), { path: path('node-dkv'), ephemeral: false }, true);
    await stream.call('changefeed');
    await stream.set({ from: 'node', list: [1, null, 'é'] }, { key: 'question', headers: { h: 1 } });
    await stream.until(({ events }) => events.some(({ key, headers }) => key === 'question' && headers?.['CN-Tombstone'] === true), 'the tombstone');
    await stream.until(({ events }) => events.some(({ key }) => key === 'answer'), 'the answer');
    const answer = (await stream.getAll()).find(({ key }) => key === 'answer');
    assert.deepEqual(decode(answer.raw), { to: 'node' });
  },
};

try {
  await checks[check]();
  process.exit(0);
} catch (error) {
  console.error(error);
  process.exit(1);
}
