// A member of the bus that isn't ours, as a browser is one: calls a standalone daemon's services over the real socket.io-client, one check a run.
//   node project-client.mjs PORT DATA HOME CHECK [MEGABYTES [read|write]]; the check "servers": the HOME of compute server 1 instead
// PORT: the browser port; DATA: the folder with project-id and api-keys; HOME: the project's. Exits with 0 if the check holds; "speed" prints a JSON line.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { Bus, id } from './bus.mjs';
import { decode, encode } from './messagepack.mjs';

const CHUNK = 4_194_304;
const [, , port, data, home, check, megabytes, way] = process.argv;
const otherHome = megabytes;
const projectId = readFileSync(`${data}/project-id`, 'utf8').trim();
const subject = (service) => `project.${projectId}.0.${service}.-`;

class Client extends Bus {
  // A method of the project's API, errors as they come.
  api(name, ...args) {
    return this.request(subject('api'), { name, args });
  }

  // Downloads; gives the chunks' payloads, still encoded or not.
  async *readFile(path) {
    let last = 0;
    for await (const { bytes, headers } of this.requestMany(subject('files:read'), { path })) {
      if (headers.error) throw new Error(headers.error);
      if (headers.done) return;
      assert.equal(headers.seq, ++last);
      yield bytes;
    }
  }

  // Uploads chunks as a one-time service.
  async writeFile(path, chunks) {
    const name = id();
    let failure;
    const unsubscribe = await this.subscribe(subject(`files:read${name}`), async ({ headers: { 'CN-Reply': reply } }) => {
      try {
        let seq = 0;
        for (const chunk of chunks) assert.equal(await this.publish(reply, encode(chunk), { seq: ++seq }), 1);
        await this.publish(reply, encode(null), { done: true });
      } catch (error) {
        failure = error;
      }
    });
    try {
      const answer = await this.request(subject('files:write'), { name, path, maxWait: 600_000 });
      if (failure) throw failure;
      return answer;
    } finally {
      await unsubscribe();
    }
  }
}

const chunksOf = (bytes) => Array.from({ length: Math.ceil(bytes.length / CHUNK) }, (_, i) => bytes.subarray(i * CHUNK, (i + 1) * CHUNK));
const sha1 = (bytes) => createHash('sha1').update(bytes).digest('hex');
const MB = 1024 * 1024;

