// The baseline of the broker: as little of a message router as the real socket.io can be, compression off. Subjects are looked up in a map, without patterns,
// permissions or limits. Its packages are those of tests/Conat.Tests/node.
//   node socketio-server.mjs PORTFILE
import { renameSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';

const require = createRequire(new URL('../../Conat.Tests/node/package.json', import.meta.url));
const { Server } = require('socket.io');
const http = createServer();
const io = new Server(http, { path: '/conat/', transports: ['websocket'], maxHttpBufferSize: 8_000_000, perMessageDeflate: false });
const interest = new Map(); // subject -> Set of sockets

io.on('connection', (socket) => {
  const mine = new Set();
  socket.on('subscribe', ({ subject }, ack) => {
    if (!interest.has(subject)) interest.set(subject, new Set());
    interest.get(subject).add(socket);
    mine.add(subject);
    ack?.({ status: 'added' });
  });
  socket.on('publish', ([subject, ...data], ack) => {
    const receivers = interest.get(subject) ?? [];
    for (const receiver of receivers) receiver.emit(subject, { subject, data });
    ack?.({ count: receivers.size ?? 0 });
  });
  socket.on('stats', () => {});
  socket.on('disconnect', () => mine.forEach((subject) => interest.get(subject).delete(socket)));
  socket.emit('info', { max_payload: 8_000_000, id: '0', user: { project_id: 'p' } }, () => {});
});

http.listen(0, '127.0.0.1', () => {
  writeFileSync(process.argv[2] + '.new', String(http.address().port));
  renameSync(process.argv[2] + '.new', process.argv[2]);
});
process.on('SIGTERM', () => process.exit(0));
