// A conat client that isn't ours: the real socket.io-client against the broker of a standalone daemon, one check a run.
//   node conat-client.mjs PORT DATA CHECK
// PORT: the browser port; DATA: the folder with project-id, secret-token and api-keys. Exits with 0 if the check holds.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { io } from 'socket.io-client';

const [, , port, data, check] = process.argv;
const read = (name) => readFileSync(`${data}/${name}`, 'utf8').trim();
const projectId = read('project-id');
const projectCookie = `project_secret=${read('secret-token')}; project_id=${projectId}`;
const apiKeyCookie = `api_key=${read('api-keys')}`;
const mine = (name) => `project.${projectId}.${name}`;
const inbox = `_INBOX.project-${projectId}`;
const sockets = [];
const bounded = (promise, what) => Promise.race([promise, new Promise((_, reject) => setTimeout(() => reject(new Error(`timeout: ${what}`)), 20_000).unref())]);

const open = (cookie) => {
  const socket = io(`http://127.0.0.1:${port}`, {
    path: '/conat/', transports: ['websocket'], forceNew: true, reconnection: false, extraHeaders: cookie ? { Cookie: cookie } : {},
  });
  sockets.push(socket);
  return socket;
};
const event = (socket, name) => bounded(new Promise((resolve) => socket.once(name, (...args) => resolve(args))), name);
const ask = (socket, name, argument) => bounded(new Promise((resolve) => socket.emit(name, argument, resolve)), name);
const connect = async (cookie = projectCookie) => {
  const socket = open(cookie);
  const [info, ack] = await event(socket, 'info');
  ack();
  return Object.assign(socket, { info });
};
const publish = (socket, subject, bytes, { id = 'ID' + Math.random(), seq = 0, done = 1, headers } = {}) =>
  ask(socket, 'publish', [subject, id, seq, done, 0, bytes, ...(headers ? [headers] : [])]);
const refusal = async (cookie) => {
  const socket = open(cookie);
  const end = event(socket, 'disconnect');
  const [info, ack] = await event(socket, 'info');
  assert.equal(ack, undefined);
  assert.equal((await end)[0], 'io server disconnect');
  return info.user.error;
};

