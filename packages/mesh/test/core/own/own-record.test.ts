import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PeerFault } from '@coequal/base';
import fc from 'fast-check';
import { mergeRecords } from '../../../src/core/own/merge.ts';
import type { PickList } from '../../../src/core/own/merge.ts';
import {
  decodeOwnRecord,
  encodeOwnRecord,
  OWN_RECORD_LENGTH_MAX,
  ownKeyOf,
  SHARED_USES_MAX,
} from '../../../src/core/own/own-record.ts';
import type { OwnRecord, SharedInvitation } from '../../../src/core/own/own-record.ts';
import {
  decodeOwnMessage,
  encodeOwnMessage,
  OWN_BATCH_MAX,
  OWN_SUMMARY_LENGTH,
} from '../../../src/core/own/own-wire.ts';
import type { OwnMessage } from '../../../src/core/own/own-wire.ts';
import { compareStamps, nextStampTime } from '../../../src/core/own/stamp.ts';
import { signerOf } from '../identity/device-lists.ts';
import { anyContact, anyInvitation, anyRecord, anySharedName, anyStamp } from './records.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
/** As real ones are compared, by their number: the byte after version and person. */
const pick: PickList = (held, come) => ((come[36] ?? 0) > (held[36] ?? 0) ? come : held);
const merge = (a: OwnRecord, b: OwnRecord): OwnRecord => mergeRecords(a, b, pick);
const same = (a: OwnRecord, b: OwnRecord): void =>
  assert.equal(hex(encodeOwnRecord(a)), hex(encodeOwnRecord(b)));

test('a record is read as it was written, and has a key', () => {
  fc.assert(
    fc.property(anyRecord, (record) => {
      const read = decodeOwnRecord(encodeOwnRecord(record));
      assert.deepEqual(JSON.stringify(read), JSON.stringify(record));
      assert.equal(ownKeyOf(read), ownKeyOf(record));
    }),
  );
});

test('whatever bytes come, they are a record or a fault of the peer', () => {
  const bad = (bytes: Uint8Array): void => {
    try {
      const record = decodeOwnRecord(bytes);
      assert.equal(hex(encodeOwnRecord(record)), hex(bytes), 'there is one way to write it');
    } catch (error) {
      assert.ok(error instanceof PeerFault, String(error));
    }
  };
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), bad));
  // near to good ones, where more is reached
  fc.assert(
    fc.property(anyRecord, fc.nat(), fc.integer({ min: 1, max: 255 }), (record, at, change) => {
      const bytes = encodeOwnRecord(record);
      const place = at % bytes.length;
      bytes[place] = (bytes[place] ?? 0) ^ change;
      bad(bytes);
      bad(bytes.subarray(0, place));
    }),
  );
});

test('what two devices have is the same as one, whoever is asked first, and however often', () => {
  const person = signerOf(1).person;
  for (const any of [anyContact(person), anyInvitation, anySharedName])
    fc.assert(
      fc.property(any, any, any, (a: OwnRecord, b: OwnRecord, c: OwnRecord) => {
        same(merge(a, a), a);
        same(merge(a, b), merge(b, a));
        same(merge(merge(a, b), b), merge(a, b));
        const isAdded = [a, b, c].some(
          (each) => each.type === 'contact' && each.state === 'removed',
        );
        if (!isAdded) same(merge(merge(a, b), c), merge(a, merge(b, c)));
      }),
      { numRuns: 500 },
    );
});

test('three devices come to have the same, in whatever order they meet', () => {
  const pair = fc.constantFrom<[number, number]>([0, 1], [1, 2], [0, 2]);
  fc.assert(
    fc.property(
      fc.array(anyContact(signerOf(1).person), { minLength: 3, maxLength: 3 }),
      fc.array(pair, { maxLength: 6 }),
      (contacts, order) => {
        const have: OwnRecord[] = [...contacts];
        for (const [one, other] of [...order, [0, 1], [1, 2], [0, 1], [1, 2], [0, 2]] as const) {
          const [a, b] = [have[one], have[other]];
          assert.ok(a !== undefined && b !== undefined);
          have[one] = have[other] = merge(a, b);
        }
        const [first, ...others] = have;
        assert.ok(first !== undefined);
        for (const each of others) same(each, first);
      },
    ),
    { numRuns: 500 },
  );
});

