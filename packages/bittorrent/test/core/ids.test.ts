import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AssertionError, PeerFault } from '@coequal/base';
import {
  idBytes,
  infoHashOf,
  infoHashV2Of,
  parseInfoHash,
  parseInfoHashV2,
  peerIdOf,
  truncateInfoHash,
} from '../../src/core/ids.ts';

const BYTES_20 = Uint8Array.from({ length: 20 }, (_, i) => i * 13);
const BYTES_32 = Uint8Array.from({ length: 32 }, (_, i) => 255 - i);

describe('ids', () => {
  it('give their bytes back', () => {
    assert.deepEqual(idBytes(infoHashOf(BYTES_20)), BYTES_20);
    assert.deepEqual(idBytes(infoHashV2Of(BYTES_32)), BYTES_32);
    assert.deepEqual(idBytes(peerIdOf(BYTES_20)), BYTES_20);
  });

  it('are the same Map key however they were written', () => {
    const id = infoHashOf(BYTES_20);
    assert.equal(parseInfoHash(id.toUpperCase()), id);
    assert.equal(parseInfoHashV2(infoHashV2Of(BYTES_32).toUpperCase()), infoHashV2Of(BYTES_32));
  });

  it('refuse another length, and letters that are no hex', () => {
    for (const text of ['', 'ab', 'g'.repeat(40), 'a'.repeat(39), 'a'.repeat(41), 'a'.repeat(64)]) {
      assert.throws(() => parseInfoHash(text), { name: 'PeerFault', code: 'BAD_INFO_HASH' });
    }
    assert.throws(() => parseInfoHashV2('a'.repeat(40)), PeerFault);
    assert.throws(() => infoHashOf(BYTES_32), AssertionError);
    assert.throws(() => peerIdOf(new Uint8Array(19)), AssertionError);
  });

  it('are truncated to 20 bytes for the wire in v2', () => {
    assert.deepEqual(idBytes(truncateInfoHash(infoHashV2Of(BYTES_32))), BYTES_32.subarray(0, 20));
  });
});
