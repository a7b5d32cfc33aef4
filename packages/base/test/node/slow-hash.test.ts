import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeUtf8, formatHex } from '@coequal/base';
import { openSlowHash } from '@coequal/base/node';

const slow = openSlowHash();

test('scrypt is that of RFC 7914, section 12', async () => {
  const cost = { log2N: 10, blockSize: 8, parallelism: 16 };
  const key = await slow.scrypt(encodeUtf8('password'), encodeUtf8('NaCl'), cost, 64);
  assert.equal(
    formatHex(key),
    'fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b3731622eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640',
  );
});

test('scrypt takes as much memory as it is told to', async () => {
  const cost = { log2N: 16, blockSize: 8, parallelism: 1 };
  assert.equal((await slow.scrypt(encodeUtf8('x'), encodeUtf8('y'), cost, 32)).length, 32);
});

test('PBKDF2 with SHA-512 is that of BIP39', async () => {
  const words = encodeUtf8(`${'abandon '.repeat(23)}art`);
  const seed = await slow.pbkdf2Sha512(words, encodeUtf8('mnemonic'), 2_048, 64);
  assert.equal(formatHex(seed).slice(0, 32), '408b285c123836004f4b8842c89324c1');
});
