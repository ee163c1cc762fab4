// What a browser sees of folders, processes and the project's status, with socket.io-client alone. Also a sample; one check a run.
//   node status-client.mjs PORT DATA HOME CHECK
// PORT: the browser port; DATA: the folder with project-id and api-keys; HOME: the project's. Exits with 0 if the check holds; docs/status.md shows what is printed.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { Bus, sleep } from './bus.mjs';
import { decode } from './messagepack.mjs';
import { Dkv } from './stream.mjs';

const [, , port, data, home, check] = process.argv;
const projectId = readFileSync(`${data}/project-id`, 'utf8').trim();
const subject = (service) => `project.${projectId}.0.${service}.-`;
const until = async (get, holds, what) => {
  let value;
  for (let end = Date.now() + 90_000; Date.now() < end; await sleep(20)) if (holds((value = await get()))) return value;
  throw new Error(`timeout: ${what}, at ${JSON.stringify(value)}`);
};

const MB = 1024 * 1024;
const close = (actual, expected, by, what) => assert.ok(Math.abs(actual - expected) <= by, `${what}: ${actual}, not ${expected}`);

const checks = {
  // A folder's listing follows what is done in the folder.
  async listing() {
    const bus = await Bus.connect(port, data);
    const service = `services.project-${projectId}.0.listings._`;
    const [listings, times] = [await Dkv.open(bus, 'listings'), await Dkv.open(bus, 'listings-times')];
    const shown = (what, holds) => until(() => listings.get('d'), (listing) => listing && holds(listing), what).then((listing) => {
      console.log(`${what}: ${listing.files ? listing.files.map(({ name, size, isdir, link_target }) =>
        `${name}${isdir ? '/' : ''}${link_target ? ` -> ${link_target}` : ''} (${size})`).join(', ') || '(empty)' : listing.error.replace(home, '$HOME')}`);
      return listing;
    });
    const names = (listing) => (listing.files ?? []).map(({ name }) => name).sort().join();
    const path = (name) => `${home}/d/${name}`;
    mkdirSync(`${home}/d`);
    assert.equal(await bus.call(service, 'watch', 'd'), null);
    const { time, exists } = await shown('watch d', (listing) => names(listing) === '' && listing.files);
    assert.equal(exists, true);
    close(time, Date.now(), 60_000, 'time');
    writeFileSync(path('a.txt'), 'hello');
    await shown('echo -n hello > a.txt', (listing) => names(listing) === 'a.txt' && listing.files[0].size === 5);
    renameSync(path('a.txt'), path('.b'));
    await shown('mv a.txt .b', (listing) => names(listing) === '.b');
    mkdirSync(path('sub'));
    await shown('mkdir sub', (listing) => names(listing) === '.b,sub');
    rmSync(path('.b'));
    await shown('rm .b', (listing) => names(listing) === 'sub');
    rmSync(`${home}/d`, { recursive: true });
    const gone = await shown('rm -r d', (listing) => listing.error);
    assert.deepEqual([gone.exists, gone.error], [false, `ENOENT: no such file or directory, opendir '${home}/d'`]);
    writeFileSync(`${home}/d`, '');
    assert.equal((await shown('touch d', (listing) => listing.error?.startsWith('ENOTDIR'))).exists, undefined);
    rmSync(`${home}/d`);
    mkdirSync(`${home}/d`);
    await shown('rm d; mkdir d', (listing) => listing.files);
    const { interest, updated } = times.get('d');
    assert.ok(interest <= updated && updated <= Date.now());
    const direct = await bus.call(service, 'getListing', { path: '', hidden: false });
    assert.ok(direct.some(({ name, isdir }) => name === 'd' && isdir) && !direct.some(({ name }) => name.startsWith('.')));
    await assert.rejects(bus.call(service, 'getListing', { path: 'none' }), /^Error: Error: ENOENT/);
  },
  // What is told of a process that eats a processor and memory, against ps, stat and /proc; and the status, while it runs and after.
  async status() {
    const bus = await Bus.connect(port, data);
    const statuses = [];
    await bus.subscribe(subject('project-status'), ({ bytes }) => statuses.push(decode(bytes)));
    const first = await until(() => statuses[0], Boolean, 'the first status');
    assert.deepEqual([first.alerts, first.usage], [[], {}]);
    const second = await until(() => statuses[1], Boolean, 'that of the first scan');
    assert.equal(second.version, first.version);
    assert.ok(Number.isInteger(second.usage.disk_mb));
    const get = () => bus.request(subject('project-info'), ['get', []]);
    const info = await get();
    close(info.boottime.getTime(), info.timestamp - 1000 * info.uptime, 1, 'boottime');
    close(info.uptime, Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]), 30, 'uptime');
    const { blocks, bsize } = statfsSync(home);
    close(info.disk_usage.project.total, blocks * bsize / MB, 0.001, 'total');
    close(info.disk_usage.project.usage, info.disk_usage.project.total - info.disk_usage.project.free, 0.001, 'usage');
    assert.equal((await bus.ask(subject('project-info'), ['nope', []])).headers.error, 'Error: nope not defined');

    await bus.call(`project.${projectId}.0.api.-`, 'editor.createTerminalService', '.t.term-0.term', { path: 't.term', command: '/bin/sh' });
    const terminal = `services.project-${projectId}._.terminal-server.${Buffer.from('.t.term-0.term').toString('base64')}`;
    await bus.call(terminal, 'write', 'echo\n');
    const isShell = ({ cocalc }) => cocalc?.type === 'terminal' && cocalc.path === 't.term';
    const { processes } = await until(get, (now) => Object.values(now.processes).some(isShell), 'the terminal');
    const own = Object.values(processes).find(({ cocalc }) => cocalc?.type === 'project');
    console.log(`the daemon: ${JSON.stringify({ ...own, cmdline: undefined, exe: undefined })}`);

    const eater = spawn('/bin/bash', ['-c', 'x=$(head -c 100000000 /dev/zero | tr "\\0" x); while :; do :; done', '(an eater)\n of ) time']);
    try {
      // Both look at it at times of their own, and it grows first.
      const ps = () => execFileSync('ps', ['-o', 'ppid=,nice=,nlwp=,rss=,times=', '-p', eater.pid], { encoding: 'utf8' }).trim().split(/\s+/).map(Number);
      const isSame = ([now, [, , , rss, seconds]]) =>
        now?.cpu.pct > 5 && now.stat.mem.rss > 90 && Math.abs(now.stat.mem.rss - rss / 1024) < 5 && Math.abs(now.cpu.secs - seconds) < 5;
      const [seen, [ppid, nice, threads]] = await until(async () => [(await get()).processes[eater.pid], ps()], isSame, 'the eater, as ps has it');
      assert.deepEqual([seen.ppid, seen.stat.ppid, seen.stat.nice, seen.stat.num_threads], [process.pid, ppid, nice, threads]);
      assert.equal(seen.cmdline.at(-1), '(an eater)\n of ) time');
      console.log(`one that eats: ${JSON.stringify({ cpu: seen.cpu, stat: { state: seen.stat.state, mem: seen.stat.mem } })}`);
      const alert = await until(() => statuses.at(-1), ({ alerts }) => alerts.some(({ type, pids }) => type === 'cpu-process' && pids.includes(`${eater.pid}`)), 'the alert');
      console.log(`status: ${JSON.stringify(alert.alerts.map(({ type }) => type))} ${JSON.stringify(alert.usage)}`);
    } finally {
      eater.kill('SIGKILL');
    }
    await until(() => statuses.at(-1), ({ alerts }) => !alerts.some(({ pids }) => pids?.includes(`${eater.pid}`)), 'the end of the alert');
    console.log(`and after it: no alert, ${statuses.length} statuses in all`);
  },
  // The usage of a notebook whose kernel doesn't run.
  async usage() {
    const bus = await Bus.connect(port, data);
    const get = () => bus.request(subject('usage-info'), ['get', ['none.ipynb']]);
    assert.equal(await get(), null);
    const { time, ...usage } = await until(get, Boolean, 'a usage');
    close(time, Date.now(), 60_000, 'time');
    assert.deepEqual(Object.entries(usage).slice(0, 4), Object.entries({ cpu: 0, cpu_chld: 0, mem: 0, mem_chld: 0 }));
    assert.deepEqual(Object.keys(usage).slice(4), ['mem_limit', 'cpu_limit', 'mem_free']);
    console.log(`none.ipynb: null, then ${JSON.stringify(usage)}`);
  },
};

try {
  await checks[check]();
  process.exit(0);
} catch (error) {
  console.error(error);
  process.exit(1);
}
