import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseHex } from '@coequal/base';
import { openEd25519 } from '@coequal/base/node';

const ed25519 = openEd25519();

function hex(text: string): Uint8Array {
  const bytes = parseHex(text.replaceAll(/\s/g, ''));
  assert.ok(bytes);
  return bytes;
}

// RFC 8032, section 7.1, test 2
const SECRET = hex('4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb');
const PUBLIC = hex('3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c');
const MESSAGE = hex('72');
const SIGNATURE = hex(`92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da
  085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00`);

test('keys and signatures are those of RFC 8032', () => {
  assert.deepEqual(ed25519.publicKey(SECRET), PUBLIC);
  assert.deepEqual(ed25519.sign(SECRET, MESSAGE), SIGNATURE);
  assert.equal(ed25519.verify(PUBLIC, MESSAGE, SIGNATURE), true);
});

test('what was not signed so, and bytes that are no key or signature, are not verified', () => {
  assert.equal(ed25519.verify(PUBLIC, hex('73'), SIGNATURE), false);
  assert.equal(ed25519.verify(PUBLIC, MESSAGE, SIGNATURE.with(0, 0)), false);
  assert.equal(ed25519.verify(PUBLIC.subarray(1), MESSAGE, SIGNATURE), false);
  assert.equal(ed25519.verify(new Uint8Array(32).fill(0xff), MESSAGE, SIGNATURE), false);
  assert.equal(ed25519.verify(PUBLIC, MESSAGE, new Uint8Array(0)), false);
});
