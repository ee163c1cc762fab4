// A terminal from a node script: what a browser does, with socket.io-client alone. Also a sample; one check a run.
//   node terminal-client.mjs PORT DATA HOME CHECK
// PORT: the browser port; DATA: the folder with project-id and api-keys; HOME: the project's. Exits with 0 if the check holds; "speed" prints a JSON line.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { io } from 'socket.io-client';
import { decode, encode } from './messagepack.mjs';

const [, , port, data, home, check, ...more] = process.argv;
const read = (name) => readFileSync(`${data}/${name}`, 'utf8').trim();
const projectId = read('project-id');
const id = () => Array.from(randomBytes(10), (byte) => 'abcdefghijklmnopqrstuvwxyz012345'[byte & 31]).join('');
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const bounded = (promise, what, ms = 30_000) =>
  Promise.race([promise, new Promise((_, reject) => setTimeout(() => reject(new Error(`timeout: ${what}`)), ms).unref())]);

// A member of the bus.
export class Bus {
  #takers = new Map();

  static async connect() {
    const bus = new Bus();
    bus.socket = io(`http://127.0.0.1:${port}`, {
      path: '/conat/', transports: ['websocket'], forceNew: true, reconnection: false, extraHeaders: { Cookie: `api_key=${read('api-keys')}` },
    });
    const [info, ack] = await bounded(new Promise((resolve) => bus.socket.once('info', (...args) => resolve(args))), 'info');
    ack();
    bus.inbox = `_INBOX.account-${info.user.account_id}.${id()}`;
    await bus.subscribe(`${bus.inbox}.*`, (message) => bus.#takers.get(message.subject)?.(message));
    return bus;
  }

  emit(name, argument) {
    return bounded(new Promise((resolve) => this.socket.emit(name, argument, resolve)), name);
  }

  // Messages may come in chunks: [id, seq, done, encoding, bytes, headers?].
  async subscribe(pattern, take) {
    const parts = new Map();
    this.socket.on(pattern, ({ subject, data: [message, , done, , bytes, headers] }) => {
      const all = [...(parts.get(message) ?? []), bytes];
      parts.set(message, all);
      if (!done) return;
      parts.delete(message);
      take({ subject, body: Buffer.concat(all), headers: headers ?? {} });
    });
    assert.deepEqual(await this.emit('subscribe', { subject: pattern, queue: id() }), { status: 'added' });
  }

  publish(to, value, headers) {
    return this.emit('publish', [to, id(), 0, 1, 0, encode(value), ...(headers ? [headers] : [])]);
  }

  // take(value, headers) returns something once it has had the last reply.
  request(to, value, headers = {}, take = (value) => value) {
    return bounded(new Promise((resolve, reject) => {
      const reply = `${this.inbox}.${id()}`;
      this.#takers.set(reply, ({ body, headers }) => {
        const result = headers.error ? reject(new Error(headers.error)) : take(decode(body), headers);
        if (result !== undefined || headers.error) { this.#takers.delete(reply); resolve(result); }
      });
      this.emit('wait-for-interest', { subject: to, timeout: 10_000 })
        .then(() => this.publish(to, value, { ...headers, 'CN-Reply': reply })).catch(reject);
    }), `a reply of ${to}`);
  }

  async call(to, name, ...args) {
    const answer = await this.request(to, { name, args });
    if (answer?.error) throw new Error(answer.error);
    return answer;
  }
}

// A stream's contents, and what is added and deleted from now on: the persist protocol over a conat socket.
export class Stream {
  rows = [];
  events = [];

