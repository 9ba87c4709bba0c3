// Speaks graphql-transport-ws with a server: the client of graphql-ws for what must work, bare sockets for what must be refused.
//   node ws.mjs http://127.0.0.1:8080/graphql [--token … --subscription … --variables …]
// The subscription is one that the token may open; it needs no event to come.
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { equal, readArguments, runChecks, within } from './checks.mjs';

const { url, token, subscription, variables } = readArguments();
const address = url.replace(/^http/, 'ws');
const authorization = token ? { Authorization: `Bearer ${token}` } : undefined;

const client = (options = {}) =>
  createClient({ url: address, webSocketImpl: WebSocket, retryAttempts: 0, connectionParams: authorization, ...options });

/** A bare socket: messages and the close code can be waited for. */
function open(protocol = 'graphql-transport-ws') {
  const socket = new WebSocket(address, protocol);
  const waiting = [];
  const received = [];
  socket.on('message', (data) => {
    const message = JSON.parse(data);
    // A server may ping at any time; that is no answer to anything.
    if (message.type === 'ping') return socket.send(JSON.stringify({ type: 'pong' }));
    waiting.length > 0 ? waiting.shift()(message) : received.push(message);
  });
  const opened = new Promise((resolve, reject) => {
    socket.on('open', resolve);
    socket.on('error', reject);
  });
  const closed = new Promise((resolve) => socket.on('close', (code) => resolve(code)));
  return {
    opened,
    closed,
    send: (message) => socket.send(typeof message === 'string' ? message : JSON.stringify(message)),
    next: () => (received.length > 0 ? Promise.resolve(received.shift()) : new Promise((resolve) => waiting.push(resolve))),
    close: () => socket.close(1000),
  };
}

async function acknowledged() {
  const socket = open();
  await socket.opened;
  socket.send({ type: 'connection_init', payload: authorization });
  equal((await socket.next()).type, 'connection_ack', 'answer to connection_init');
  return socket;
}

/** Opens a socket, lets it misbehave, and expects the close code. */
async function refused(code, misbehave, begin = acknowledged) {
  const socket = await begin();
  await misbehave(socket);
  equal(await socket.closed, code, 'close code');
}

async function bare() {
  const socket = open();
  await socket.opened;
  return socket;
}

const typename = { query: '{ __typename }' };

const checks = [
  ['a query', async () => {
    const connection = client();
    for await (const result of connection.iterate(typename)) equal(result.data?.__typename, 'Query', '__typename');
    await connection.dispose();
  }],
  ['a query that does not fit the schema is refused, and the socket goes on', async () => {
    const connection = client({ lazyCloseTimeout: 1000 });
    let refusal;
    try {
      for await (const result of connection.iterate({ query: '{ thisFieldDoesNotExist }' })) refusal = result.errors;
    } catch (errors) {
      refusal = errors;
    }
    if (!Array.isArray(refusal) || refusal.length === 0) throw new Error(`no errors, but ${JSON.stringify(refusal)}`);
    for await (const result of connection.iterate(typename)) equal(result.data?.__typename, 'Query', '__typename');
    await connection.dispose();
  }],
  ['twenty queries at once on one socket', async () => {
    const connection = client({ lazyCloseTimeout: 1000 });
    await Promise.all(Array.from({ length: 20 }, async () => {
      for await (const result of connection.iterate(typename)) equal(result.data?.__typename, 'Query', '__typename');
    }));
    await connection.dispose();
  }],
  ['next and complete carry the id', async () => {
    const socket = await acknowledged();
    socket.send({ id: 'one', type: 'subscribe', payload: typename });
    const next = await socket.next();
    equal(`${next.type} ${next.id}`, 'next one', 'first answer');
    const complete = await socket.next();
    equal(`${complete.type} ${complete.id}`, 'complete one', 'second answer');
    socket.close();
    await socket.closed;
  }],
  ['ping is answered by pong', async () => {
    const socket = await acknowledged();
    socket.send({ type: 'ping' });
    equal((await socket.next()).type, 'pong', 'answer to ping');
    socket.close();
    await socket.closed;
  }],
  ['4400: a message that is none', () => refused(4400, (socket) => socket.send('this is no message'))],
  ['4400: a message of an unknown type', () => refused(4400, (socket) => socket.send({ type: 'nonsense' }))],
  ['4400: a subscribe without an id', () => refused(4400, (socket) => socket.send({ type: 'subscribe', payload: typename }))],
  ['4401: a subscribe before connection_init', () =>
    refused(4401, (socket) => socket.send({ id: 'one', type: 'subscribe', payload: typename }), bare)],
  ['4408: no connection_init in time', () => refused(4408, () => {}, bare)],
  ['4429: connection_init twice', () => refused(4429, (socket) => socket.send({ type: 'connection_init' }))],
  ['1009: a message beyond the limit', () =>
    refused(1009, (socket) => socket.send({ id: 'big', type: 'subscribe', payload: { query: `{ __typename } #${'x'.repeat(70 * 1024)}` } }))],
  ['an unknown subprotocol is not served', async () => {
    const socket = open('graphql-nonsense');
    const outcome = await Promise.race([socket.closed.then(() => 'closed'), socket.opened.then(() => 'open', () => 'refused')]);
    if (outcome !== 'open') return;
    socket.send({ type: 'connection_init' });
    await within(8000, socket.closed);
  }],
];

if (subscription) {
  const payload = { query: subscription, variables };
  checks.push(
    ['a subscription opens, is completed by the client, and the socket goes on', async () => {
      const socket = await acknowledged();
      socket.send({ id: 'live', type: 'subscribe', payload });
      socket.send({ id: 'live-2', type: 'subscribe', payload });
      socket.send({ id: 'live-2', type: 'complete' });
      socket.send({ id: 'after', type: 'subscribe', payload: typename });
      for (;;) {
        const message = await socket.next();
        if (message.type === 'error') throw new Error(JSON.stringify(message));
        if (message.id === 'after' && message.type === 'complete') break;
      }
      socket.close();
      await socket.closed;
    }],
    ['4409: the same id twice', () => refused(4409, (socket) => {
      socket.send({ id: 'live', type: 'subscribe', payload });
      socket.send({ id: 'live', type: 'subscribe', payload });
    })],
    ['a subscription without a token is refused, and the socket goes on', async () => {
      const socket = open();
      await socket.opened;
      socket.send({ type: 'connection_init' });
      equal((await socket.next()).type, 'connection_ack', 'answer to connection_init');
      socket.send({ id: 'live', type: 'subscribe', payload });
      const message = await socket.next();
      const errors = message.type === 'error' ? message.payload : message.payload?.errors;
      equal(errors?.[0]?.extensions?.code, 'UNAUTHENTICATED', 'code');
      socket.close();
      await socket.closed;
    }],
  );
}

await runChecks('graphql-ws', checks);
