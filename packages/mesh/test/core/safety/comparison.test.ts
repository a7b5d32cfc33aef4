import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { PeerFault } from '@coequal/base';
import { SimRandom } from '@coequal/simulator';
import fc from 'fast-check';
import {
  Comparison,
  COMPARISON_TIMEOUT_MS,
  decodeComparisonMessage,
  encodeComparisonMessage,
  SAFETY_WORD_COUNT,
} from '../../../src/core/safety/comparison.ts';
import type {
  ComparisonInput,
  ComparisonMessage,
  ComparisonOutput,
  Party,
} from '../../../src/core/safety/comparison.ts';
import { safetyNumberSteps } from '../../../src/core/safety/safety-number.ts';
import { SAFETY_WORDS, safetyWord } from '../../../src/core/safety/safety-words.ts';
import { deviceOf, signerOf } from '../identity/device-lists.ts';
import type { PersonKey } from '../../../src/core/identity/person-key.ts';

const ANNA: Party = { person: signerOf(1).person, device: deviceOf(1) };
const BEN: Party = { person: signerOf(2).person, device: deviceOf(2) };
const MALLORY: Party = { person: signerOf(3).person, device: deviceOf(3) };

function side(own: Party, other: Party, begins: boolean, nonce: Uint8Array): Comparison {
  return new Comparison({ own, other, begins, nonce, now: 0 });
}

function sent(outputs: readonly ComparisonOutput[]): Uint8Array {
  const found = outputs.find((output) => output.type === 'send');
  assert.ok(found?.type === 'send');
  return found.bytes;
}

function words(outputs: readonly ComparisonOutput[]): string {
  const found = outputs.find((output) => output.type === 'words');
  assert.ok(found?.type === 'words');
  assert.equal(found.bytes.length, SAFETY_WORD_COUNT);
  return Array.from(found.bytes, safetyWord).join(' ');
}

function closed(outputs: readonly ComparisonOutput[]): string | undefined {
  const found = outputs.find((output) => output.type === 'close');
  return found?.type === 'close' ? found.reason.code : undefined;
}

const say = (bytes: Uint8Array): ComparisonInput => ({ type: 'message', bytes });

describe('the words', () => {
  it('are 256, each with a beginning of its own and far from the others', () => {
    assert.equal(SAFETY_WORDS.length, 256);
    assert.equal(new Set(SAFETY_WORDS.map((word) => word.slice(0, 3))).size, 256);
    for (const word of SAFETY_WORDS) assert.match(word, /^[a-z]{4,7}$/);
  });
});

describe('two who compare', () => {
  it('see the same words, which come of both numbers', () => {
    const run = (a: number, b: number): readonly string[] => {
      const anna = side(ANNA, BEN, true, new Uint8Array(32).fill(a));
      const ben = side(BEN, ANNA, false, new Uint8Array(32).fill(b));
      const answer = sent(ben.step(say(sent(anna.step({ type: 'begin' }, 0))), 0));
      const revealed = anna.step(say(answer), 0);
      return [words(revealed), words(ben.step(say(sent(revealed)), 0))];
    };
    const [one, other] = run(1, 2);
    assert.equal(one, other);
    assert.notEqual(run(1, 3)[0], one);
    assert.notEqual(run(2, 2)[0], one);
  });

  it('see other words when one of them believes in another key', () => {
    const anna = side(ANNA, MALLORY, true, new Uint8Array(32).fill(1));
    const ben = side(BEN, MALLORY, false, new Uint8Array(32).fill(2));
    // passed on as they are: only what each believes of the other differs
    const answer = sent(ben.step(say(sent(anna.step({ type: 'begin' }, 0))), 0));
    const revealed = anna.step(say(answer), 0);
    assert.equal(closed(ben.step(say(sent(revealed)), 0)), 'COMMITMENT_BROKEN');
  });

  it('are told when a number is not what was committed to', () => {
    const anna = side(ANNA, BEN, true, new Uint8Array(32).fill(1));
    const ben = side(BEN, ANNA, false, new Uint8Array(32).fill(2));
    ben.step(say(sent(anna.step({ type: 'begin' }, 0))), 0);
    const other = encodeComparisonMessage({ type: 'reveal', nonce: new Uint8Array(32).fill(9) });
    assert.equal(closed(ben.step(say(other), 0)), 'COMMITMENT_BROKEN');
  });

  it('do not wait for ever, nor take a message at the wrong time', () => {
    const ben = side(BEN, ANNA, false, new Uint8Array(32));
    assert.equal(ben.deadline, COMPARISON_TIMEOUT_MS);
    assert.deepEqual(ben.step({ type: 'timeout' }, COMPARISON_TIMEOUT_MS - 1), []);
    assert.equal(closed(ben.step({ type: 'timeout' }, COMPARISON_TIMEOUT_MS)), 'COMPARISON_IDLE');
    assert.equal(ben.deadline, undefined);
    const early = encodeComparisonMessage({ type: 'reveal', nonce: new Uint8Array(32) });
    for (const begins of [true, false]) {
      const one = side(ANNA, BEN, begins, new Uint8Array(32));
      one.step({ type: 'begin' }, 0);
      assert.equal(closed(one.step(say(early), 0)), 'BAD_COMPARISON');
    }
  });
});

