import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { test } from 'node:test';
import { openHttp } from '../../src/node/http.ts';
import { parseHttpTarget } from '../../src/node/http-target.ts';
import { describeHttp } from '../contract/http.ts';
import type { Answer, Asked, HttpWorld } from '../contract/http.ts';
import { pump } from './worlds.ts';

describeHttp('node:http', openWorld);

async function openWorld(): Promise<HttpWorld> {
  const servers: Server[] = [];
  return {
    http: openHttp({ bindHost: '127.0.0.1' }),
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

void test('splits URLs with users, ports and IPv6 addresses', () => {
  const { isSecure, host, port, auth, path } = parseHttpTarget('HTTPS://me:p%40ss@[::1]:81/a?b');
  assert.deepEqual(
    { isSecure, host, port, auth, path },
    { isSecure: true, host: '::1', port: 81, auth: 'me:p@ss', path: '/a?b' },
  );
  assert.equal(parseHttpTarget('https://a.example').port, 443);
  assert.equal(parseHttpTarget('http://A.example').host, 'a.example');
});
