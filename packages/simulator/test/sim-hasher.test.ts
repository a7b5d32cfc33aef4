import assert from 'node:assert/strict';
import { test } from 'node:test';
import { joinPath, rootPath } from '@coequal/base';
import type { Hasher, SafePath, WritePlan } from '@coequal/base';
import { World } from '../src/index.ts';

const ROOT = rootPath('/');
const FILE = joinPath(ROOT, 'folder', 'file');
const LENGTH = 65_536;

function plan(hasher: Hasher, slot: number, path: SafePath, position = 0): WritePlan {
  const piece = hasher.slot(slot);
  piece.fill(slot + 1);
  return {
    slots: [slot],
    length: LENGTH,
    spans: [{ type: 'file', path, position, length: LENGTH }],
    digests: { sha1: true },
    expected: { sha1: hasher.hash(piece, 'sha1') },
  };
}

test('slots are as many and as long as asked', () => {
  const { hasher } = new World({ seed: 1 }).host({
    hasher: { slotLength: 16_384, slotCount: 3 },
  }).ports;
  assert.deepEqual(
    [hasher.slotLength, hasher.slotCount, hasher.slot(2).length],
    [16_384, 3, 16_384],
  );
  assert.throws(() => hasher.slot(3), { name: 'AssertionError' });
});

test('whoever moves a file and forgets to release it finds the next piece in the moved one', async () => {
  const world = new World({ seed: 1 });
  const host = world.host();
  const { disk, hasher } = host.ports;
  await world.run(async () => {
    await hasher.hashAndWrite(plan(hasher, 0, FILE));
    await disk.rename(joinPath(ROOT, 'folder'), joinPath(ROOT, 'moved'));
    await hasher.hashAndWrite(plan(hasher, 1, FILE, LENGTH));
  }, 10_000);
  assert.deepEqual(host.disk.paths(), ['/moved/file']);
  assert.equal(host.openFiles, 1);
  await hasher[Symbol.asyncDispose]();
  assert.equal(host.openFiles, 0);
});

test('a piece that was written is lost by a power loss unless it is synced', async () => {
  const survived = new Set<boolean>();
  for (let seed = 0; seed < 30; seed++) {
    const world = new World({ seed });
    const host = world.host();
    const { hasher } = host.ports;
    await world.run(() => hasher.hashAndWrite(plan(hasher, 0, FILE)), 10_000);
    host.powerLoss();
    survived.add(host.disk.content(FILE)?.every((byte) => byte === 1) ?? false);
  }
  assert.equal(survived.size, 2);
});

test('hashing takes the worker time in proportion, one piece after the other', async () => {
  const world = new World({ seed: 1 });
  const { hasher } = world.host().ports;
  const read = (): Promise<unknown> =>
    hasher.readAndHash(
      { spans: [{ type: 'zeros', length: 10_000_000 }], digests: { sha1: true } },
      new AbortController().signal,
    );
  await world.run(() => Promise.all([read(), read(), read()]), 10_000);
  assert.ok(world.now > 30 && world.now < 40, `${world.now} ms`);
});
