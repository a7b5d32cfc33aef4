import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Client } from '@coequal/contract';
import { Outgoing } from '../src/handover/outgoing.ts';
import type { Going } from '../src/handover/outgoing.ts';

const ID = '5a'.repeat(16);
const FILES = [{ path: 'lake.jpg', file: new File(['dawn!!'], 'lake.jpg') }];

type Answer = (method: string, path: string, bytes: string) => unknown;

/** A peer that answers so; `undefined` is none at all. */
function clientOf(answer: Answer): { client: Client; asked: string[] } {
  const asked: string[] = [];
  const fetch: typeof globalThis.fetch = async (input, { method = 'GET', body } = {}) => {
    const { url } = new Request(input);
    const { pathname, search } = new URL(url);
    const bytes = body instanceof Blob ? await body.text() : '';
    asked.push([method, pathname.replace('/api/v1/staging', '') + search, bytes].join(' ').trim());
    const told = answer(method, pathname, bytes);
    if (told === undefined) throw new TypeError('nobody answers');
    const { status = 200 } = told as { status?: number };
    return new Response(JSON.stringify(told), { status });
  };
  return { client: new Client({ base: 'http://peer.test', fetch }), asked };
}

const noPause = (): Promise<void> => Promise.resolve();
const refused = (status: number, code: string): object => ({
  status,
  error: { code, details: {}, text: code },
});

describe('files on their way to the peer', () => {
  test('go on after a break from where the peer has them', async () => {
    let tries = 0;
    const { client, asked } = clientOf((method, path) => {
      if (method === 'POST') return { id: ID };
      if (method === 'GET') return { received: 2, size: 6 };
      assert.ok(path.endsWith('/files/0'));
      tries += 1;
      return tries === 1 ? undefined : { received: 6, size: 6 };
    });
    const outgoing = new Outgoing(client, noPause);
    const done: number[] = [];
    outgoing.subscribe(() => done.push(outgoing.read()[0]?.done ?? -1));
    const finished: string[] = [];
    assert.ok(await outgoing.start('lake', FILES, async (id) => finished.push(id)));
    assert.deepEqual(asked.slice(1), [
      `PUT /${ID}/files/0?offset=0 dawn!!`,
      `GET /${ID}/files/0`,
      `PUT /${ID}/files/0?offset=2 wn!!`,
    ]);
    assert.deepEqual(finished, [ID]);
    assert.deepEqual(outgoing.read(), []);
    assert.ok(done.includes(6));
  });

  test('that the peer refuses say why, are discarded there, and can be tried again', async () => {
    let isFull = true;
    const { client, asked } = clientOf((method) => {
      if (method === 'POST') return { id: ID };
      if (method === 'PUT')
        return isFull ? refused(409, 'NOT_ENOUGH_SPACE') : { received: 6, size: 6 };
      return {};
    });
    const outgoing = new Outgoing(client, noPause);
    const { promise, resolve } = Promise.withResolvers<string>();
    assert.equal(await outgoing.start('lake', FILES, async (id) => resolve(id)), false);
    const [going] = outgoing.read() as [Going];
    assert.equal(going.state, 'failed');
    assert.match(String(going.problem), /NOT_ENOUGH_SPACE/);
    assert.equal(asked.at(-1), `DELETE /${ID}`);
    isFull = false;
    outgoing.retry(going.key);
    assert.equal(await promise, ID);
  });

  test('are given up when the peer stays away', async () => {
    const { client, asked } = clientOf((method) => (method === 'POST' ? { id: ID } : undefined));
    const outgoing = new Outgoing(client, noPause);
    assert.equal(await outgoing.start('lake', FILES, async () => undefined), false);
    assert.equal(asked.filter((each) => each.startsWith('PUT')).length, 8);
    assert.equal(outgoing.read()[0]?.state, 'failed');
  });

  test('stop at once when they are cancelled', async () => {
    const { client, asked } = clientOf((method) => (method === 'POST' ? { id: ID } : undefined));
    const outgoing: Outgoing = new Outgoing(client, async (_ms, signal) => {
      outgoing.cancel(outgoing.read()[0]?.key ?? 0);
      signal.throwIfAborted();
    });
    assert.equal(await outgoing.start('lake', FILES, async () => assert.fail('it went on')), false);
    assert.deepEqual(outgoing.read(), []);
    assert.equal(asked.at(-1), `DELETE /${ID}`);
  });
});
