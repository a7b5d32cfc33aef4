import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeUtf8, encodeUtf8 } from '@coequal/base';
import { SimRandom } from '@coequal/simulator';
import fc from 'fast-check';
import {
  PROOF_TIMEOUT_MS,
  PROVEN_FRAME_LENGTH_MAX,
  PROVEN_FRAMES_MAX,
  ProvenChannel,
} from '../../../src/core/invite/proven-channel.ts';
import type { ProvenOutput } from '../../../src/core/invite/proven-channel.ts';

interface Side {
  readonly channel: ProvenChannel;
  readonly heard: ProvenOutput[];
}

function sideOf(role: 'initiator' | 'responder', password: string, purpose = 'invite/1'): Side {
  const random = new SimRandom(`${role} ${password}`);
  const channel = new ProvenChannel({
    role,
    password: encodeUtf8(password),
    purpose,
    random,
    now: 0,
  });
  return { channel, heard: [] };
}

/** Gives what is sent to the other side, in pieces of so many bytes, until nobody says anything more. */
function talk(from: Side, to: Side, outputs: readonly ProvenOutput[], piece = 1_000): void {
  from.heard.push(...outputs);
  for (const output of outputs) {
    if (output.type !== 'send') continue;
    for (let at = 0; at < output.bytes.length; at += piece) {
      const bytes = output.bytes.subarray(at, at + piece);
      talk(to, from, to.channel.step({ type: 'bytes', bytes }, 1), piece);
    }
  }
}

function meet(a: Side, b: Side, piece?: number): void {
  talk(a, b, a.channel.step({ type: 'begin' }, 0), piece);
}

const types = ({ heard }: Side): string[] => heard.map(({ type }) => type);

test('two who know the words are proven to each other, however the bytes are cut', () => {
  for (const piece of [1, 7, 1_000]) {
    const [a, b] = [sideOf('initiator', 'river-table'), sideOf('responder', 'river-table')];
    meet(a, b, piece);
    assert.deepEqual(types(a), ['send', 'send', 'proven']);
    assert.deepEqual(types(b), ['send', 'send', 'proven']);
    assert.equal(a.channel.deadline, undefined);
    assert.ok(!a.channel.isGuessSpent && !b.channel.isGuessSpent);
    for (const [from, to, text] of [
      [a, b, 'one'],
      [b, a, 'two'],
      [a, b, ''],
    ] as const) {
      talk(from, to, from.channel.step({ type: 'say', frame: encodeUtf8(text) }, 2), piece);
      const last = to.heard.at(-1);
      assert.equal(last?.type === 'frame' && decodeUtf8(last.frame), text);
    }
  }
});

test('a wrong word is a guess that is spent, on both sides, and tells nothing more', () => {
  const [a, b] = [sideOf('initiator', 'river-tiger'), sideOf('responder', 'river-table')];
  meet(a, b);
  const last = b.heard.at(-1);
  assert.equal(last?.type === 'close' && last.reason.code, 'CODE_WRONG');
  assert.ok(b.channel.isGuessSpent);
  // the one who shows the words did not confirm them: whoever guessed wrong learns no more than that
  assert.deepEqual(types(b), ['send', 'close']);
  assert.ok(a.channel.isGuessSpent);
  assert.ok(!types(a).includes('proven'));
});

test('a stranger who leaves before the tag has learned nothing, and spent no guess', () => {
  const [a, b] = [sideOf('initiator', 'x-y'), sideOf('responder', 'river-table')];
  const [share] = a.channel.step({ type: 'begin' }, 0);
  assert.ok(share?.type === 'send');
  assert.deepEqual(
    b.channel.step({ type: 'bytes', bytes: share.bytes }, 1).map(({ type }) => type),
    ['send'],
  );
  assert.ok(!b.channel.isGuessSpent);
});

test('words for one purpose are good for no other', () => {
  const [a, b] = [sideOf('initiator', 'r-t', 'invite/1'), sideOf('responder', 'r-t', 'pair/1')];
  meet(a, b);
  const last = b.heard.at(-1);
  assert.equal(last?.type === 'close' && last.reason.code, 'CODE_WRONG');
});

test('a frame that was changed, left out or sent again ends the channel', () => {
  for (const harm of ['changed', 'left out', 'twice'] as const) {
    const [a, b] = [sideOf('initiator', 'r-t'), sideOf('responder', 'r-t')];
    meet(a, b);
    const [first, second] = ['one', 'two'].map((text) => {
      const [output] = a.channel.step({ type: 'say', frame: encodeUtf8(text) }, 2);
      assert.ok(output?.type === 'send');
      return output.bytes;
    });
    assert.ok(first && second);
    if (harm === 'changed') first[first.length - 1] = (first.at(-1) ?? 0) ^ 1;
    const sent = harm === 'changed' ? [first] : harm === 'left out' ? [second] : [first, first];
    const outputs = sent.flatMap((bytes) => b.channel.step({ type: 'bytes', bytes }, 3));
    const last = outputs.at(-1);
    assert.equal(last?.type === 'close' && last.reason.code, 'BAD_SEAL');
    assert.deepEqual(b.channel.step({ type: 'bytes', bytes: second }, 4), []);
  }
});

test('who says nothing is given up after the time for it', () => {
  const { channel } = sideOf('responder', 'r-t');
  assert.equal(channel.deadline, PROOF_TIMEOUT_MS);
  assert.deepEqual(channel.step({ type: 'timeout' }, PROOF_TIMEOUT_MS - 1), []);
  const [output] = channel.step({ type: 'timeout' }, PROOF_TIMEOUT_MS);
  assert.equal(output?.type === 'close' && output.reason.code, 'PROOF_TIMEOUT');
  assert.equal(channel.deadline, undefined);
});

test('a longer frame than any is refused before it is held, and so is one frame too many', () => {
  const { channel } = sideOf('responder', 'r-t');
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, PROVEN_FRAME_LENGTH_MAX + 100);
  const [output] = channel.step({ type: 'bytes', bytes }, 0);
  assert.equal(output?.type === 'close' && output.reason.code, 'BAD_FRAME');
  const [a, b] = [sideOf('initiator', 'r-t'), sideOf('responder', 'r-t')];
  meet(a, b);
  for (let count = 0; count < PROVEN_FRAMES_MAX; count++)
    talk(a, b, a.channel.step({ type: 'say', frame: new Uint8Array(0) }, 2));
  assert.equal(b.heard.filter(({ type }) => type === 'frame').length, PROVEN_FRAMES_MAX);
  assert.throws(() => a.channel.step({ type: 'say', frame: new Uint8Array(0) }, 2), {
    code: 'TOO_MANY_MESSAGES',
  });
});

test('whatever comes, a channel answers or closes with a fault of the peer', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 80 }), { maxLength: 6 }), (parts) => {
      for (const role of ['initiator', 'responder'] as const) {
        const { channel } = sideOf(role, 'r-t');
        channel.step({ type: 'begin' }, 0);
        for (const bytes of parts)
          for (const output of channel.step({ type: 'bytes', bytes }, 1))
            assert.ok(output.type === 'send' || output.type === 'close');
      }
    }),
    { numRuns: 50 },
  );
});
