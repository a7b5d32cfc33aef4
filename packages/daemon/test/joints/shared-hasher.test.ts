import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rootPath } from '@coequal/base';
import { openDisk, openHasher } from '@coequal/base/node';
import type { Hasher } from '@coequal/base';
import { describeHasher } from '../../../base/test/contract/hasher.ts';
import { SHARED_SLOT_COUNT, shareHasher, splitHasher } from '../../src/joints/shared-hasher.ts';
import { temporaryFolder } from '../temporary-folder.ts';

for (const part of [0, 1]) {
  describeHasher(`part ${part} of a shared one`, async () => {
    const whole = openHasher({ workers: 1, slotCount: 64 });
    const hasher = splitHasher(whole, [32, 32])[part];
    assert.ok(hasher !== undefined);
    const folder = temporaryFolder();
    return {
      hasher,
      disk: openDisk(),
      root: rootPath(folder.path),
      pump: (work) => work,
      async [Symbol.asyncDispose]() {
        await whole[Symbol.asyncDispose]();
        folder[Symbol.dispose]();
      },
    };
  });
}

void test('no part sees the slots of another, and all of them fit', async () => {
  await using whole = openHasher({ workers: 1, slotCount: SHARED_SLOT_COUNT });
  const { files, sends } = shareHasher(whole);
  for (let slot = 0; slot < files.slotCount; slot++) files.slot(slot).fill(1, 0, 4);
  for (let slot = 0; slot < sends.slotCount; slot++) sends.slot(slot).fill(2, 0, 4);
  for (let slot = 0; slot < files.slotCount; slot++) assert.equal(files.slot(slot)[0], 1);
  assert.equal(files.slotCount + sends.slotCount, whole.slotCount);
  assert.throws(() => files.slot(files.slotCount), { name: 'AssertionError' });
});

void test('the whole rests once all parts do', async () => {
  await using whole = openHasher({ workers: 1, slotCount: 8 });
  let rests = 0;
  const counted: Hasher = { ...withMethods(whole), rest: async () => void (rests += 1) };
  const [one, other] = splitHasher(counted, [4, 4]);
  assert.ok(one !== undefined && other !== undefined);
  one.slot(0);
  other.slot(0);
  await one.rest();
  assert.equal(rests, 0);
  await other.rest();
  assert.equal(rests, 1);
  other.slot(1);
  await one.rest();
  assert.equal(rests, 1);
});

/** A spread leaves out what a class has on its prototype. */
function withMethods(hasher: Hasher): Hasher {
  return {
    slotLength: hasher.slotLength,
    slotCount: hasher.slotCount,
    slot: (index) => hasher.slot(index),
    hash: (bytes, kind) => hasher.hash(bytes, kind),
    hashAndWrite: (plan) => hasher.hashAndWrite(plan),
    readAndHash: (plan, signal) => hasher.readAndHash(plan, signal),
    release: (path) => hasher.release(path),
    rest: () => hasher.rest(),
    [Symbol.asyncDispose]: () => hasher[Symbol.asyncDispose](),
  };
}
