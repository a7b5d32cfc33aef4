/** Talk while bulk runs full over a narrow way whose queue is long: bulk keeps the queue short, and uses the way. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LinkStream } from '@coequal/base';
import { SECOND_MS, LinksWorld, NEVER } from './links-world.ts';
import type { Device } from './links-world.ts';

/** 20 Mbit/s. */
const DOWN = 2_500_000;
const ENDLESS = 1e9;
const PING_LENGTH = 1_024;
const PINGS = 1_000;

interface Measured {
  readonly p50: number;
  readonly p99: number;
  readonly bytesPerSecond: number;
}

async function measure(seed: number, oneWayMs: number): Promise<Measured> {
  const links = await LinksWorld.open({
    seed,
    count: 2,
    hasRelay: false,
    latencyMs: [oneWayMs, oneWayMs],
    bandwidth: { up: ENDLESS, down: DOWN },
  });
  const { world } = links;
  const [a, b] = links.devices as [Device, Device];
  let received = 0;
  b.onStream = (stream, _, protocol) => {
    stream.start(
      (view) => {
        received += view.length;
        if (protocol === 'other/1') stream.send([view.slice()]);
      },
      () => undefined,
    );
  };
  const [bulk, talk] = await links.run(() =>
    Promise.all([
      a.links.open(b.key, { protocol: 'stream/1', lane: 'bulk' }, NEVER).then(started),
      a.links.open(b.key, { protocol: 'other/1', lane: 'talk' }, NEVER).then(started),
    ]),
  );
  const chunk = new Uint8Array(65_536);
  const fill = (): void => {
    while (bulk.stream.send([chunk]));
  };
  bulk.stream.onDrain = fill;
  fill();
  await world.pass(3 * SECOND_MS);
  const from = { at: world.now, received };
  const times: number[] = [];
  for (let i = 0; i < PINGS; i++) {
    const sentAt = world.now;
    const wanted = talk.received + PING_LENGTH;
    talk.stream.send([new Uint8Array(PING_LENGTH)]);
    await world.run(() => talk.received >= wanted, 10 * SECOND_MS);
    times.push(world.now - sentAt);
  }
  const bytesPerSecond = ((received - from.received) / (world.now - from.at)) * SECOND_MS;
  times.sort((one, two) => one - two);
  bulk.stream.close();
  talk.stream.close();
  await links.close();
  return { p50: times[PINGS / 2] ?? 0, p99: times[(PINGS * 99) / 100] ?? 0, bytesPerSecond };
}

interface Started {
  readonly stream: LinkStream;
  received: number;
}

function started(stream: LinkStream): Started {
  const side: Started = { stream, received: 0 };
  stream.start(
    (view) => {
      side.received += view.length;
    },
    () => undefined,
  );
  return side;
}

test('1 KiB of talk takes less than 130 ms on 20 Mbit/s and 40 ms while bulk uses the way', async () => {
  for (const seed of [1, 2, 3]) {
    const { p50, p99, bytesPerSecond } = await measure(seed, 20);
    const share = bytesPerSecond / DOWN;
    console.log(
      `p50 ${p50.toFixed(0)} ms, p99 ${p99.toFixed(0)} ms, ${share.toFixed(2)} of the way`,
    );
    assert.ok(p99 < 130, `seed ${seed}: ${p99} ms`);
    assert.ok(share > 0.85, `seed ${seed}: ${share}`);
  }
});

test('the same in a home network of 20 Mbit/s', async () => {
  const { p50, p99, bytesPerSecond } = await measure(4, 0.5);
  const share = bytesPerSecond / DOWN;
  console.log(`p50 ${p50.toFixed(0)} ms, p99 ${p99.toFixed(0)} ms, ${share.toFixed(2)} of the way`);
  assert.ok(p99 < 130, `${p99} ms`);
  assert.ok(share > 0.85);
});