const checks = {
  async exec(client) {
    assert.deepEqual(await client.api('system.exec', { command: 'echo', args: ['é', 'b'] }), { stdout: 'é b\n', stderr: '', exit_code: 0, type: 'blocking' });
    assert.deepEqual(await client.api('system.exec', { command: 'exit 3' }), { error: "command 'exit 3' exited with nonzero code 3 -- stderr=''" });
    assert.deepEqual(await client.api('system.nope'), { error: "Error: unknown function 'system.nope'" });
    assert.deepEqual(await client.request(subject('browser-api'), { cmd: 'realpath', path: '.' }), '.');
    const main = await client.api('system.configuration', 'main');
    assert.ok(main.timestamp instanceof Date);
  },
  // Each formatter that the project has, once with a text that it takes and once with one that it refuses; docs/formatters.md shows what is printed.
  async formatters(client) {
    const { formatting } = (await client.api('system.configuration', 'main')).capabilities;
    assert.equal(formatting.prettier, true);
    const tools = [
      ['prettier', 'babel', 'const a=[1,2]', 'function f( {'],
      ['prettier', 'json', '{"a":1}', '{"a":,}'],
      ['prettier', 'css', 'a{b:c}', 'a{b:c'],
      ['yapf', 'python', 'x=[1,2 ]\n', 'def f(:\n  pass\n'],
      ['gofmt', 'gofmt', 'package main\nvar  x=1\n', 'package main\nfunc main( {\n'],
      ['rustfmt', 'rust', 'fn main(){}', 'fn main('],
      ['clang-format', 'clang-format', 'int  x ;\n', 'int x;\n', { tabWidth: -1 }],
      ['tidy', 'xml-tidy', '<a><b/></a>', '<a></b>'],
      ['formatR', 'formatR', 'x<-c(1,2)\n', 'x <- (1,\n'],
      ['latexindent', 'latex', '\\begin{a}\nx\n\\end{a}\n', ''],
      ['bib-biber', 'bib-biber', '@article{a,title={T}}', '@article{'],
      ['zig', 'zig', 'const x=1;', 'const x=;'],
    ];
    for (const [tool, parser, good, bad, badOptions] of tools) {
      if (!formatting[tool]) continue;
      const format = async (str, options) => {
        const answer = await client.api('editor.formatterString', { str, options: { parser, ...options }, path: 'a.c' });
        console.log(`${parser}: ${JSON.stringify(str)}${options ? ' ' + JSON.stringify(options) : ''}\n${(answer.error ?? answer).replace(/^/gm, '    ')}`);
        return answer;
      };
      const answers = [await format(good), bad && (await format(bad, badOptions))];
      // The others are as this machine has them.
      if (tool === 'prettier') assert.ok(typeof answers[0] === 'string' && answers[1].error.startsWith('Error: '));
    }
    const typed = { name: 'formatter', args: [{ path: 'a.py', options: { parser: 'python' } }] };
    assert.deepEqual(await client.request(`services.project-${projectId}.0.formatter._`, typed), { error: 'Error: "a.py" is not opened' });
  },
  // Code in kernels of its own; docs/kernels.md shows what is printed.
  async kernels(client) {
    const kernels = await client.api('editor.jupyterKernels');
    assert.ok(kernels.some(({ name, language }) => name === 'python3' && language === 'python'), JSON.stringify(kernels));
    const logo = await client.api('editor.jupyterKernelLogo', 'python3');
    assert.ok(logo.filename.startsWith('logo-') && logo.base64.length > 100);
    const execute = async (input, options = {}) => {
      const output = await client.api('system.jupyterExecute', { kernel: 'python3', input, ...options });
      const shown = JSON.stringify(output);
      console.log(`${JSON.stringify({ input, ...options })}\n    ${shown.length > 300 ? `${shown.slice(0, 300)}…` : shown}`);
      return output;
    };
    assert.deepEqual(await execute("print('hello')\n40+2"), [{ name: 'stdout', text: 'hello\n' }, { data: { 'text/plain': '42' } }]);
    assert.deepEqual(await execute('a*2', { history: ['a = 21'] }), [{ data: { 'text/plain': '42' } }]);
    const [error] = await execute('1/0');
    assert.deepEqual([error.ename, error.evalue], ['ZeroDivisionError', 'division by zero']);
    const [image] = await execute(
      "import base64\nfrom IPython.display import Image\nImage(data=base64.b64decode("
      + "'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='))");
    assert.equal(sha1(Buffer.from(image.data['image/png'], 'base64')), '4a5eb7171b58e08a6881721e3b43d5a44419a2be');
    assert.equal((await execute("input('name? ')")).at(-1).ename, 'StdinNotImplementedError');
    assert.equal((await execute('while True: pass', { limits: { timeout_ms_per_cell: 500 } })).at(-1).ename, 'KeyboardInterrupt');
    assert.deepEqual(await execute("print('x'*1000)", { limits: { max_output_per_cell: 100 } }), [
      { name: 'stdout', output_type: 'stream', text: ['Output truncated since it exceeded the cell output limit of 100 characters'] }]);
    assert.match((await execute('1', { kernel: 'none' })).error, /^Error: .*Unable to Spawn Jupyter Kernel:[^]*No spec available for kernel "none"/);
    const stopped = client.api('system.jupyterExecute', { kernel: 'python3', input: 'import time; time.sleep(1000)' });
    let isOver = false;
    stopped.then(() => { isOver = true; });
    while (!isOver) {
      for (const { pid, connectionFile, kernel_name } of await client.api('system.listJupyterKernels')) {
        assert.ok(pid > 1 && connectionFile.startsWith('/') && kernel_name === 'python3');
        assert.equal(typeof (await client.api('system.stopJupyterKernel', { pid })).success, 'boolean');
      }
    }
    assert.match((await stopped).error, /^Error: Kernel last terminated by signal SIGKILL|^Error: Kernel last exited with code 137/);
    assert.deepEqual(await client.api('system.stopJupyterKernel', { pid: process.pid }), { success: false });
    assert.deepEqual(await execute('6*7'), [{ data: { 'text/plain': '42' } }]);
  },
  // A whole notebook: run, stripped, and converted to HTML.
  async notebook(client) {
    const code = (source) => ({ cell_type: 'code', execution_count: null, metadata: {}, outputs: [], source });
    const notebook = {
      cells: [{ cell_type: 'markdown', metadata: {}, source: ['# π\n', 'text'] }, code(['a = 6\n', 'a*7']), code("print('x'); 1/0"), code('a+1')],
      custom: { kept: [1, null] }, metadata: { kernelspec: { name: 'python3', display_name: 'Python 3', language: 'python' }, language_info: { name: 'python' } }, nbformat: 4, nbformat_minor: 4,
    };
    const text = await client.api('editor.jupyterRunNotebook', { path: 'nb', ipynb: JSON.stringify(notebook), limits: { max_total_time_ms: 60_000 } });
    assert.equal(typeof text, 'string', JSON.stringify(text));
    const run = JSON.parse(text);
    assert.deepEqual(run.cells.map(({ outputs }) => outputs?.map((output) => output.data?.['text/plain'] ?? output.text ?? output.ename)), [
      undefined, ['42'], ['x\n', 'ZeroDivisionError'], ['7']]);
    assert.deepEqual(run.custom, notebook.custom);
    assert.deepEqual(readdirSync(`${home}/nb`), []);
    writeFileSync(`${home}/nb/run.ipynb`, text);
    assert.equal(await client.api('editor.jupyterStripNotebook', 'nb/run.ipynb'), JSON.stringify({ ...run, cells: notebook.cells }));
    assert.deepEqual(await client.request(subject('browser-api'), { cmd: 'jupyter_strip_notebook', ipynb_path: 'nb/none.ipynb' }), {
      error: "Error: ENOENT: no such file or directory, open 'nb/none.ipynb'" });

    // As Jupyter itself has outputs, which nbconvert wants.
    for (const cell of run.cells) for (const output of cell.outputs ?? []) {
      Object.assign(output, output.data ? { output_type: 'display_data', metadata: {} } : { output_type: output.ename ? 'error' : 'stream' });
    }
    writeFileSync(`${home}/nb/whole.ipynb`, JSON.stringify(run));
    assert.equal(await client.api('editor.jupyterNbconvert', { args: ['--to', 'html', '--', 'whole.ipynb'], directory: 'nb' }), null);
    const html = readFileSync(`${home}/nb/whole.html`, 'utf8');
    assert.ok(html.includes('ZeroDivisionError') && html.includes('<pre>42</pre>'));
    assert.match((await client.api('editor.jupyterNbconvert', { args: ['--to', 'html', '--', 'none.ipynb'] })).error, /^Error: .*pattern 'none.ipynb' matched no files/);
  },
  // Two daemons of one project: each on its own subjects, and the second through the first.
  async servers(client) {
    const at = (server) => `project.${projectId}.${server}.api.-`;
    const homeOf = async (server, options = {}) =>
      (await client.request(at(server), { name: 'system.exec', args: [{ command: 'echo $HOME', bash: true, ...options }] })).stdout.trim();
    assert.equal(await homeOf(0), home);
    assert.equal(await homeOf(1), otherHome);
    assert.equal(await homeOf(0, { compute_server_id: 1 }), otherHome);
    const listing = await client.request(subject('browser-api'), { cmd: 'listing', path: '', hidden: false, compute_server_id: 1 });
    assert.deepEqual(listing.map(({ name }) => name), ['only-there.txt']);
    const entries = await client.request(at(1), { name: 'system.listing', args: [{ path: '' }] });
    assert.deepEqual(entries.map(({ name }) => name), ['only-there.txt']);
    assert.deepEqual(await client.request(at(1), { name: 'ping' }), 'pong');
  },
  async noServer(client) {
    const error = 'Error: no connection to compute server -- please start or restart it';
    const command = await client.api('system.exec', { command: 'true', compute_server_id: 1 });
    assert.equal(command.error, error);
    const listing = await client.request(subject('browser-api'), { cmd: 'listing', path: '', hidden: false, compute_server_id: 1 });
    assert.deepEqual(listing, { error });
  },
  async time(client) {
    const account = `account-${client.account}`;
    const { result, skew } = { result: await client.request(`time.${account}.api`, { name: 'time', args: [] }), skew: 60_000 };
    assert.ok(Math.abs(result - Date.now()) < skew);
  },
  async files(client) {
    const bytes = randomBytes((Number(megabytes) || 50) * MB + 123);
    assert.deepEqual(await client.writeFile('new/up.bin', chunksOf(bytes)), { status: 'success', bytes: bytes.length, chunks: Math.ceil(bytes.length / CHUNK) });
    assert.equal(sha1(readFileSync(`${home}/new/up.bin`)), sha1(bytes));
    assert.deepEqual(readdirSync(`${home}/new`), ['up.bin']);
    const got = [];
    for await (const chunk of client.readFile('new/up.bin')) got.push(decode(chunk));
    assert.ok(got.slice(0, -1).every((chunk) => chunk.length === CHUNK));
    assert.equal(sha1(Buffer.concat(got)), sha1(bytes));
    await assert.rejects(async () => { for await (const _ of client.readFile('nope')); }, { message: `Error: ENOENT: no such file or directory, open '${home}/nope'` });
    assert.deepEqual(await client.writeFile('new/up.bin/x/y', [bytes.subarray(0, 10)]),
      { error: `Error: ENOTDIR: not a directory, mkdir '${home}/new/up.bin/x'`, status: 'error' });
  },
  async execStream(client) {
    const events = [];
    for await (const { bytes } of client.requestMany(subject('exec-stream'), { project_id: projectId, command: 'echo a; sleep 0.3; echo b >&2; sleep 0.3; echo c; exit 7', bash: true, err_on_exit: false })) {
      events.push(decode(bytes));
      if (events.at(-1) === null) break;
    }
    assert.equal(events.pop(), null);
    assert.deepEqual(events.map(({ seq }) => seq), events.map((_, i) => i));
    assert.deepEqual(events.map(({ type }) => type).filter((type) => type !== 'stats'), ['job', 'stdout', 'stderr', 'stdout', 'done']);
    const done = events.at(-1).data;
    assert.deepEqual([done.stdout, done.stderr, done.exit_code, done.status], ['a\nc\n', 'b\n', 7, 'completed']);
    const record = await client.api('system.exec', { async_get: done.job_id });
    assert.equal(record.exit_code, 7);
  },
  // A file both ways, without hashing: what the services do, not what node does. Prints MB/s.
  async speed(client) {
    const size = (Number(megabytes) || 256) * MB;
    writeFileSync(`${home}/speed.bin`, Buffer.alloc(size, 'speed'));
    const chunk = Buffer.alloc(CHUNK, 'speed');
    const figures = {};
    const measure = async (name, run) => {
      if (way && !name.startsWith(way)) return;
      const start = process.hrtime.bigint();
      await run();
      figures[name] = Math.round(size / MB / (Number(process.hrtime.bigint() - start) / 1e9));
    };
    for (const round of ['', '2', '3']) {
      await measure(`read${round}`, async () => {
        let got = 0;
        for await (const payload of client.readFile('speed.bin')) got += payload.length - 5;
        assert.equal(got, size);
      });
      await measure(`write${round}`, async () => {
        const answer = await client.writeFile('written.bin', { *[Symbol.iterator]() { for (let at = 0; at < size; at += CHUNK) yield chunk; } });
        assert.deepEqual(answer, { status: 'success', bytes: size, chunks: size / CHUNK });
      });
    }
    if (way !== 'read') assert.equal(statSync(`${home}/written.bin`).size, size);
    console.log(JSON.stringify(figures));
  },
};

const client = await Client.connect(port, data);
try {
  await checks[check](client);
} finally {
  client.close();
}
