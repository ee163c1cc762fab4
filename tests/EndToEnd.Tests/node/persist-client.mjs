// A client of persistent streams that isn't ours, written from the specification (07): the real socket.io-client at a standalone daemon, one check a run.
//   node persist-client.mjs PORT DATA CHECK
// PORT: the browser port; DATA: the folder with project-id and secret-token. Exits with 0 if the check holds.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Bus, id, until } from './bus.mjs';
import { decode, encode } from './messagepack.mjs';

const [, , port, data, check] = process.argv;
const projectId = readFileSync(`${data}/project-id`, 'utf8').trim();
const service = `persist.project-${projectId}`;
const path = (name) => `projects/${projectId}/${name}`;
const connect = () => Bus.connect(port, data, { asProject: true });

// A conat socket that has a stream open: data is acknowledged and in order, pings are answered.
class Stream {
  #seq = 0;
  events = [];
  errors = [];

  static async open(bus, storage, changefeed = false) {
    const stream = new Stream();
    stream.bus = bus;
    const server = await bus.request(`${service}.id`, null);
    stream.id = id();
    stream.target = `${service}.server.${server}.${stream.id}`;
    await bus.subscribe(`${service}.client.${stream.id}`, (message) => stream.#receive(message));
    assert.equal(await bus.request(stream.target, null, { 'CN-SocketCmd': 'connect', id: stream.id }), 'connected');
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
      await this.bus.request(this.target, { socket: { emitted: seq } }, { 'CN-SocketCmd': 'socket' });
    }
  }

  async call(cmd, parameters = {}, body = null) {
    const answer = await this.bus.ask(this.target, body, { cmd, ...parameters });
    const { error, code } = answer.headers;
    if (error || code) throw Object.assign(new Error(error), { code });
    return answer;
  }

  async getAll(start_seq = 0) {
    const rows = [];
    let seq = 0;
    for await (const { bytes, headers } of this.bus.requestMany(this.target, null, { cmd: 'getAll', start_seq })) {
      assert.equal(headers.seq, seq++);
      if (headers.error || decode(bytes) === null) return rows;
      rows.push(...decode(bytes));
    }
  }

  async set(value, parameters) {
    return (await this.call('set', parameters, value)).value;
  }

  until(condition, what) {
    return until(() => condition(this), what);
  }
}

const checks = {
  async publish() {
    const stream = await Stream.open(await connect(), { path: path('node-publish'), ephemeral: false });
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
    const watcher = await Stream.open(await connect(), storage);
    assert.equal((await watcher.call('changefeed')).value, 'created');
    const writer = await Stream.open(await connect(), storage);
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
    const writer = await Stream.open(await connect(), storage);
    const bus = await connect();
    const watcher = await Stream.open(bus, storage, true);
    await watcher.call('changefeed');
    await writer.set('1');
    await watcher.until(({ events }) => events.length === 1, 'the first');
    bus.close();
    await writer.set('2');
    await writer.set('3');
    const again = await Stream.open(await connect(), storage, true);
    await again.call('changefeed');
    const missed = await again.getAll(watcher.events[0].seq);
    assert.deepEqual(missed.map((row) => decode(row.raw)), ['1', '2', '3']);
    await writer.set('4');
    await again.until(({ events }) => events.length === 1, 'the fourth');
    assert.equal(decode(again.events[0].raw), '4');
  },
  async refused() {
    const stream = await Stream.open(await connect(), { path: 'hub/not-ours' });
    await assert.rejects(stream.call('keys'), { code: 403 });
    await stream.until(({ errors }) => errors.length === 1, 'the refusal');
    assert.equal(stream.errors[0].code, 403);
  },
  // A dkv of ours is at the other end: writes what it shall see, and waits for its answer, which is a tombstone.
  async dkv() {
    const stream = await Stream.open(await connect(), { path: path('node-dkv'), ephemeral: false }, true);
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
