// A terminal from a node script: what a browser does. Also a sample; one check a run.
//   node terminal-client.mjs PORT DATA HOME CHECK [MORE]
// PORT: the browser port; DATA: the folder with project-id, api-keys and project.pid; HOME: the project's. Exits with 0 if the check holds. "session" prints what
// docs/terminals.md shows, "speed" a line of JSON.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { Bus, bounded, id, sleep, until } from './bus.mjs';
import { decode, encode } from './messagepack.mjs';
import { Stream } from './stream.mjs';

const [, , port, data, home, check, ...more] = process.argv;
const projectId = readFileSync(`${data}/project-id`, 'utf8').trim();
const connect = () => Bus.connect(port, data);

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
// Many terminals of which nobody shows what they print.
const terminals = (bus, count, name, options) => Promise.all(Array.from({ length: count }, async (_, i) => {
  const path = `.${name}-${i}.term`;
  await bus.call(`project.${projectId}.0.api.-`, 'editor.createTerminalService', path, { path, ephemeral: true, ...options });
  return { call: (...call) => bus.call(`services.project-${projectId}._.terminal-server.${Buffer.from(path).toString('base64')}`, ...call) };
}));
const daemon = () => `/proc/${readFileSync(`${data}/project.pid`, 'utf8').trim()}`;
const residentKb = () => Number(/^Rss: +(\d+)/m.exec(readFileSync(`${daemon()}/smaps_rollup`, 'utf8'))[1]);
const masters = () => readdirSync(`${daemon()}/fd`).filter((fd) => {
  try { return readlinkSync(`${daemon()}/fd/${fd}`) === '/dev/ptmx'; } catch { return false; }
}).length;
// The same shell on the terminal of script(1).
const promptUnderScript = () => bounded(new Promise((resolve) => {
  const command = 'export PS1="ready> "; exec /bin/bash --norc --noprofile -i';
  const child = spawn('script', ['-qfc', command, '/dev/null'], { stdio: ['pipe', 'pipe', 'ignore'] });
  let text = '';
  child.stdout.on('data', (bytes) => {
    text += bytes;
    if (text.includes('ready> ')) { child.kill(); resolve(); }
  });
}), 'the prompt under script', 10_000);
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
  // What goes wrong, and what must not be mistaken for it.
  async faults() {
    const bus = await connect();
    const terminal = await Terminal.open(bus, '.b.term-0.term', { ...shell, path: 'b.term' });
    const note = async (options) => (await terminal.call('create', options)).note;
    const same = 'Already have working session with same options. ';
    const other = 'Closed existing session. Creating new session.';
    assert.equal(await note({ ephemeral: true, env: { PS1: 'ready> ' }, command: '/bin/sh', path: 'b.term' }), same);
    assert.equal(await note({ ...shell, path: 'b.term', args: [] }), other);
    assert.equal(await note({ ...shell, path: 'b.term', args: [], env: { PS1: 'ready> ', A: '1' } }), other);
    assert.equal(await note({ ...shell, path: 'b.term' }), other);
    assert.ok(terminal.stream.rows.length > 0);
    await terminal.write('echo pid=$$-; echo told-$((1+1))\n');
    await terminal.says('told-2');
    const [, pid] = [...terminal.stream.text.matchAll(/pid=(\d+)-/g)].at(-1);
    process.kill(Number(pid), 'SIGKILL');
    await terminal.stream.until((text) => text.endsWith('[Process completed - press any key]\r\n\r\n'), 'its end');
    assert.equal(await terminal.call('cwd'), null);
    assert.equal(await note({ ...shell, path: 'b.term' }), same);
    for (const size of [[0, 0], [-1, 5], [10_000, 10_000], [1e9, 1e9], ['x', null], [2.5, 80]]) await terminal.size(...size, true);
    await terminal.write('back');
    await terminal.write('echo alive-$((1+1))\n');
    await terminal.says('alive-2');
    await terminal.write('y'.repeat(10 * 1024 * 1024));
    await terminal.says('[excessive input discarded]');
    await terminal.call('kill');
    const again = await Stream.open(bus, 'terminal-.b.term-0.term');
    assert.equal(again.text, '');
    await terminal.call('kill');
    await terminal.call('close', terminal.browser);
    assert.deepEqual(await terminal.call('create', { command: 'no-such-program', ephemeral: true }), { success: 'ok', note: 'Creating new session.' });
    await terminal.says('\r\nno-such-program: not found\r\n\r\n\r\n[Process completed - press any key]\r\n\r\n');
    await terminal.call('create', { command: '/bin/echo', args: ['first', 5, 'and last'], ephemeral: true });
    await terminal.says('first and last\r\n\r\n\r\n[Process completed - press any key]\r\n\r\n');
    // Never created: only served.
    await bus.call(`project.${projectId}.0.api.-`, 'editor.createTerminalService', '.c.term-0.term');
    assert.equal(await bus.call(`services.project-${projectId}._.terminal-server.${Buffer.from('.c.term-0.term').toString('base64')}`, 'cwd'), '');
  },
  // Idle terminals take little, and ended ones nothing: no process, no descriptor.
  async idle() {
    const bus = await connect();
    await terminals(bus, 50, 'warm', { command: '/bin/cat' });
    const before = { memory: residentKb(), masters: masters() };
    const all = await terminals(bus, 100, 'idle', { command: '/bin/cat' });
    const each = Math.round((residentKb() - before.memory) / all.length);
    assert.equal(masters() - before.masters, 2 * all.length);
    await Promise.all(all.map(({ call }) => call('kill')));
    await until(() => masters() === before.masters, `${before.masters} open masters`);
    assert.ok(each <= 300, `${each} KB each`);
    console.log(JSON.stringify({ idleKb: each }));
  },
  // Two programs that run on: one that ends when it is told, and one that stays.
  async stay() {
    const told = `trap 'touch hung-up; exit' HUP; echo $$ >> pids; echo ready-; while :; do sleep 0.1; done`;
    const deaf = `trap '' HUP TERM; echo $$ >> pids; echo ready-; while :; do sleep 0.1; done`;
    for (const [i, script] of [told, deaf].entries()) {
      const terminal = await Terminal.open(await connect(), `.stay-${i}.term`, { path: 's', command: '/bin/sh', args: ['-c', script], ephemeral: true });
      await terminal.says('ready-');
    }
  },
  // The session in docs/terminals.md.
  async session() {
    const options = { path: 'demo.term', command: '/bin/bash', args: ['--norc'], env: { PS1: '$ ' }, ephemeral: true };
    const [ann, ben] = [await Terminal.open(await connect(), '.demo.term-0.term', options), await Terminal.open(await connect(), '.demo.term-0.term', options)];
    const say = (what, value) => console.log(`${what.padEnd(58)} ${typeof value === 'string' ? value : JSON.stringify(value)}`);
    say('both create the terminal with the same options', (await ben.call('create', options)).note);
    await ann.size(30, 100);
    await lastSize(ann, 30, 100);
    say('Ann shows it as 30x100; her browser is told', ann.sizes.at(-1));
    await ben.size(20, 120);
    await lastSize(ann, 20, 100);
    say('Ben shows it as 20x120; both are told', ann.sizes.at(-1));
    await ann.says('$ ');
    await ann.write('vim -u NONE -N hello.txt\n');
    await ben.stream.until((text) => text.includes('\x1b[?1049h') && text.includes('~'), 'vim');
    await ann.write('ihello');
    await ben.says('hello');
    await ben.call('close', ben.browser);
    await lastSize(ann, 30, 100);
    say('Ben leaves while vim runs; Ann is told', ann.sizes.at(-1));
    await ann.write('\x1b:set lines? columns?\r');
    await ann.stream.until((text) => /lines=29|lines=30/.test(text) && text.includes('columns=100'), 'the new size');
    say('vim knows', `${/lines=30/.exec(ann.stream.text)[0]} columns=100`);
    const before = ann.stream.text.length;
    await ann.write('\r\x1b:wq\r');
    await ann.stream.until((text) => /\x1b\[\?1049l[^]*\$ /.test(text.slice(before)), 'the shell');
    say('hello.txt, after :wq', readFileSync(`${home}/hello.txt`, 'utf8').trim());
    await ann.write('seq 1 1000000; echo end-$((1+1))\n');
    await ann.says('end-2');
    await ben.stream.until((text) => text === ann.stream.text, 'the same in both');
    const printed = ann.stream.events.filter((event) => event !== 'delete').join('').length;
    say('seq 1 1000000: characters published, and kept', `${printed}, ${ann.stream.text.length} in ${ann.stream.rows.length} entries`);
    const numbers = [...ann.stream.text.matchAll(/(?<=\n)(\d+)\r$/gm)].map(([, number]) => Number(number));
    assert.ok(numbers.every((number, i) => i === 0 || number === numbers[i - 1] + 1));
    say('kept numbers, none missing between', `${numbers[0]} to ${numbers.at(-1)}`);
    await ann.call('kill');
    await ben.stream.until((text) => text === '', 'empty');
    say('kill; in the stream are', `${ben.stream.rows.length} entries`);
  },
  // Milliseconds at this client.
  async speed() {
    const bus = await connect();
    const rounds = Number(more[0] ?? 200);
    const api = `project.${projectId}.0.api.-`;
    const timed = async (run) => { const begin = performance.now(); await run(); return performance.now() - begin; };
    const ping = () => timed(() => bus.call(api, 'system.ping'));
    const terminal = await Terminal.open(bus, '.s.term-0.term', { path: 's.term', command: '/bin/cat', ephemeral: true });
    const result = { ping: [], echo: [], pingInFlood: [], prompt: [], script: [] };
    for (let i = 0; i < rounds; i++) {
      result.ping.push(await ping());
      const seen = terminal.stream.text.length;
      result.echo.push(await timed(() => Promise.all([terminal.write('k'), terminal.stream.until((text) => text.length > seen, 'the echo')])));
      await sleep(60);
    }
    await terminal.call('kill');
    for (let i = 0; i < rounds / 10; i++) {
      const path = `.p${i}.term-0.term`;
      const stream = await Stream.open(bus, `terminal-${path}`);
      const options = { path, command: '/bin/bash', args: ['--norc', '--noprofile'], env: { PS1: 'ready> ' }, ephemeral: true };
      result.prompt.push(await timed(() => Promise.all([bus.call(api, 'editor.createTerminalService', path, options), stream.says('ready> ')])));
      result.script.push(await timed(promptUnderScript));
    }
    const flood = await Terminal.open(bus, '.q.term-0.term', { ...shell, path: 'q.term' });
    await flood.says('ready> ');
    const seq = await timed(async () => { await flood.write('seq 1 1000000; echo end-$((1+1))\n'); await flood.says('end-2'); });
    flood.stream.close();
    await flood.write('exec yes\n');
    const other = await connect();
    for (let i = 0; i < rounds; i++) {
      result.pingInFlood.push(await timed(() => other.call(api, 'system.ping')));
      await sleep(5);
    }
    await flood.call('kill');
    const p50 = (name) => percentile(result[name], 0.5);
    console.log(JSON.stringify({ ping: p50('ping'), echo: p50('echo'), prompt: p50('prompt'), script: p50('script'), seq, pingInFloodP99: percentile(result.pingInFlood, 0.99) }));
  },
};

await checks[check]();
process.exit(0);
