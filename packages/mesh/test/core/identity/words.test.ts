import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { formatHex, parseHex } from '@coequal/base';
import { mnemonicToSeedSync } from '@scure/bip39';
import { HDKey } from '@scure/bip32';
import fc from 'fast-check';
import { bip85Entropy, rootSecretOf, walletWordsOf } from '../../../src/core/identity/root-key.ts';
import { deriveEd25519 } from '../../../src/core/identity/slip10.ts';
import { readWords, wordsOf } from '../../../src/core/identity/words.ts';
import { ed25519 } from './device-lists.ts';

function vectors<T>(name: string): T {
  const url = new URL(`../../vectors/${name}`, import.meta.url);
  return JSON.parse(readFileSync(url, 'utf8')) as T;
}

const BIP39 = vectors<{ vectors: { entropy: string; words: string }[] }>('bip-0039.json').vectors;
const GOOD = BIP39[4]?.words.split(' ') ?? [];

describe('24 words', () => {
  it('are those of BIP39', () => {
    for (const { entropy, words } of BIP39) {
      assert.equal(wordsOf(parseHex(entropy) ?? new Uint8Array()).join(' '), words);
      const reading = readWords(words);
      assert.ok(reading.type === 'good');
      assert.equal(formatHex(reading.entropy), entropy);
    }
  });

  it('are read as they are pasted: with numbers, in capitals, over lines', () => {
    const text = GOOD.map((word, at) => `${at + 1}. ${word.toUpperCase()}`).join('\n');
    assert.equal(readWords(`  ${text}\n`).type, 'good');
  });

  it('come back whatever they say', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (entropy) => {
        const reading = readWords(wordsOf(entropy).join(' '));
        assert.ok(reading.type === 'good');
        assert.deepEqual(reading.entropy, entropy);
      }),
    );
  });
});

describe('words that are wrong', () => {
  it('are named by their place, with those that are near', () => {
    const reading = readWords(GOOD.with(1, 'gorila').with(22, 'afriad').join(' '));
    assert.ok(reading.type === 'unknown');
    assert.deepEqual(reading.wrong, [
      { position: 2, word: 'gorila', near: ['gorilla'] },
      { position: 23, word: 'afriad', near: ['afraid'] },
    ]);
  });

  it('are known by their first four letters', () => {
    const reading = readWords('abanxyz');
    assert.ok(reading.type === 'unknown');
    assert.equal(reading.wrong[0]?.near[0], 'abandon');
  });

  it('too few or too many of them are counted', () => {
    assert.deepEqual(readWords(GOOD.slice(1).join(' ')), { type: 'count', count: 23 });
    assert.deepEqual(readWords(''), { type: 'count', count: 0 });
  });

  it('of the list, but swapped, are found by the check', () => {
    const swapped = GOOD.with(0, GOOD[1] ?? '').with(1, GOOD[0] ?? '');
    assert.deepEqual(readWords(swapped.join(' ')), { type: 'mixed-up' });
  });

  it('cost a few looks alone, whatever is pasted', () => {
    const reading = readWords('xyzzyx '.repeat(5_000));
    assert.ok(reading.type === 'unknown');
    assert.equal(reading.wrong.length, 30);
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => void readWords(text)),
    );
  });
});

describe('the root key', () => {
  it('is derived as the vectors of SLIP-10 say', () => {
    const { vectors: all } = vectors<{
      vectors: {
        seed: string;
        chains: { path: number[]; chainCode: string; private: string; public: string }[];
      }[];
    }>('slip-0010-ed25519.json');
    let count = 0;
    for (const { seed, chains } of all) {
      for (const chain of chains) {
        const { secret, chainCode } = deriveEd25519(parseHex(seed) ?? new Uint8Array(), chain.path);
        assert.equal(formatHex(secret), chain.private);
        assert.equal(formatHex(chainCode), chain.chainCode);
        assert.equal(formatHex(ed25519.publicKey(secret)), chain.public);
        count += 1;
      }
    }
    assert.equal(count, 12);
  });

  it('of given words is this one for ever', () => {
    const seed = mnemonicToSeedSync(BIP39[0]?.words ?? '');
    // of the BIP39 seed with an empty pass phrase
    assert.equal(formatHex(seed).slice(0, 32), '408b285c123836004f4b8842c89324c1');
    assert.equal(
      formatHex(ed25519.publicKey(rootSecretOf(seed))),
      '05966869abdd6f3121438c1c99ee814c1f8266fe13d41229bd2e656fe076d2d5',
    );
    assert.notDeepEqual(rootSecretOf(seed.with(63, 1)), rootSecretOf(seed));
  });
});

describe('the words of the wallet', () => {
  const { root, entropies, words } = vectors<{
    root: string;
    entropies: { path: string; entropy: string }[];
    words: { count: number; entropy: string; words: string }[];
  }>('bip-0085.json');

  it('come from the root as the vectors of BIP85 say', () => {
    const key = HDKey.fromExtendedKey(root);
    for (const { path, entropy } of entropies)
      assert.equal(formatHex(bip85Entropy(key, path)), entropy);
    for (const { count, entropy } of words) {
      const path = `m/83696968'/39'/0'/${count}'/0'`;
      assert.equal(formatHex(bip85Entropy(key, path)).slice(0, entropy.length), entropy);
    }
    const of24 = words.find(({ count }) => count === 24);
    assert.equal(wordsOf(parseHex(of24?.entropy ?? '') ?? new Uint8Array()).join(' '), of24?.words);
  });

  it('of given words are these for ever', () => {
    const seed = mnemonicToSeedSync(BIP39[0]?.words ?? '');
    assert.equal(
      walletWordsOf(seed).join(' '),
      'water combine battle truck reopen scene dilemma art raise title fault fade employ inject defense bleak flavor document trash timber loud rate receive math',
    );
    assert.notDeepEqual(walletWordsOf(seed, 1), walletWordsOf(seed));
  });
});
