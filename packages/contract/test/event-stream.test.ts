import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Client, readPeerEvents } from '@coequal/contract';

const EVENTS = [
  { type: 'settings' },
  { type: 'lagged', dropped: 3 },
  { type: 'categories' },
] as const;
const TEXT = EVENTS.map((event, at) => `id: run-${at}\ndata: ${JSON.stringify(event)}\n\n`).join(
  ': here\n\n',
);

async function read(parts: readonly string[]): Promise<unknown[]> {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const part of parts) controller.enqueue(new TextEncoder().encode(part));
      controller.close();
    },
  });
  const client = new Client({ base: 'http://peer.test', fetch: async () => new Response(body) });
  const signal = new AbortController().signal;
  return await Array.fromAsync(readPeerEvents(client, undefined, signal));
}

test('however the stream is cut, the same events come out', async () => {
  const expected = EVENTS.map((event, at) => ({ id: `run-${at}`, event }));
  const cuts = fc.uniqueArray(fc.nat(TEXT.length), { maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(cuts, async (places) => {
      const ends = [...places.toSorted((one, other) => one - other), TEXT.length];
      const parts = ends.map((end, at) => TEXT.slice(at === 0 ? 0 : ends[at - 1], end));
      assert.deepEqual(await read(parts), expected);
    }),
  );
});
