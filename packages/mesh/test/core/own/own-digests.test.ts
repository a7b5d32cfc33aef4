import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { OwnDigests } from '../../../src/core/own/own-digests.ts';

const byte = fc.constantFrom('00', '01', '7f', 'ff');
const key = fc.oneof(
  fc.constant('n'),
  fc
    .tuple(fc.constantFrom('c', 'i'), byte, byte)
    .map(([kind, first, rest]) => `${kind}${first}${rest}`),
);
const digest = fc.option(fc.uint8Array({ minLength: 8, maxLength: 8 }), { nil: undefined });

test('whatever changes, and whenever it is asked, the summary is that of what is there', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(key, digest, fc.boolean())), (changes) => {
      const digests = new OwnDigests();
      const held = new Map<string, Uint8Array>();
      for (const [changed, value, isAsked] of changes) {
        digests.set(changed, value);
        if (value === undefined) held.delete(changed);
        else held.set(changed, value);
        if (isAsked) digests.summary();
        assert.deepEqual(digests.get(changed), value);
      }
      const fresh = new OwnDigests();
      for (const [each, value] of held) fresh.set(each, value);
      assert.deepEqual(digests.summary(), fresh.summary());
      const keys = Array.from({ length: 256 }, (_, bucket) => digests.keys(bucket)).flat();
      assert.deepEqual(keys.toSorted(), [...held.keys()].toSorted());
    }),
  );
});
