// A terminal from a node script: what a browser does. Also a sample; one check a run.
//   node terminal-client.mjs PORT DATA HOME CHECK [MORE]
// PORT: the browser port; DATA: the folder with project-id, api-keys and project.pid; HOME: the project's. Exits with 0 if the check holds. "session" prints what
// docs/terminals.md shows, "speed" a line of JSON.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { Bus, bounded, id, sleep, until } from './bus.mjs';
import { decode, encode } from './messagepack.mjs';

const [, , port, data, home, check, ...more] = process.argv;
const projectId = readFileSync(`${data}/project-id`, 'utf8').trim();
const connect = () => Bus.connect(port, data);

// A stream's contents, and what is added and deleted from now on: the persist protocol over a conat socket.
class Stream {
  rows = [];
  events = [];

  static async open(bus, name) {
    const stream = new Stream();
    const scope = `persist.project-${projectId}`;
    const server = await bus.request(`${scope}.id`, null);
    const socketId = id();
    const [to, from] = [`${scope}.server.${server}.${socketId}`, `${scope}.client.${socketId}`];
    stream.bus = bus;
    stream.subject = to;
    await bus.subscribe(from, ({ bytes, headers }) => {
      const { 'CN-SocketCmd': command, 'CN-SocketSeq': number, 'CN-Reply': reply } = headers;
      if (command === 'ping') return bus.publish(reply, encode(null));
      if (command === 'socket') return bus.publish(reply, encode({ emitted: decode(bytes)?.socket?.emitted ?? 0 }));
      if (number === undefined) return undefined;
      void bus.request(to, { socket: { emitted: number } }, { 'CN-SocketCmd': 'socket' }).catch(() => {});
      for (const event of decode(bytes) ?? []) stream.#apply(event);
      return stream.changed?.();
    });
    assert.equal(await bus.request(to, null, { 'CN-SocketCmd': 'connect', id: socketId }), 'connected');
    await bus.publish(to, encode({ storage: { path: `projects/${projectId}/${name}`, ephemeral: true }, changefeed: true }), { 'CN-SocketSeq': 1 });
    for await (const { bytes } of bus.requestMany(to, null, { cmd: 'getAll' })) {
      const rows = decode(bytes);
      if (rows === null) return stream;
      for (const row of rows) stream.#apply(row);
    }
    return stream;
  }

  #apply(event) {
    this.events.push(event.op ?? decode(event.raw));
    if (event.op === 'delete') this.rows = this.rows.filter(({ seq }) => !event.seqs.includes(seq));
    else if (!this.rows.some(({ seq }) => seq === event.seq)) this.rows = [...this.rows, { seq: event.seq, text: decode(event.raw) }].sort((a, b) => a.seq - b.seq);
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
    await bus.subscribe(`services.project-${projectId}._.terminal-browser.${Buffer.from(termPath).toString('base64')}`, ({ bytes, headers }) => {
      const { name, args } = decode(bytes);
      if (name === 'size') terminal.sizes.push(args[0]);
      if (name === 'command') terminal.commands.push(args[0]);
      void bus.publish(headers['CN-Reply'], encode(null));
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
  const isLast = () => terminal.sizes.at(-1)?.rows === rows && terminal.sizes.at(-1)?.cols === cols;
  await until(isLast, 'the size', 10_000).catch(() => assert.deepEqual(terminal.sizes.at(-1), { rows, cols }));
};
const percentile = (times, part) => times.sort((a, b) => a - b)[Math.floor(times.length * part)];

const checks = {
  // A shell, its folder, its end, and a new life by a key.
  async shell() {
    const terminal = await Terminal.open(await connect(), 'sub/.a.term-0.term', shell);
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
    const [first, second] = [await Terminal.open(await connect(), '.v.term-0.term', options), await Terminal.open(await connect(), '.v.term-0.term', options)];
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
    await until(() => existsSync(`${home}/text.txt`), 'the file');
    assert.equal(readFileSync(`${home}/text.txt`, 'utf8'), 'hello from vim\n');
    await first.stream.until((text) => /\x1b\[\?1049l[^]*ready> /.test(text.slice(before)), 'the shell again');
    await second.stream.until((text) => text === first.stream.text, 'the same in both');
    await first.write(`printf '\\033]49;{"event":"open","paths":[{"file":"x"}]}\\007'\n`);
    await until(() => second.commands.length > 0, 'the command');
    assert.deepEqual(second.commands[0], { event: 'open', paths: [{ file: 'x' }] });
  },
  // More output than the stream keeps: the oldest goes, in order, and the end is there.
  async flood() {
    const terminal = await Terminal.open(await connect(), '.f.term-0.term', { ...shell, path: 'f.term' });
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
    const bus = await connect();
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

await checks[check]();
process.exit(0);
