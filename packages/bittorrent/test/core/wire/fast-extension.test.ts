import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { ALLOWED_FAST_COUNT, allowedFastSet } from '../../../src/core/wire/fast-extension.ts';
import { infoHashOf } from '../../../src/core/ids.ts';

const hash = (bytes: Uint8Array): Uint8Array => createHash('sha1').update(bytes).digest();
const infoHash = infoHashOf(new Uint8Array(20).fill(0xaa));

test('the set is that of the examples in BEP 6', () => {
  const ip = Uint8Array.of(80, 4, 4, 200);
  const seven = [1059, 431, 808, 1217, 287, 376, 1188];
  assert.deepEqual(allowedFastSet(ip, infoHash, 1313, 7, hash), seven);
  assert.deepEqual(allowedFastSet(ip, infoHash, 1313, 9, hash), [...seven, 353, 508]);
});

test('addresses of one network get the same set, others another', () => {
  const set = (...ip: number[]): number[] =>
    allowedFastSet(Uint8Array.from(ip), infoHash, 1313, ALLOWED_FAST_COUNT, hash);
  assert.deepEqual(set(80, 4, 4, 200), set(80, 4, 4, 1));
  assert.notDeepEqual(set(80, 4, 4, 200), set(80, 4, 5, 200));
  const network = [0x20, 1, 0xd, 0xb8, 0, 0, 0, 1];
  const here = set(...network, 1, 2, 3, 4, 5, 6, 7, 8);
  assert.deepEqual(here, set(...network, 8, 7, 6, 5, 4, 3, 2, 1));
  assert.notDeepEqual(here, set(...network.with(7, 2), 1, 2, 3, 4, 5, 6, 7, 8));
});

test('a set has as many pieces as asked for, each once, all of the torrent', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 4, maxLength: 4 }),
      fc.nat(40),
      fc.nat(20),
      (ip, pieces, count) => {
        const set = allowedFastSet(ip, infoHash, pieces, count, hash);
        assert.equal(set.length, Math.min(pieces, count));
        assert.equal(new Set(set).size, set.length);
        assert.ok(set.every((piece) => piece >= 0 && piece < pieces));
      },
    ),
  );
});
