/**
 * One hasher for several engines. Each has slots of its own: an engine takes all slots of its hasher for its own, and
 * two that wrote into the same one would hand unverified bytes to the disk.
 */
import { assert } from '@coequal/base';
import type { Hasher, WritePlan } from '@coequal/base';

/** Slots for files of the network, as the hasher has by itself, and for what is handed over. */
const FILES_SLOT_COUNT = 256;
const SENDS_SLOT_COUNT = 128;
export const SHARED_SLOT_COUNT: number = FILES_SLOT_COUNT + SENDS_SLOT_COUNT;

export interface HasherParts {
  readonly files: Hasher;
  readonly sends: Hasher;
}

/** The hasher has SHARED_SLOT_COUNT slots, and stays its owner's to dispose of. */
export function shareHasher(hasher: Hasher): HasherParts {
  const [files, sends] = splitHasher(hasher, [FILES_SLOT_COUNT, SENDS_SLOT_COUNT]);
  assert(files !== undefined && sends !== undefined, 'there are two parts');
  return { files, sends };
}

/** Parts with so many slots each. It rests once all of them do. */
export function splitHasher(hasher: Hasher, slotCounts: readonly number[]): readonly Hasher[] {
  const total = slotCounts.reduce((sum, count) => sum + count, 0);
  assert(total <= hasher.slotCount, 'the hasher has fewer slots than are dealt out');
  /** Parts whose slots may be in use. */
  const awake = new Set<number>();
  let next = 0;
  return slotCounts.map((count, part) => {
    const first = next;
    next += count;
    return partOf(hasher, { part, first, count }, awake);
  });
}

function partOf(
  hasher: Hasher,
  { part, first, count }: { readonly part: number; readonly first: number; readonly count: number },
  awake: Set<number>,
): Hasher {
  const own = (slot: number): number => {
    assert(slot >= 0 && slot < count, `slot ${slot} is not of this part`);
    awake.add(part);
    return first + slot;
  };
  return {
    slotLength: hasher.slotLength,
    slotCount: count,
    slot: (index) => hasher.slot(own(index)),
    hash: (bytes, kind) => hasher.hash(bytes, kind),
    hashAndWrite: (plan: WritePlan) => hasher.hashAndWrite({ ...plan, slots: plan.slots.map(own) }),
    readAndHash: (plan, signal) => hasher.readAndHash(plan, signal),
    release: (path) => hasher.release(path),
    rest: async () => {
      awake.delete(part);
      if (awake.size === 0) await hasher.rest();
    },
    // the whole is its owner's
    [Symbol.asyncDispose]: async () => undefined,
  };
}
