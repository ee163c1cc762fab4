// Calls a standalone daemon over conat with socket.io-client alone: a command, a file of 50 MB up and down, and a command that is followed.
//   npm install socket.io-client @msgpack/msgpack
//   node conat-session.mjs http://127.0.0.1:PORT ~/.local/state/projectsilo      # PORT: see browser-server.port there
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { io } from 'socket.io-client';
import { decode, encode } from '@msgpack/msgpack';

const [, , url, data] = process.argv;
const read = (name) => readFileSync(`${data}/${name}`, 'utf8').trim();
const project = read('project-id');
const subject = (service) => `project.${project}.0.${service}.-`;
const id = () => randomBytes(5).toString('hex');
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex').slice(0, 16);

const socket = io(url, { path: '/conat', transports: ['websocket'], extraHeaders: { Cookie: `project_secret=${read('secret-token')}; project_id=${project}` } });
const info = await new Promise((resolve) => socket.once('info', (info, acknowledge) => { acknowledge(); resolve(info); }));
console.log('signed in as', info.user);

// An event of ours, and its acknowledgement.
const emit = async (name, argument) => {
  const answer = await socket.timeout(60_000).emitWithAck(name, argument);
  if (answer?.error) throw new Error(answer.error);
  return answer;
};
const publish = (to, value, headers) => emit('publish', [to, id(), 0, 1, 0, encode(value), ...(headers ? [headers] : [])]);

// Replies come to one inbox. A message may come in chunks: [id, seq, done, encoding, bytes, headers?].
const inbox = `_INBOX.project-${project}.${id()}`;
const takers = new Map(), parts = new Map();
socket.on(`${inbox}.*`, ({ subject, data: [message, , done, , bytes, headers] }) => {
  const all = [...(parts.get(message) ?? []), bytes];
  parts.set(message, all);
  if (!done) return;
  parts.delete(message);
  takers.get(subject)?.(decode(Buffer.concat(all)), headers ?? {});
});
await emit('subscribe', { subject: `${inbox}.*`, queue: id() });

// take(value, headers) returns something once it has had the last reply.
const ask = (to, value, take) => new Promise((resolve, reject) => {
  const reply = `${inbox}.${id()}`;
  takers.set(reply, (value, headers) => {
    if (headers.error) return reject(new Error(headers.error));
    const result = take(value, headers);
    if (result !== undefined) { takers.delete(reply); resolve(result); }
  });
  publish(to, value, { 'CN-Reply': reply }).then(({ count }) => { if (count === 0) reject(new Error(`nobody serves ${to}`)); }, reject);
});
const call = (name, ...args) => ask(subject('api'), { name, args }, (value) => value);

console.log('system.exec:', await call('system.exec', { command: 'uname', args: ['-o'] }));

const bytes = randomBytes(50 * 1024 * 1024);
const name = id();
const offer = subject(`files:read${name}`);
socket.on(offer, async ({ data: [, , , , , { 'CN-Reply': reply }] }) => {
  for (let at = 0, seq = 1; at < bytes.length; at += 4_194_304, seq++) await publish(reply, bytes.subarray(at, at + 4_194_304), { seq });
  await publish(reply, null, { done: true });
});
await emit('subscribe', { subject: offer, queue: '0' });
console.log('files:write:', await ask(subject('files:write'), { name, path: 'demo/big.bin', maxWait: 600_000 }, (value) => value), sha256(bytes));

const got = [];
await ask(subject('files:read'), { path: 'demo/big.bin' }, (chunk, { done }) => (done ? true : void got.push(chunk)));
console.log('files:read:', got.length, 'chunks', sha256(Buffer.concat(got)));

console.log('exec-stream:');
await ask(subject('exec-stream'), { project_id: project, command: 'for i in 1 2 3; do echo $i; sleep 0.3; done', bash: true, err_on_exit: false }, (event) => {
  if (event === null) return true;
  console.log(' ', event.seq, event.type, event.type === 'stdout' ? JSON.stringify(event.data) : event.type === 'done' ? `exit code ${event.data.exit_code}` : '');
});
socket.close();
