// A stream of the persistence service (07), and a key-value store on it, as far as it takes to read them.
import assert from 'node:assert/strict';
import { bounded, id } from './bus.mjs';
import { decode, encode } from './messagepack.mjs';

// A stream's contents, and what is added and deleted from now on: the persist protocol over a conat socket.
export class Stream {
  rows = [];
  events = [];

  static async open(bus, name, ephemeral = true) {
    const stream = new Stream();
    const scope = `persist.project-${bus.projectId}`;
    const server = await bus.request(`${scope}.id`, null);
    const socketId = id();
    const [to, from] = [`${scope}.server.${server}.${socketId}`, `${scope}.client.${socketId}`];
    stream.bus = bus;
    stream.subject = to;
    stream.leave = await bus.subscribe(from, ({ bytes, headers }) => {
      const { 'CN-SocketCmd': command, 'CN-SocketSeq': number, 'CN-Reply': reply } = headers;
      if (command === 'ping') return bus.publish(reply, encode(null));
      if (command === 'socket') return bus.publish(reply, encode({ emitted: decode(bytes)?.socket?.emitted ?? 0 }));
      if (number === undefined) return undefined;
      void bus.request(to, { socket: { emitted: number } }, { 'CN-SocketCmd': 'socket' }).catch(() => {});
      for (const event of decode(bytes) ?? []) stream.#apply(event);
      return stream.changed?.();
    });
    assert.equal(await bus.request(to, null, { 'CN-SocketCmd': 'connect', id: socketId }), 'connected');
    await bus.publish(to, encode({ storage: { path: `projects/${bus.projectId}/${name}`, ephemeral }, changefeed: true }), { 'CN-SocketSeq': 1 });
    for await (const { bytes } of bus.requestMany(to, null, { cmd: 'getAll' })) {
      const rows = decode(bytes);
      if (rows === null) return stream;
      for (const row of rows) stream.#apply(row);
    }
    return stream;
  }

  // Sees no more of it.
  close() { return this.leave(); }

  #apply(event) {
    this.events.push(event.op ?? decode(event.raw));
    if (event.op === 'delete') this.rows = this.rows.filter(({ seq }) => !event.seqs.includes(seq));
    else if (!this.rows.some(({ seq }) => seq === event.seq)) this.rows = [...this.rows, { seq: event.seq, key: event.key, text: decode(event.raw) }].sort((a, b) => a.seq - b.seq);
  }

  get text() { return this.rows.map(({ text }) => text).join(''); }

  async until(holds, what) {
    await bounded(new Promise((resolve) => {
      this.changed = () => { if (holds(this.text)) resolve(); };
      this.changed();
    }), what).catch((error) => { throw new Error(`${error.message}, at ${JSON.stringify(this.text.slice(-2000))}`); });
  }

  says(text) { return this.until((all) => all.includes(text), `'${text}'`); }
}

// The last value of each key.
export class Dkv {
  static async open(bus, name) {
    return Object.assign(new Dkv(), { stream: await Stream.open(bus, name, false) });
  }

  get(key) { return this.stream.rows.findLast((row) => row.key === key)?.text; }
}
