import assert from 'node:assert/strict';
import { test } from 'node:test';
import { World } from '@coequal/simulator';
import type { DeviceKey, Endpoint } from '@coequal/base';
import { OpenDoors } from '../../src/io/transport/open-doors.ts';
import { makeKeys } from './devices.ts';

/** Rounds of twenty seconds in two minutes. */
const ROUNDS = 6;

async function knocks(isLost: boolean, awaited: readonly DeviceKey[]): Promise<Endpoint[]> {
  const world = new World({ seed: 1 });
  const { clock } = world.host('here').ports;
  const knocked: Endpoint[] = [];
  using _doors = new OpenDoors({
    clock,
    isLost: () => isLost,
    awaited: () => awaited,
    addressesOf: () => [
      { host: '192.0.2.1', port: 1 },
      { host: '192.0.2.2', port: 2 },
    ],
    knock: (at) => void knocked.push(at),
  });
  await world.pass(ROUNDS * 20_000 + 1);
  return knocked;
}

test('while nobody introduces it, a device keeps its router open for each who may come', async () => {
  const knocked = await knocks(true, [makeKeys().device]);
  assert.equal(knocked.length, 2 * ROUNDS);
  assert.deepEqual(
    knocked.slice(0, 2).map(({ port }) => port),
    [1, 2],
  );
});

test('a device that is introduced by others sends nothing', async () => {
  assert.deepEqual(await knocks(false, [makeKeys().device]), []);
});

test('however many may come, so many are knocked at in one round and no more', async () => {
  const many = Array.from({ length: 100 }, () => makeKeys().device);
  assert.equal((await knocks(true, many)).length, 128 * ROUNDS);
});