const checks = {
  async handshake() {
    const socket = await connect();
    assert.deepEqual(socket.info, { max_payload: 8_000_000, id: '0', user: { project_id: projectId } });
    const account = await connect(apiKeyCookie);
    assert.match(account.info.user.account_id, /^[0-9a-f-]{36}$/);
    assert.deepEqual(await ask(socket, 'cluster'), [`http://127.0.0.1:${port}`]);
  },
  async publish() {
    const socket = await connect();
    const other = await connect(apiKeyCookie);
    assert.deepEqual(await ask(other, 'subscribe', { subject: mine('>'), queue: '0' }), { status: 'added' });
    assert.deepEqual(await ask(other, 'subscribe', { subject: mine('>'), queue: 'x' }), { status: 'already-added' });
    const got = event(other, mine('>'));
    const headers = { a: 'b', n: 5, nested: { list: [1, null, 'é😀'] } };
    assert.deepEqual(await publish(socket, mine('a.b'), Buffer.from([0, 1, 255]), { id: 'ABCDEFGHIJ', headers }), { count: 1 });
    assert.deepEqual(await got, [{ subject: mine('a.b'), data: ['ABCDEFGHIJ', 0, 1, 0, Buffer.from([0, 1, 255]), headers] }]);
    assert.deepEqual(await ask(other, 'subscriptions', null), [mine('>')]);
    assert.equal(await ask(other, 'unsubscribe', { subject: mine('>') }), null);
    assert.deepEqual(await publish(socket, mine('a.b'), Buffer.from([1])), { count: 0 });
  },
  async request() {
    const requester = await connect();
    const responder = await connect(apiKeyCookie);
    const reply = `${inbox}.me.1`;
    await ask(requester, 'subscribe', { subject: `${inbox}.me.*`, queue: 'q' });
    await ask(responder, 'subscribe', { subject: mine('double'), queue: '0' });
    responder.on(mine('double'), ({ data }) => responder.emit('publish', [data[5]['CN-Reply'], 'REPLY', 0, 1, 0, Buffer.from([2 * data[4][0]])]));
    const got = event(requester, `${inbox}.me.*`);
    assert.deepEqual(await publish(requester, mine('double'), Buffer.from([21]), { headers: { 'CN-Reply': reply } }), { count: 1 });
    assert.deepEqual(await got, [{ subject: reply, data: ['REPLY', 0, 1, 0, Buffer.from([42])] }]);
  },
  async interest() {
    const socket = await connect();
    const wait = (timeout) => ask(socket, 'wait-for-interest', { subject: mine('late'), timeout });
    assert.equal(await wait(0), false);
    assert.deepEqual(await wait(50), { error: 'Error: timeout' });
    const waiting = wait(10_000);
    assert.deepEqual(await ask(socket, 'subscribe', { subject: mine('*'), queue: '0' }), { status: 'added' });
    assert.equal(await waiting, true);
  },
  async refusals() {
    assert.equal(await refusal(`project_secret=wrong; project_id=${projectId}`), 'Error: invalid secret token for project');
    assert.equal(await refusal(`project_secret=${read('secret-token')}`), 'Error: must specify project_id in the cookie project_id');
    assert.equal(await refusal('api_key=sk-wrong'), 'Error: api key no longer valid');
    assert.equal(await refusal('hub_password=x'), 'Error: invalid hub password');
    assert.equal(await refusal('remember_me=x'), 'Error: invalid remember me cookie');
    assert.match(await refusal(undefined), /^Error: no auth cookie set; set one of /);
    assert.match(await refusal('x=y'), /^Error: must set one of the following cookies: /);
  },
  async permissions() {
    const socket = await connect();
    const other = '11111111-1111-4111-8111-111111111111';
    const user = JSON.stringify({ project_id: projectId });
    for (const subject of ['>', 'project.>', `project.${other}.x`, `hub.project.${projectId}.api`, `_INBOX.account-${other}.x`]) {
      const denied = event(socket, 'permission');
      const message = `permission denied subscribing to '${subject}' from ${user}`;
      assert.deepEqual(await ask(socket, 'subscribe', { subject, queue: '0' }), { error: `Error: ${message}`, code: 403 });
      assert.deepEqual(await denied, [{ message, subject, type: 'sub' }]);
    }
    const message = `permission denied publishing to 'project.${other}.x' from ${user}`;
    assert.deepEqual(await publish(socket, `project.${other}.x`, Buffer.from([1])), { error: `Error: ${message}`, code: 403 });
    assert.deepEqual(await publish(socket, `hub.project.${projectId}.api`, Buffer.from([1])), { count: 0 });
    assert.deepEqual(await publish(socket, `_INBOX.account-${other}.x`, Buffer.from([1])), { count: 0 });
    const account = await connect(apiKeyCookie);
    assert.deepEqual(await ask(account, 'subscribe', { subject: mine('x'), queue: '0' }), { status: 'added' });
    assert.equal((await ask(account, 'subscribe', { subject: 'sys.conat', queue: '0' })).code, 403);
    assert.equal((await ask(account, 'subscribe', { subject: `project.${other}.x`, queue: '0' })).code, 403);
  },
  async batch() {
    const socket = await connect();
    assert.deepEqual(
      await ask(socket, 'subscribe', [
        { subject: mine('a'), queue: '0' }, { subject: mine('a'), queue: '1' }, { subject: 'a..b', queue: '0' }, { subject: mine('b') }, 7, { subject: 'x.y', queue: '0' },
      ]),
      [
        { status: 'added' }, { status: 'already-added' }, { error: 'Error: invalid subject' }, { error: 'Error: queue must be defined' },
        { error: 'Error: invalid arguments' }, { error: `Error: permission denied subscribing to 'x.y' from ${JSON.stringify({ project_id: projectId })}`, code: 403 },
      ]);
    assert.deepEqual(await ask(socket, 'unsubscribe', [{ subject: mine('a') }, { subject: 'nothing' }]), [null, null]);
    const many = Array.from({ length: 501 }, (_, i) => ({ subject: mine(`s${i}`), queue: '0' }));
    const answers = await ask(socket, 'subscribe', many);
    assert.equal(answers.filter(({ status }) => status === 'added').length, 500);
    assert.deepEqual(answers[500], {
      error: `Error: there is a limit of at most 500 subscriptions and you currently have 500 subscriptions -- subscription to '${mine('s500')}' denied`, code: 429,
    });
  },
  async arguments() {
    const socket = await connect();
    const invalid = { error: 'Error: invalid arguments' };
    assert.deepEqual(await ask(socket, 'subscribe', 7), invalid);
    assert.deepEqual(await ask(socket, 'subscribe', null), invalid);
    assert.deepEqual(await ask(socket, 'unsubscribe', 'x'), invalid);
    assert.deepEqual(await ask(socket, 'publish', { subject: 'a' }), invalid);
    assert.deepEqual(await ask(socket, 'publish', [7]), { error: 'Error: invalid subject' });
    assert.deepEqual(await ask(socket, 'publish', [mine('*'), 'ID', 0, 1, 0, Buffer.from([1])]), { error: 'Error: invalid subject' });
    assert.deepEqual(await ask(socket, 'wait-for-interest', { subject: 'a b' }), { error: 'invalid subject' });
    assert.deepEqual(await ask(socket, 'wait-for-interest', 'a'), invalid);
    socket.emit('no such event', 1, () => assert.fail('an unknown event is not acked'));
    assert.deepEqual(await ask(socket, 'subscriptions', null), []);
  },
  async attachments() {
    const socket = await connect();
    await ask(socket, 'subscribe', { subject: mine('x'), queue: '0' });
    const got = event(socket, mine('x'));
    const list = ['ID12345678', 0, 1, 0, Buffer.from([1]), { more: [Buffer.from([2, 3]), Buffer.alloc(0)] }, 'further', { _placeholder: false }];
    assert.deepEqual(await ask(socket, 'publish', [mine('x'), ...list]), { count: 1 });
    assert.deepEqual((await got)[0].data, list);
    const text = event(socket, mine('x'));
    assert.deepEqual(await ask(socket, 'publish', [mine('x'), 'ID', 0, 1, 1, 'no bytes']), { count: 1 });
    assert.deepEqual((await text)[0].data, ['ID', 0, 1, 1, 'no bytes']);
  },
  async chunks() {
    const socket = await connect();
    const others = [await connect(apiKeyCookie), await connect(apiKeyCookie)];
    const size = 7_900_000;
    const payload = Buffer.alloc(2.5 * size, 'conat');
    const chunks = [];
    const whole = new Promise((resolve) => others.forEach((other) => other.on(mine('big'), ({ data }) => {
      chunks.push([other, data]);
      if (data[2]) resolve();
    })));
    for (const other of others) await ask(other, 'subscribe', { subject: mine('big'), queue: '0' });
    for (let seq = 0; seq * size < payload.length; seq++) {
      const done = (seq + 1) * size >= payload.length ? 1 : 0;
      const headers = done ? { last: true } : undefined;
      assert.deepEqual(await publish(socket, mine('big'), payload.subarray(seq * size, (seq + 1) * size), { id: 'BIGMESSAGE', seq, done, headers }), { count: 1 });
    }
    await bounded(whole, 'all chunks');
    assert.equal(new Set(chunks.map(([other]) => other)).size, 1);
    assert.deepEqual(chunks.map(([, data]) => data.slice(0, 3)), [['BIGMESSAGE', 0, 0], ['BIGMESSAGE', 1, 0], ['BIGMESSAGE', 2, 1]]);
    assert.ok(Buffer.concat(chunks.map(([, data]) => data[4])).equals(payload));
  },
  async tooLarge() {
    const socket = await connect();
    const closed = new Promise((resolve) => socket.io.engine.transport.ws.addEventListener('close', ({ code }) => resolve(code)));
    socket.emit('publish', [mine('x'), 'ID', 0, 1, 0, Buffer.alloc(8_000_001)]);
    assert.equal(await bounded(closed, 'the end'), 1009);
    await connect();
  },
};

try {
  await checks[check]();
} finally {
  sockets.forEach((socket) => socket.close());
}