  static async open(bus, name, ephemeral = true) {
    const stream = new Stream();
    const scope = `persist.project-${projectId}`;
    const server = await bus.request(`${scope}.id`, null);
    const socketId = id();
    const [to, from] = [`${scope}.server.${server}.${socketId}`, `${scope}.client.${socketId}`];
    stream.bus = bus;
    stream.subject = to;
    await bus.subscribe(from, ({ body, headers }) => {
      const { 'CN-SocketCmd': command, 'CN-SocketSeq': number, 'CN-Reply': reply } = headers;
      if (command === 'ping') return bus.publish(reply, null);
      if (command === 'socket') return bus.publish(reply, { emitted: decode(body)?.socket?.emitted ?? 0 });
      if (number === undefined) return undefined;
      void bus.request(to, { socket: { emitted: number } }, { 'CN-SocketCmd': 'socket' }).catch(() => {});
      for (const event of decode(body) ?? []) stream.#apply(event);
      return stream.changed?.();
    });
    assert.equal(await bus.request(to, null, { 'CN-SocketCmd': 'connect', id: socketId }), 'connected');
    await bus.publish(to, { storage: { path: `projects/${projectId}/${name}`, ephemeral }, changefeed: true }, { 'CN-SocketSeq': 1 });
    const all = [];
    await bus.request(to, null, { cmd: 'getAll' }, (rows) => (rows === null ? true : void all.push(...rows)));
    for (const row of all) stream.#apply(row);
    return stream;
  }

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

// One terminal as one browser shows it.
class Terminal {
  sizes = [];
  commands = [];
  browser = id();

  static async open(bus, termPath, options) {
    const terminal = new Terminal();
    terminal.bus = bus;
    terminal.subject = `services.project-${projectId}._.terminal-server.${Buffer.from(termPath).toString('base64')}`;
    await bus.subscribe(`services.project-${projectId}._.terminal-browser.${Buffer.from(termPath).toString('base64')}`, ({ body, headers }) => {
      const { name, args } = decode(body);
      if (name === 'size') terminal.sizes.push(args[0]);
      if (name === 'command') terminal.commands.push(args[0]);
      void bus.publish(headers['CN-Reply'], null);
    });
    await bus.call(`project.${projectId}.0.api.-`, 'editor.createTerminalService', termPath, options);
    terminal.stream = await Stream.open(bus, `terminal-${termPath}`);
    return terminal;
  }

