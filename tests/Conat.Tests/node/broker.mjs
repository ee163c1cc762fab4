// A minimal conat broker, written from the specification on the real socket.io: what the client is driven against.
//   node broker.mjs '{"port":0,"maxPayload":8000000,"pingInterval":25000,"pingTimeout":20000,"refuse":"text","cookie":"a=b"}'
// With "cookie" it takes only who has exactly that header.
// Prints a JSON line for what happens; reads commands from stdin: "freeze <ms>" stops the whole process, "drop" ends all connections.
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import { Server } from 'socket.io';

const options = { port: 0, maxPayload: 8_000_000, pingInterval: 25_000, pingTimeout: 20_000, ...JSON.parse(process.argv[2] ?? '{}') };
const say = (line) => process.stdout.write(JSON.stringify(line) + '\n');
const matches = (pattern, subject) => {
  const p = pattern.split('.'), s = subject.split('.');
  for (let i = 0; i < p.length; i++) {
    if (p[i] === '>') return s.length > i;
    if (i >= s.length || (p[i] !== '*' && p[i] !== s[i])) return false;
  }
  return p.length === s.length;
};

const http = createServer();
const io = new Server(http, {
  path: '/conat/', transports: ['websocket'], maxHttpBufferSize: 8_000_000, pingInterval: options.pingInterval, pingTimeout: options.pingTimeout, perMessageDeflate: true,
});
io.engine.on('initial_headers', (_, request) =>
  say({ got: 'upgrade', url: request.url, cookie: request.headers.cookie ?? null, extensions: request.headers['sec-websocket-extensions'] ?? null }));

const interest = new Map(); // socket -> Map(pattern -> queue)
const waiting = new Set();
const groups = (subject) => {
  const found = new Map();
  for (const [socket, patterns] of interest) {
    for (const [pattern, queue] of patterns) {
      if (matches(pattern, subject)) {
        const key = JSON.stringify([pattern, queue]);
        found.set(key, [...(found.get(key) ?? []), [socket, pattern]]);
      }
    }
  }
  return [...found.values()];
};
const isSecret = (subject) => subject.startsWith('secret');

io.on('connection', (socket) => {
  const isStranger = options.cookie && socket.handshake.headers.cookie !== options.cookie;
  const refusal = options.refuse ?? (isStranger && 'invalid secret token for project');
  if (refusal) {
    socket.emit('info', { max_payload: options.maxPayload, id: '0', user: { error: `Error: ${refusal}` } });
    setTimeout(() => socket.disconnect(true), 25);
    return;
  }
  const mine = new Map();
  interest.set(socket, mine);
  const denied = (type, subject) => {
    const message = `permission denied ${type === 'pub' ? 'publishing' : 'subscribing'} to '${subject}' from {}`;
    socket.emit('permission', { message, subject, type });
    return { error: `Error: ${message}`, code: 403 };
  };
  const subscribe = ({ subject, queue }) => {
    if (mine.has(subject)) return { status: 'already-added' };
    if (isSecret(subject)) return denied('sub', subject);
    mine.set(subject, queue);
    for (const wait of [...waiting]) wait(subject);
    return { status: 'added' };
  };
  const each = (argument, f) => (Array.isArray(argument) ? argument.map(f) : f(argument));
  socket.on('subscribe', (argument, ack) => { say({ got: 'subscribe', argument }); const answer = each(argument, subscribe); ack?.(answer); });
  socket.on('unsubscribe', (argument, ack) => {
    say({ got: 'unsubscribe', argument });
    const answer = each(argument, ({ subject }) => { mine.delete(subject); return null; });
    ack?.(answer);
  });
  socket.on('subscriptions', (_, ack) => { say({ got: 'subscriptions' }); ack?.([...mine.keys()]); });
  socket.on('publish', (message, ack) => {
    const [subject, ...data] = message;
    if (isSecret(subject)) { const answer = denied('pub', subject); ack?.(answer); return; }
    const found = groups(subject);
    for (const members of found) {
      const [receiver, pattern] = members[0];
      receiver.emit(pattern, { subject, data });
    }
    ack?.({ count: found.length });
  });
  socket.on('wait-for-interest', ({ subject, timeout = 90_000 }, ack) => {
    if (groups(subject).length > 0) return ack?.(true);
    if (timeout === 0) return ack?.(false);
    const wait = (pattern) => { if (matches(pattern, subject)) { waiting.delete(wait); clearTimeout(timer); ack?.(true); } };
    const timer = setTimeout(() => { waiting.delete(wait); ack?.({ error: 'Error: timeout' }); }, timeout);
    waiting.add(wait);
  });
  socket.on('stats', (stats) => say({ got: 'stats', stats }));
  socket.on('disconnect', (reason) => { say({ got: 'disconnect', reason }); interest.delete(socket); });
  socket.emit('info', { max_payload: options.maxPayload, id: '0', user: { project_id: 'p' } }, (...args) => say({ got: 'info-ack', args }));
});

createInterface({ input: process.stdin }).on('line', (line) => {
  const [command, argument] = line.split(' ');
  if (command === 'freeze') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(argument));
  if (command === 'drop') io.disconnectSockets(true);
}).on('close', () => process.exit(0));
http.listen(options.port, '127.0.0.1', () => say({ got: 'listening', port: http.address().port }));
