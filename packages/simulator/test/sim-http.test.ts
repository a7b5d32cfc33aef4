import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeUtf8, LocalFault, PeerFault } from '@coequal/base';
import type { HttpRequest, HttpResponse } from '@coequal/base';
import { World } from '../src/index.ts';
import type { HttpHandler } from '../src/index.ts';

const never = new AbortController().signal;

function ask(world: World, request: Partial<HttpRequest>): Promise<HttpResponse> {
  const [host = world.host()] = world.hosts;
  const whole = {
    url: 'http://tracker.test/',
    bodyLengthMax: 1_000,
    timeoutMs: 30_000,
    ...request,
  };
  return world.run(() => host.ports.http.fetch(whole, never), 60_000);
}

function serving(handler: HttpHandler): World {
  const world = new World({ seed: 1 });
  world.serveHttp('http://tracker.test:80', handler);
  return world;
}

test('a handler sees what was asked and by whom, and its answer comes back', async () => {
  const world = serving(({ url, headers, from }) => ({
    status: 404,
    headers: { 'Content-Type': 'text/plain' },
    body: encodeUtf8(`${url.pathname}${url.search} ${headers['x']} ${from}`),
  }));
  const response = await ask(world, { url: 'http://tracker.test/a?b=%00c', headers: { x: 'y' } });
  assert.equal(response.status, 404);
  assert.deepEqual(response.headers, { 'content-type': 'text/plain' });
  assert.equal(new TextDecoder().decode(response.body), '/a?b=%00c y 10.0.0.1');
  assert.ok(world.now > 60);
});

test('redirects are followed, five of them', async () => {
  const world = serving(({ url }) => {
    const left = Number(url.searchParams.get('left'));
    if (left === 0) return { body: encodeUtf8('here') };
    return { status: 302, headers: { Location: `/?left=${left - 1}` } };
  });
  assert.equal((await ask(world, { url: 'http://tracker.test/?left=5' })).body.length, 4);
  await assert.rejects(ask(world, { url: 'http://tracker.test/?left=6' }), PeerFault);
});

test('failures have their codes', async () => {
  const world = serving(({ url }) => {
    if (url.pathname === '/silent') return undefined;
    return { body: new Uint8Array(1_001), delayMs: url.pathname === '/slow' ? 40_000 : 0 };
  });
  const code =
    (expected: string) =>
    (error: unknown): boolean =>
      (error instanceof LocalFault || error instanceof PeerFault) && error.code === expected;
  await assert.rejects(ask(world, {}), code('HTTP_BODY_TOO_LONG'));
  await assert.rejects(ask(world, { url: 'http://other.test/' }), code('HTTP_FAILED'));
  await assert.rejects(ask(world, { url: 'http://tracker.test/slow' }), code('HTTP_TIMEOUT'));
  await assert.rejects(ask(world, { url: 'http://tracker.test/silent' }), code('HTTP_TIMEOUT'));
});

test('a server that is shut down fails, and an aborted fetch rejects with the reason', async () => {
  const world = new World({ seed: 1 });
  const shutDown = world.serveHttp('http://tracker.test', () => ({}));
  assert.equal((await ask(world, {})).status, 200);
  const abort = new AbortController();
  const reason = new Error('enough');
  const { http } = world.host().ports;
  const request = { url: 'http://tracker.test/', bodyLengthMax: 1, timeoutMs: 10_000 };
  world.after(5, () => abort.abort(reason));
  await assert.rejects(
    world.run(() => http.fetch(request, abort.signal), 10_000),
    (error) => error === reason,
  );
  shutDown();
  await assert.rejects(ask(world, {}), LocalFault);
});