describe('somebody in between', () => {
  /** All that M can do: one session with each side, in either order of the last step. */
  function attack(random: SimRandom, looksAtBenFirst: boolean): boolean {
    const anna = side(ANNA, MALLORY, true, random.bytes(32));
    const toBen = side(MALLORY, BEN, true, random.bytes(32));
    const ben = side(BEN, MALLORY, false, random.bytes(32));
    const toAnna = side(MALLORY, ANNA, false, random.bytes(32));
    const answerToAnna = sent(toAnna.step(say(sent(anna.step({ type: 'begin' }, 0))), 0));
    const answerOfBen = sent(ben.step(say(sent(toBen.step({ type: 'begin' }, 0))), 0));
    const revealed = looksAtBenFirst ? toBen.step(say(answerOfBen), 0) : undefined;
    const ofAnna = words(anna.step(say(answerToAnna), 0));
    const ofBen = words(ben.step(say(sent(revealed ?? toBen.step(say(answerOfBen), 0))), 0));
    return ofAnna.split(' ')[0] === ofBen.split(' ')[0];
  }

  it('gets one word of three to match as often as by chance, whichever side comes last', () => {
    // 1 in 256 a try: 4,000 tries make 15.6 in the mean, and 0 or more than 45 less often than once in a million
    const random = new SimRandom('in between');
    for (const order of [true, false]) {
      const hits = Array.from({ length: 4_000 }, () => attack(random, order)).filter(Boolean);
      assert.ok(hits.length > 0 && hits.length < 45, `${hits.length}`);
    }
  });
});

describe('messages of a comparison', () => {
  it('come back as they were, and anything else is a fault of the peer', () => {
    const bytes = fc.uint8Array({ minLength: 32, maxLength: 32 });
    const any: fc.Arbitrary<ComparisonMessage> = fc.oneof(
      bytes.map((commitment) => ({ type: 'commit' as const, commitment })),
      bytes.map((nonce) => ({ type: 'answer' as const, nonce })),
      bytes.map((nonce) => ({ type: 'reveal' as const, nonce })),
    );
    fc.assert(
      fc.property(any, (message) =>
        assert.deepEqual(decodeComparisonMessage(encodeComparisonMessage(message)), message),
      ),
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (garbage) => {
        try {
          decodeComparisonMessage(garbage);
        } catch (error) {
          assert.ok(error instanceof PeerFault);
          assert.equal(error.code, 'BAD_COMPARISON');
        }
      }),
    );
  });
});

describe('the safety number', () => {
  function numberOf(one: PersonKey, other: PersonKey): readonly string[] {
    const steps = safetyNumberSteps(one, other);
    for (;;) {
      const { value, done } = steps.next();
      if (done === true) return value;
    }
  }

  it('has 60 digits, the same for both', () => {
    const number = numberOf(ANNA.person, BEN.person);
    assert.match(number.join(' '), /^(\d{5} ){11}\d{5}$/);
    assert.deepEqual(numberOf(BEN.person, ANNA.person), number);
    assert.notDeepEqual(numberOf(ANNA.person, MALLORY.person), number);
  });

  it('is made by the hash that docs/identity.md says', () => {
    const halfOf = ({ person }: Party): string => {
      const key = Buffer.from(person, 'hex');
      let hash = Buffer.concat([Buffer.from([0, 1]), Buffer.from('coequal safety number\0'), key]);
      for (let count = 0; count < 5_200; count++)
        hash = createHash('sha512').update(hash).update(key).digest();
      const groups = [0, 5, 10, 15, 20, 25].map((at) => hash.readUIntBE(at, 5) % 100_000);
      return groups.map((group) => `${group}`.padStart(5, '0')).join(' ');
    };
    const expected = [halfOf(ANNA), halfOf(BEN)].toSorted().join(' ');
    assert.equal(numberOf(ANNA.person, BEN.person).join(' '), expected);
  });
});