  call(name, ...args) { return this.bus.call(this.subject, name, ...args); }
  write(text) { return this.call('write', text); }
  size(rows, cols, kick) { return this.call('size', { rows, cols, browser_id: this.browser, kick }); }
  says(text) { return this.stream.says(text); }
}

const shell = { path: 'a.term', command: '/bin/sh', env: { PS1: 'ready> ' }, ephemeral: true };
const lastSize = async (terminal, rows, cols) => {
  for (let i = 0; i < 500; i++) {
    const last = terminal.sizes.at(-1);
    if (last?.rows === rows && last?.cols === cols) return;
    await sleep(20);
  }
  assert.deepEqual(terminal.sizes.at(-1), { rows, cols });
};
const percentile = (times, part) => times.sort((a, b) => a - b)[Math.floor(times.length * part)];

const checks = {
  // A shell, its folder, its end, and a new life by a key.
  async shell() {
    const terminal = await Terminal.open(await Bus.connect(), 'sub/.a.term-0.term', shell);
    assert.match(terminal.stream.text, /^(\r\n){80}/);
    await terminal.says('ready> ');
    await terminal.write('tty; echo is-$((6*7))\n');
    await terminal.says('is-42');
    assert.match(terminal.stream.text, /\/dev\/pts\/\d+/);
    assert.equal(await terminal.call('cwd'), 'sub');
    assert.equal(await terminal.bus.request(terminal.subject, 'ping'), 'pong');
    assert.deepEqual(await terminal.call('create', shell), { success: 'ok', note: 'Already have working session with same options. ' });
    assert.deepEqual(await terminal.call('create', { ...shell, path: 'b.term' }), { success: 'ok', note: 'Closed existing session. Creating new session.' });
    await assert.rejects(terminal.write({ a: 1 }), /Error: data must be a string -- \{"a":1\}/);
    await assert.rejects(terminal.call('nope'), /unknown function 'nope'/);
    await terminal.write('exit\n');
    await terminal.says('\r\n\r\n[Process completed - press any key]\r\n\r\n');
    await terminal.write('x');
    await terminal.stream.until((text) => text.split('ready> ').length >= 4, 'a new prompt');
    await terminal.call('restart');
    await terminal.call('kill');
    await terminal.stream.until((text) => text === '', 'empty');
  },
  // Two browsers, the editor vim, a resize.
  async vim() {
    const options = { path: 'v.term', command: '/bin/bash', args: ['--norc'], env: { PS1: 'ready> ' }, ephemeral: true };
    const [first, second] = [await Terminal.open(await Bus.connect(), '.v.term-0.term', options), await Terminal.open(await Bus.connect(), '.v.term-0.term', options)];
    await first.size(30, 100);
    await lastSize(first, 30, 100);
    await second.size(20, 120);
    await lastSize(first, 20, 100);
    await lastSize(second, 20, 100);
    await first.write('stty size; vim -u NONE -N text.txt\n');
    await second.says('20 100');
    await second.stream.until((text) => text.includes('\x1b[?1049h') && text.includes('~'), 'vim');
    await first.write('ihello from vim');
    await second.stream.until((text) => text.includes('hello from vim'), 'what is typed');
    await second.call('close', second.browser);
    await lastSize(first, 30, 100);
    const before = first.stream.text.length;
    await first.write('\x1b:wq\r');
    for (let i = 0; i < 500 && !existsSync(`${home}/text.txt`); i++) await sleep(20);
    assert.equal(readFileSync(`${home}/text.txt`, 'utf8'), 'hello from vim\n');
    await first.stream.until((text) => /\x1b\[\?1049l[^]*ready> /.test(text.slice(before)), 'the shell again');
    await second.stream.until((text) => text === first.stream.text, 'the same in both');
    await first.write(`printf '\\033]49;{"event":"open","paths":[{"file":"x"}]}\\007'\n`);
    for (let i = 0; i < 500 && second.commands.length === 0; i++) await sleep(20);
    assert.deepEqual(second.commands[0], { event: 'open', paths: [{ file: 'x' }] });
  },
  // More output than the stream keeps: the oldest goes, in order, and the end is there.
  async flood() {
    const terminal = await Terminal.open(await Bus.connect(), '.f.term-0.term', { ...shell, path: 'f.term' });
    await terminal.says('ready> ');
    await terminal.write('seq 1 1000000; echo end-$((1+1))\n');
    await terminal.says('end-2');
    const events = terminal.stream.events.filter((event) => event !== 'delete').join('');
    const numbers = [...events.matchAll(/^(\d+)\r$/gm)].map(([, number]) => Number(number));
    for (let i = 1; i < numbers.length; i++) assert.ok(numbers[i] > numbers[i - 1], `${numbers[i - 1]} before ${numbers[i]}`);
    assert.equal(numbers.at(-1), 1_000_000);
    assert.ok(terminal.stream.text.length <= 1_100_000);
    await terminal.write('x'.repeat(10_001));
    await terminal.says('[excessive input discarded]');
    assert.equal(await bounded(terminal.bus.request(terminal.subject, 'ping'), 'ping', 3_000), 'pong');
  },
  async speed() {
    const bus = await Bus.connect();
    const terminal = await Terminal.open(bus, '.s.term-0.term', { path: 's.term', command: '/bin/cat', ephemeral: true });
    const result = { ping: [], echo: [] };
    for (let i = 0; i < Number(more[0] ?? 200); i++) {
      let begin = performance.now();
      await bus.call(`project.${projectId}.0.api.-`, 'system.ping');
      result.ping.push(performance.now() - begin);
      const seen = terminal.stream.text.length;
      begin = performance.now();
      void terminal.write('k');
      await terminal.stream.until((text) => text.length > seen, 'the echo');
      result.echo.push(performance.now() - begin);
      await sleep(60);
    }
    console.log(JSON.stringify({ ping: percentile(result.ping, 0.5), echo: percentile(result.echo, 0.5), echoP99: percentile(result.echo, 0.99) }));
  },
};

if (import.meta.filename === process.argv[1]) {
  await checks[check]();
  process.exit(0);
}
