// For orientation beside `--filter persist`: acknowledged publishes of 100 bytes, 64 in flight, to NATS JetStream by its own client.
//   apt-get install nats-server; npm install --no-save nats; nats-server -a 127.0.0.1 -p 14222 -js -sd DIR; node jetstream.mjs 14222
import { connect, RetentionPolicy, StorageType } from 'nats';
const nc = await connect({ servers: 'nats://127.0.0.1:' + process.argv[2] });
const jsm = await nc.jetstreamManager(); const js = nc.jetstream();
const body = new Uint8Array(100);
for (const storage of [StorageType.Memory, StorageType.File]) {
  await jsm.streams.add({ name: 's' + storage, subjects: ['t.' + storage], storage });
  const run = async (n) => { let sent = 0; const b = performance.now(); await Promise.all(Array.from({ length: 64 }, async () => { while (sent++ < n) await js.publish('t.' + storage, body); })); return n / (performance.now() - b) * 1000; };
  await run(20000); const r = []; for (let i = 0; i < 5; i++) r.push(await run(20000)); r.sort((a, b) => a - b); console.log(storage, Math.round(r[2]) + '/s');
}
const run = async (n) => { nc.subscribe('e', { callback: (_, m) => m.respond(m.data) }); let sent = 0; const b = performance.now(); await Promise.all(Array.from({ length: 64 }, async () => { while (sent++ < n) await nc.request('e', body); })); return n / (performance.now() - b) * 1000; };
console.log('bare request', Math.round(await run(40000)) + '/s');
await nc.close();
