import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LocalFault } from '@coequal/base';
import fc from 'fast-check';
import {
  DEVICES_MAX,
  encodeDeviceList,
  newerList,
} from '../../../src/core/identity/device-list.ts';
import type { DeviceList } from '../../../src/core/identity/device-list.ts';
import {
  firstList,
  judgeList,
  requireFits,
  withDevice,
  withName,
  withoutDevice,
} from '../../../src/core/identity/next-list.ts';
import { deviceOf, signerOf } from './device-lists.ts';

const robin = signerOf(1);
const entry = (
  number: number,
): { key: ReturnType<typeof deviceOf>; name: string; addedAt: number } => ({
  key: deviceOf(number),
  name: `device ${number}`,
  addedAt: number,
});
const FIRST = firstList(robin.person, entry(1));

function isFault(code: string): (error: unknown) => boolean {
  return (error) => error instanceof LocalFault && error.code === code;
}

/** What an own device does to the list that it has. */
type Step = (list: DeviceList) => DeviceList;

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  fc.integer({ min: 2, max: 9 }).map(
    (number): Step =>
      (list) =>
        list.revoked.includes(deviceOf(number)) ? list : withDevice(list, entry(number)),
  ),
  fc.integer({ min: 2, max: 9 }).map(
    (number): Step =>
      (list) =>
        list.devices.some(({ key }) => key === deviceOf(number))
          ? withoutDevice(list, deviceOf(number), 100 + number)
          : list,
  ),
  fc.tuple(fc.integer({ min: 1, max: 9 }), fc.constantFrom('x', 'y')).map(
    ([number, name]): Step =>
      (list) =>
        list.devices.some(({ key }) => key === deviceOf(number))
          ? withName(list, deviceOf(number), name, 200)
          : list,
  ),
);

const run = (from: DeviceList, steps: readonly Step[]): DeviceList =>
  steps.reduce((list, step) => step(list), from);

/** What a device that holds the words has once it was shown another list. */
function learn(held: DeviceList, come: DeviceList): DeviceList {
  const verdict = judgeList(held, come);
  if (verdict.type === 'merge') return verdict.list;
  return verdict.type === 'adopt' ? come : held;
}

describe('an own device list', () => {
  it('has one number more with each change, and contacts take every one', () => {
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 12 }), (steps) => {
        let held: DeviceList = FIRST;
        for (const step of steps) {
          const next = step(held);
          assert.equal(newerList(held, next), next);
          if (next !== held) assert.equal(next.number, held.number + 1);
          held = next;
        }
      }),
    );
  });

  it('takes no device twice, none that was revoked, and none with a name that cannot be shown', () => {
    assert.equal(withDevice(FIRST, entry(1)), FIRST);
    const gone = withoutDevice(withDevice(FIRST, entry(2)), deviceOf(2), 3);
    assert.throws(() => withDevice(gone, entry(2)), isFault('DEVICE_REVOKED'));
    assert.throws(() => withoutDevice(gone, deviceOf(2), 4), isFault('NO_SUCH_DEVICE'));
    assert.throws(() => withName(FIRST, deviceOf(1), '\u202e', 4), isFault('BAD_DEVICE_NAME'));
    const full = run(
      FIRST,
      Array.from(
        { length: DEVICES_MAX },
        (_, i) => (list: DeviceList) => withDevice(list, entry(i + 2)),
      ),
    );
    assert.throws(() => requireFits(full), isFault('TOO_MANY_DEVICES'));
  });
});

describe('lists that two devices signed without knowing of each other', () => {
  const two = fc.tuple(
    fc.array(anyStep, { maxLength: 4 }),
    fc.array(anyStep, { maxLength: 8 }),
    fc.array(anyStep, { maxLength: 8 }),
  );

  it('become one, the same on both, in which nothing is lost and nothing revoked comes back', () => {
    fc.assert(
      fc.property(two, ([common, ofOne, ofOther]) => {
        const from = run(FIRST, common);
        const one = run(from, ofOne);
        const other = run(from, ofOther);
        const a = learn(one, other);
        const b = learn(other, one);
        // each shows the other what it has by then, once more
        const settled = learn(a, b);
        assert.deepEqual(
          encodeDeviceList(settled, robin.sign),
          encodeDeviceList(learn(b, a), robin.sign),
        );
        const known = new Set([...settled.revoked, ...settled.devices.map(({ key }) => key)]);
        assert.equal(known.size, settled.revoked.length + settled.devices.length);
        for (const list of [one, other]) {
          assert.equal(newerList(list, settled).number, settled.number);
          for (const { key } of list.devices) assert.ok(known.has(key));
        }
      }),
      { numRuns: 500 },
    );
  });

  it('are not signed again for old ones that somebody shows', () => {
    fc.assert(
      fc.property(two, ([common, ofOne, ofOther]) => {
        const from = run(FIRST, common);
        const old = [FIRST, from, run(from, ofOne), run(from, ofOther)];
        const held = old.reduce(learn, FIRST);
        const settled = old.reduce(learn, held);
        assert.deepEqual(settled, old.reduce(learn, settled));
        assert.ok(settled.number <= held.number + 1);
      }),
      { numRuns: 500 },
    );
  });
});
