/** What every contract suite is given: how to drive the world under test, and made-up content. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { equalBytes, LocalFault } from '../../src/index.ts';

export interface World extends AsyncDisposable {
  /** Lets the world run until `work` settles. The real world's is the identity. */
  readonly pump: <T>(work: Promise<T>) => Promise<T>;
}

/** Bytes that look random and are the same for the same seed. */
export function content(length: number, seed = 1): Uint8Array<ArrayBuffer> {
  const words = new Uint32Array(Math.ceil(length / 4));
  let state = seed * 0x9e37_79b9 + 1;
  for (let i = 0; i < words.length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[i] = state;
  }
  return new Uint8Array(words.buffer, 0, length);
}

export function digest(kind: 'sha1' | 'sha256', ...parts: readonly Uint8Array[]): string {
  const hash = createHash(kind);
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}

/** As `assert.deepEqual`, which takes minutes to show how two long arrays differ. */
export function assertSameBytes(actual: Uint8Array, expected: Uint8Array): void {
  assert.equal(actual.length, expected.length);
  if (equalBytes(actual, expected)) return;
  const at = actual.findIndex((byte, i) => byte !== expected[i]);
  assert.fail(`byte ${at} of ${actual.length} is ${actual[at]} and should be ${expected[at]}`);
}

/** For `assert.rejects` and `assert.throws`: a LocalFault with that code and nothing else. */
export function localFault(code: string): (error: unknown) => boolean {
  return (error) => error instanceof LocalFault && error.code === code;
}
