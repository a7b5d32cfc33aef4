import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeUtf8, deviceKeyOf, encodeUtf8, LocalFault, PeerFault } from '@coequal/base';
import type { LinkStream } from '@coequal/base';
import { PlainLinks, World } from '@coequal/simulator';
import type { DeviceDirectory } from '@coequal/simulator';

const NEVER = new AbortController().signal;
const [ANNA, BEN] = [1, 2].map((n) => deviceKeyOf(new Uint8Array(32).fill(n))) as [
  ReturnType<typeof deviceKeyOf>,
  ReturnType<typeof deviceKeyOf>,
];
const TALK = { protocol: 'echo/1', lane: 'talk' } as const;

async function openTwo(world: World): Promise<readonly [PlainLinks, PlainLinks]> {
  const directory: DeviceDirectory = new Map();
  const opened = await world.run(
    () =>
      Promise.all(
        [ANNA, BEN].map((key) => {
          const host = world.host();
          return PlainLinks.open(key, host.address, directory, host.ports.net, NEVER);
        }),
      ),
    5_000,
  );
  return [opened[0], opened[1]] as [PlainLinks, PlainLinks];
}

void test('bytes go both ways, and an end lets all of them arrive', async () => {
  const world = new World({ seed: 1 });
  const [anna, ben] = await openTwo(world);
  ben.accept('echo/1', (stream, from) => {
    assert.equal(from, ANNA);
    stream.start(
      (view) => stream.send([view.slice()]),
      () => undefined,
    );
  });
  const heard = await world.run(async () => {
    const stream = await anna.open(BEN, TALK, NEVER);
    const { promise, resolve } = Promise.withResolvers<string>();
    let text = '';
    stream.start(
      (view) => {
        text += decodeUtf8(view) ?? '';
        if (text === 'hello') resolve(text);
      },
      () => undefined,
    );
    stream.send([encodeUtf8('hel'), encodeUtf8('lo')]);
    return await promise;
  }, 5_000);
  assert.equal(heard, 'hello');
});

void test('who is not there, or does not speak it, is told apart', async () => {
  const world = new World({ seed: 2 });
  const [anna, ben] = await openTwo(world);
  const fails = async (work: Promise<LinkStream>): Promise<unknown> =>
    await world.run(() => work.catch((error: unknown) => error), 5_000);
  const refused = await fails(anna.open(BEN, TALK, NEVER));
  assert.ok(refused instanceof PeerFault && refused.code === 'PROTOCOL_REFUSED');
  await world.run(() => ben[Symbol.asyncDispose](), 5_000);
  const gone = await fails(anna.open(BEN, TALK, NEVER));
  assert.ok(gone instanceof LocalFault && gone.code === 'DEVICE_UNREACHABLE');
});