test('stamps are in one order, and a change is later than all that were seen, unless those are of no time', () => {
  fc.assert(
    fc.property(anyStamp, anyStamp, (a, b) => {
      assert.equal(Math.sign(compareStamps(a, b)) + Math.sign(compareStamps(b, a)), 0);
      if (compareStamps(a, b) === 0) assert.equal(JSON.stringify(a), JSON.stringify(b));
    }),
  );
  assert.equal(nextStampTime(1_000, 500), 1_000);
  assert.equal(nextStampTime(1_000, 2_000), 2_001);
  assert.equal(nextStampTime(1_000, 99_000_000), 1_000);
});

test('the longest invitation fits into a record', () => {
  const many: SharedInvitation = {
    type: 'invitation',
    secret: new Uint8Array(16),
    link: 'x'.repeat(9_999),
    note: '€'.repeat(9_999),
    createdAt: 1,
    validUntil: 2,
    usesMax: 100,
    gift: { id: 'i'.repeat(999), name: '€'.repeat(999), size: Number.MAX_SAFE_INTEGER },
    isRevoked: true,
    uses: Array.from({ length: SHARED_USES_MAX }, (_, fill) => ({
      person: signerOf(fill % 256).person,
      name: '€'.repeat(21),
      at: 1,
      isConfirmed: true,
    })),
  };
  assert.ok(encodeOwnRecord(many).length <= OWN_RECORD_LENGTH_MAX);
});

const digest = fc.uint8Array({ minLength: 8, maxLength: 8 });
const anyMessage: fc.Arbitrary<OwnMessage> = fc.oneof(
  fc.record({ type: fc.constant('hello' as const), clock: fc.nat(), digest }),
  fc.record({
    type: fc.constant('summary' as const),
    summary: fc.uint8Array({ minLength: OWN_SUMMARY_LENGTH, maxLength: OWN_SUMMARY_LENGTH }),
  }),
  fc.record({
    type: fc.constant('records' as const),
    records: fc.array(fc.uint8Array({ maxLength: 40 }), { minLength: 1, maxLength: OWN_BATCH_MAX }),
  }),
  fc.record({ type: fc.constant('taken' as const) }),
);

test('a message is read as it was written, and whatever bytes come are one or a fault of the peer', () => {
  fc.assert(
    fc.property(anyMessage, (message) => {
      const plain = JSON.stringify(decodeOwnMessage(encodeOwnMessage(message)));
      assert.equal(plain, JSON.stringify(message));
    }),
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      try {
        decodeOwnMessage(bytes);
      } catch (error) {
        assert.ok(error instanceof PeerFault);
      }
    }),
  );
});

test('messages and records have the bytes of the document', () => {
  const at = { time: 258, device: '00000000000000aa' };
  const stamp = '000000000000010200000000000000aa';
  const { person } = signerOf(1);
  assert.equal(
    hex(encodeOwnMessage({ type: 'hello', clock: 258, digest: new Uint8Array(8).fill(9) })),
    `01010000000000000102${'09'.repeat(8)}`,
  );
  assert.equal(
    hex(encodeOwnMessage({ type: 'records', records: [Uint8Array.of(7, 8)] })),
    '030100020708',
  );
  assert.equal(hex(encodeOwnMessage({ type: 'taken' })), '04');
  assert.equal(
    hex(encodeOwnRecord({ type: 'contact', state: 'removed', person, at })),
    `00${person}${stamp}`,
  );
  assert.equal(
    hex(encodeOwnRecord({ type: 'name', name: { at, value: 'Bö' } })),
    `03${stamp}0342c3b6`,
  );
  assert.equal(
    hex(
      encodeOwnRecord({
        type: 'contact',
        state: 'present',
        person,
        at,
        since: 1,
        list: Uint8Array.of(5),
        ownName: { at, value: 'Bö' },
        details: { at, value: { givenName: undefined, note: 'hi' } },
        trust: { at, value: 'trusted' },
        verified: { at, value: 0 },
      }),
    ),
    `01${person}${stamp}0000000000000001000105${stamp}0342c3b6${stamp}0000026869${stamp}02${stamp}0000000000000000`,
  );
});
