import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { createServer as createTcpServer, isIPv4 } from 'node:net';
import { mock, test } from 'node:test';
import { decodeUtf8 } from '../../src/bytes.ts';
import { LocalFault } from '../../src/fault.ts';
import { openHttp } from '../../src/node/http.ts';
import { parseHttpTarget } from '../../src/node/http-target.ts';
import { describeHttp } from '../contract/http.ts';
import type { Answer, Asked, HttpWorld } from '../contract/http.ts';
import { localFault } from '../contract/world.ts';
import { ipv6Loopback, pump } from './worlds.ts';

const never = new AbortController().signal;

describeHttp('node:http', openWorld);

async function openWorld(): Promise<HttpWorld> {
  const servers: Server[] = [];
  return {
    http: openHttp({ bindHosts: ['127.0.0.1'] }),
    pump,
    async serve(answer) {
      const server = openServer(answer);
      servers.push(server);
      await once(server.listen(0, '127.0.0.1'), 'listening');
      const address = server.address();
      assert.ok(typeof address === 'object' && address !== null);
      return `http://127.0.0.1:${address.port}`;
    },
    async [Symbol.asyncDispose]() {
      for (const server of servers) {
        server.closeAllConnections();
        await new Promise((done) => void server.close(done));
      }
    },
  };
}

function openServer(answer: (asked: Asked) => Answer): Server {
  return createServer((request, response) => {
    const headers: Record<string, string | undefined> = {};
    for (const [name, value] of Object.entries(request.headers)) headers[name] = value?.toString();
    const { status, headers: said, body, ending } = answer({ path: request.url ?? '', headers });
    if (ending === 'silent') return;
    response.writeHead(status, said);
    if (ending === 'cut') response.write(body ?? '', () => response.destroy());
    else response.end(body);
  });
}

void test('asks where it is sent to only if the server may send it there', async () => {
  await using world = await openWorld();
  let asked = 0;
  const target = await world.serve(() => {
    asked += 1;
    return { status: 200 };
  });
  const origin = await world.serve(() => ({ status: 302, headers: { location: target } }));
  const request = { url: origin, bodyLengthMax: 1, timeoutMs: 60_000 };
  const questions: string[] = [];
  const mayRedirect = (from: string, to: string): boolean => {
    questions.push(`${from} ${to}`);
    return false;
  };
  await assert.rejects(openHttp({ mayRedirect }).fetch(request, never), {
    code: 'HTTP_BAD_REDIRECT',
  });
  assert.deepEqual(questions, ['127.0.0.1 127.0.0.1']);
  assert.equal(asked, 0);
  await openHttp({ mayRedirect: () => true }).fetch(request, never);
  assert.equal(asked, 1);
});

void test('gives up an answer that comes byte by byte when its time is over', async () => {
  const { promise: isDripping, resolve: drips } = Promise.withResolvers<void>();
  const server = createServer((_, response) => {
    response.writeHead(200);
    let said = 0;
    const drip = setInterval(() => {
      said += 1;
      response.write('x');
      if (said === 10) drips();
    }, 1);
    response.on('close', () => clearInterval(drip));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  const url = `http://127.0.0.1:${address.port}`;
  const request = { url, bodyLengthMax: 1_000_000, timeoutMs: 100 };
  // its time passes when the test says so, however long it takes until something was said
  mock.timers.enable({ apis: ['setTimeout'] });
  try {
    const fetching = openHttp().fetch(request, never);
    await isDripping;
    mock.timers.tick(request.timeoutMs);
    await assert.rejects(fetching, { code: 'HTTP_TIMEOUT' });
  } finally {
    mock.timers.reset();
  }
  await new Promise((done) => void server.close(done));
});

void test('refuses headers without end', async () => {
  await using world = await openWorld();
  const long = Object.fromEntries(
    Array.from({ length: 40 }, (_, index) => [`x-${index}`, 'x'.repeat(500)]),
  );
  const origin = await world.serve(() => ({ status: 200, headers: long }));
  const request = { url: origin, bodyLengthMax: 1, timeoutMs: 60_000 };
  await assert.rejects(openHttp().fetch(request, never), { code: 'HTTP_FAILED' });
});

void test('splits URLs with users, ports and IPv6 addresses', () => {
  const { isSecure, host, port, auth, path } = parseHttpTarget('HTTPS://me:p%40ss@[::1]:81/a?b');
  assert.deepEqual(
    { isSecure, host, port, auth, path },
    { isSecure: true, host: '::1', port: 81, auth: 'me:p@ss', path: '/a?b' },
  );
  assert.equal(parseHttpTarget('https://a.example').port, 443);
  assert.equal(parseHttpTarget('http://A.example').host, 'a.example');
});

void test('when the address is gone that it leaves from, a connection is reset, so that the system sends no more of it', async () => {
  const endings: string[] = [];
  const { promise: isAsked, resolve: asked } = Promise.withResolvers<void>();
  const { promise: isEnded, resolve: ended } = Promise.withResolvers<void>();
  const server = createTcpServer((socket) => {
    socket.on('data', () => asked());
    socket.on('end', () => endings.push('end'));
    socket.on('error', (error) => endings.push('code' in error ? String(error.code) : ''));
    socket.on('close', () => ended());
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  const stop = new AbortController();
  const request = {
    url: `http://127.0.0.1:${address.port}/`,
    bodyLengthMax: 1,
    timeoutMs: 60_000,
  };
  const fetching = openHttp({ bindHosts: ['127.0.0.1'] }).fetch(request, stop.signal);
  await isAsked;
  stop.abort(new LocalFault('ADDRESS_GONE', { host: '127.0.0.1' }));
  await assert.rejects(fetching, { code: 'ADDRESS_GONE' });
  await isEnded;
  assert.deepEqual(endings, ['ECONNRESET']);
  await new Promise((done) => void server.close(done));
});

void test('over one family it asks at addresses of that family alone', async (context) => {
  if (ipv6Loopback() === undefined) return context.skip('this machine has no IPv6 loopback');
  const server = createServer((request, response) => {
    response.end(isIPv4(request.socket.remoteAddress?.replace('::ffff:', '') ?? '') ? '4' : '6');
  });
  await once(server.listen(0, '::'), 'listening');
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  const names = new Map([
    ['both.test', ['127.0.0.1', '::1']],
    ['old.test', ['127.0.0.1']],
  ]);
  const http = openHttp({ resolve: async (host) => names.get(host) ?? [] });
  const ask = async (host: string, family: 4 | 6): Promise<string> => {
    const url = `http://${host}:${address.port}/`;
    const answer = await http.fetch({ url, family, bodyLengthMax: 1, timeoutMs: 5_000 }, never);
    return decodeUtf8(answer.body) ?? '';
  };
  try {
    assert.equal(await ask('both.test', 4), '4');
    assert.equal(await ask('both.test', 6), '6');
    await assert.rejects(ask('old.test', 6), localFault('HTTP_FAILED'));
  } finally {
    server.close();
  }
});
