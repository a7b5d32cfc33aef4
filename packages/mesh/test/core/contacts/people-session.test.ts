import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PeerFault } from '@coequal/base';
import fc from 'fast-check';
import {
  HELLO_TIMEOUT_MS,
  MESSAGES_BURST_MAX,
  PeopleSession,
} from '../../../src/core/contacts/people-session.ts';
import type { PeopleOutput, PeopleView } from '../../../src/core/contacts/people-session.ts';
import {
  decodePeopleMessage,
  digestOf,
  encodePeopleMessage,
  NO_LIST,
} from '../../../src/core/contacts/people-wire.ts';
import type { PeopleMessage } from '../../../src/core/contacts/people-wire.ts';
import type { HelperPlace } from '../../../src/core/contacts/helper-places.ts';
import { encodeFrame, FrameBuffer } from '../../../src/core/frame-buffer.ts';
import { encodeDeviceList } from '../../../src/core/identity/device-list.ts';
import type { DeviceList } from '../../../src/core/identity/device-list.ts';
import { anyAddress, anyName } from '../invite/links.ts';
import { deviceOf, ed25519, signerOf } from '../identity/device-lists.ts';
import type { Signer } from '../identity/device-lists.ts';

const [ANNA, BEN] = [signerOf(1), signerOf(2)] as const;

function listOf(person: Signer, number: number, change: Partial<DeviceList> = {}): DeviceList {
  const device = { key: deviceOf(person === ANNA ? 1 : 2), name: 'Laptop', addedAt: 1 };
  return { person: person.person, number, devices: [device], revoked: [], signedAt: 1, ...change };
}

const HELPER: HelperPlace = {
  helper: deviceOf(9),
  token: new Uint8Array(16).fill(7),
  addresses: [{ kind: 'tcp', host: '192.0.2.9', port: 9 }],
};

interface Side {
  own: DeviceList;
  held: DeviceList | undefined;
  readonly signer: Signer;
  readonly session: PeopleSession;
  readonly heard: PeopleOutput[];
}

/** Signs what it holds of the other with that one's key, as it came. */
function sideOf(own: DeviceList, held: DeviceList | undefined, isAnna: boolean): Side {
  const [signer, other] = isAnna ? [ANNA, BEN] : [BEN, ANNA];
  const view: PeopleView = {
    ownList: () => encodeDeviceList(side.own, signer.sign),
    ownNumber: () => side.own.number,
    name: () => (isAnna ? 'Anna' : 'Ben'),
    addresses: () => ({ relays: isAnna, isNode: !isAnna, addresses: [] }),
    seen: () => ({ path: 'direct', endpoint: { host: '192.0.2.1', port: 7 } }),
    helpers: () => (isAnna ? [HELPER] : []),
    near: () => new Uint8Array(32).fill(isAnna ? 1 : 2),
    held: () => side.held && { list: side.held, encoded: encodeDeviceList(side.held, other.sign) },
  };
  const who = { person: other.person, device: deviceOf(isAnna ? 2 : 1) };
  const session = new PeopleSession(who, view, ed25519, 0);
  const side: Side = { own, held, signer, session, heard: [] };
  return side;
}

function talk(from: Side, to: Side, outputs: readonly PeopleOutput[]): void {
  from.heard.push(...outputs);
  for (const output of outputs) if (output.type === 'list') from.held = output.list;
  for (const output of outputs) {
    if (output.type === 'send')
      talk(to, from, to.session.step({ type: 'bytes', bytes: output.bytes }, 1));
  }
}

function meet(a: Side, b: Side): void {
  talk(a, b, a.session.step({ type: 'begin' }, 0));
  talk(b, a, b.session.step({ type: 'begin' }, 0));
}

const types = ({ heard }: Side): string[] =>
  heard.map(({ type }) => type).filter((type) => type !== 'send');

test('each hears what it does not hold, and nothing that it holds', () => {
  const a = sideOf(listOf(ANNA, 3), listOf(BEN, 1), true);
  const b = sideOf(listOf(BEN, 1), listOf(ANNA, 2), false);
  meet(a, b);
  assert.deepEqual(types(b), [
    'greeted',
    'list',
    'name',
    'addresses',
    'seen',
    'helpers',
    'near',
    'near-told',
  ]);
  assert.deepEqual(types(a), ['greeted', 'near-told', 'name', 'addresses', 'seen', 'near']);
  assert.equal(b.held?.number, 3);
  a.own = listOf(ANNA, 4);
  talk(a, b, a.session.step({ type: 'changed', what: 'list' }, 2));
  talk(a, b, a.session.step({ type: 'changed', what: 'list' }, 2));
  assert.equal(b.heard.filter(({ type }) => type === 'list').length, 2);
});

test('a list that contradicts the held one, or lets a revoked device back in, is not taken', () => {
  for (const [own, held, code] of [
    [listOf(ANNA, 2, { signedAt: 9 }), listOf(ANNA, 2), 'FORKED_DEVICE_LIST'],
    [listOf(ANNA, 3), listOf(ANNA, 2, { revoked: [deviceOf(9)] }), 'REVOKED_CAME_BACK'],
  ] as const) {
    const a = sideOf(own, undefined, true);
    const b = sideOf(listOf(BEN, 1), held, false);
    meet(a, b);
    const refused = b.heard.find(({ type }) => type === 'list-refused');
    assert.equal(refused?.type === 'list-refused' && refused.code, code);
    assert.equal(b.held, held);
    assert.ok(types(b).includes('seen'), 'they go on');
  }
});

test('a forged list, or one of somebody else, ends the session', () => {
  const forged = encodeDeviceList(listOf(ANNA, 5), BEN.sign);
  const others = encodeDeviceList(listOf(BEN, 5), BEN.sign);
  for (const [list, code] of [
    [forged, 'BAD_SIGNATURE'],
    [others, 'OTHER_PERSON'],
    [forged.subarray(1), 'BAD_DEVICE_LIST'],
  ] as const) {
    const a = sideOf(listOf(ANNA, 1), undefined, true);
    const b = sideOf(listOf(BEN, 1), listOf(ANNA, 1), false);
    meet(a, b);
    const bytes = encodeFrame(encodePeopleMessage({ type: 'list', list }));
    const last = b.session.step({ type: 'bytes', bytes }, 2).at(-1);
    assert.equal(last?.type === 'close' && last.reason.code, code);
    assert.deepEqual(b.session.step({ type: 'bytes', bytes }, 3), []);
  }
});

test('a device that brings the news that it was revoked is heard, and let go', () => {
  const a = sideOf(listOf(ANNA, 2, { devices: [], revoked: [deviceOf(1)] }), undefined, true);
  const b = sideOf(listOf(BEN, 1), listOf(ANNA, 1), false);
  meet(a, b);
  assert.equal(b.held?.number, 2);
  const closed = b.heard.find(({ type }) => type === 'close');
  assert.equal(closed?.type === 'close' && closed.reason.code, 'DEVICE_REVOKED');
});

test('who says nothing, or something before the greeting, or too much, is let go', () => {
  const silent = sideOf(listOf(BEN, 1), undefined, false).session;
  assert.deepEqual(silent.step({ type: 'timeout' }, HELLO_TIMEOUT_MS - 1), []);
  const [closed] = silent.step({ type: 'timeout' }, HELLO_TIMEOUT_MS);
  assert.equal(closed?.type === 'close' && closed.reason.code, 'HELLO_TIMEOUT');

  const rude = sideOf(listOf(BEN, 1), undefined, false).session;
  const name = encodeFrame(encodePeopleMessage({ type: 'name', name: 'Anna' }));
  const [refused] = rude.step({ type: 'bytes', bytes: name }, 0);
  assert.equal(refused?.type === 'close' && refused.reason.code, 'BAD_FRAME');

  const a = sideOf(listOf(ANNA, 1), listOf(BEN, 1), true);
  const b = sideOf(listOf(BEN, 1), listOf(ANNA, 1), false);
  meet(a, b);
  const codes: string[] = [];
  for (let count = 0; count < MESSAGES_BURST_MAX; count++)
    for (const output of b.session.step({ type: 'bytes', bytes: name }, 10))
      codes.push(output.type === 'close' ? output.reason.code : output.type);
  assert.equal(codes.at(-1), 'TOO_MANY_MESSAGES');
  assert.ok(codes.length <= MESSAGES_BURST_MAX);
});

test('one who is no contact any more hears so', () => {
  const b = sideOf(listOf(BEN, 1), listOf(ANNA, 1), false);
  b.session.step({ type: 'begin' }, 0);
  const bytes = encodeFrame(encodePeopleMessage({ type: 'gone' }));
  assert.deepEqual(b.session.step({ type: 'bytes', bytes }, 1), [{ type: 'gone' }]);
});

const held = fc.record({
  number: fc.nat(0xffff_ffff),
  digest: fc.uint8Array({ minLength: 8, maxLength: 8 }),
});
const anyPlace: fc.Arbitrary<HelperPlace> = fc.record({
  helper: fc.integer({ min: 1, max: 200 }).map(deviceOf),
  token: fc.uint8Array({ minLength: 16, maxLength: 16 }),
  addresses: fc.array(anyAddress, { maxLength: 4 }),
});
const anyMessage: fc.Arbitrary<PeopleMessage> = fc.oneof(
  fc.record({ type: fc.constant('hello' as const), own: held, yours: held }),
  fc.record({ type: fc.constant('list' as const), list: fc.uint8Array({ maxLength: 100 }) }),
  fc.record({ type: fc.constant('name' as const), name: anyName }),
  fc.record({
    type: fc.constant('addresses' as const),
    relays: fc.boolean(),
    isNode: fc.boolean(),
    addresses: fc.array(anyAddress, { maxLength: 8 }),
  }),
  fc.record({
    type: fc.constant('seen' as const),
    path: fc.constantFrom('none' as const, 'lan' as const, 'direct' as const, 'relayed' as const),
    endpoint: fc.option(
      anyAddress.map(({ host, port }) => ({ host, port })),
      { nil: undefined },
    ),
  }),
  fc.record({
    type: fc.constant('helpers' as const),
    helpers: fc.array(anyPlace, { maxLength: 3 }),
  }),
  fc.record({
    type: fc.constant('near' as const),
    secret: fc.uint8Array({ minLength: 32, maxLength: 32 }),
  }),
  fc.record({
    type: fc.constant('near-known' as const),
    digest: fc.uint8Array({ minLength: 8, maxLength: 8 }),
  }),
  fc.record({ type: fc.constant('gone' as const) }),
);

test('a message is read as it was written', () => {
  fc.assert(
    fc.property(anyMessage, (message) => {
      const plain = JSON.stringify(decodePeopleMessage(encodePeopleMessage(message)));
      assert.equal(plain, JSON.stringify(message));
    }),
  );
});

test('whatever bytes come, they are a message or a fault of the peer, and a session bears them', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (frame) => {
      try {
        decodePeopleMessage(frame);
      } catch (error) {
        assert.ok(error instanceof PeerFault);
      }
      const a = sideOf(listOf(ANNA, 1), undefined, true);
      const b = sideOf(listOf(BEN, 1), listOf(ANNA, 1), false);
      meet(a, b);
      b.session.step({ type: 'bytes', bytes: frame }, 2);
      b.session.step(
        { type: 'bytes', bytes: encodeFrame(frame.length > 0 ? frame : Uint8Array.of(0)) },
        2,
      );
    }),
    { numRuns: 60 },
  );
});

test('the messages have the bytes of the document', () => {
  const hex = (message: PeopleMessage): string =>
    Buffer.from(encodePeopleMessage(message)).toString('hex');
  const digest = digestOf(Uint8Array.of(1));
  assert.equal(
    hex({ type: 'hello', own: { number: 7, digest }, yours: NO_LIST }),
    `010100000007${Buffer.from(digest).toString('hex')}${'00'.repeat(12)}`,
  );
  assert.equal(hex({ type: 'name', name: 'Bö' }), '030342c3b6');
  assert.equal(
    hex({
      type: 'addresses',
      relays: true,
      isNode: true,
      addresses: [{ kind: 'udp', host: '192.0.2.1', port: 258 }],
    }),
    '04030101c00002010102',
  );
  assert.equal(hex({ type: 'seen', path: 'lan', endpoint: undefined }), '050100');
  assert.equal(hex({ type: 'gone' }), '06');
  assert.equal(
    hex({ type: 'helpers', helpers: [HELPER] }),
    `0801${HELPER.helper}${'07'.repeat(16)}0100c00002090009`,
  );
  const secret = new Uint8Array(32).fill(0xab);
  assert.equal(hex({ type: 'near', secret }), `09${'ab'.repeat(32)}`);
  assert.equal(hex({ type: 'near-known', digest: new Uint8Array(8) }), `0a${'00'.repeat(8)}`);
});

test('more helpers, or more addresses of one, than anybody has are refused', () => {
  const place = `${HELPER.helper}${'07'.repeat(16)}0100c00002090009`;
  const places = (count: number): Uint8Array =>
    Buffer.from(`080${count}${place.repeat(count)}`, 'hex');
  assert.doesNotThrow(() => decodePeopleMessage(places(3)));
  assert.throws(() => decodePeopleMessage(places(4)), { code: 'BAD_HELPERS' });
  const address = '00c00002090009';
  const crowded = `0801${HELPER.helper}${'07'.repeat(16)}05${address.repeat(5)}`;
  assert.throws(() => decodePeopleMessage(Buffer.from(crowded, 'hex')), { code: 'BAD_HELPERS' });
});

test('frames are gathered however they are cut, and a long or empty one is refused at its head', () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ minLength: 1, maxLength: 30 })),
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
      (frames, cuts) => {
        const bytes = Buffer.concat(frames.map(encodeFrame));
        const buffer = new FrameBuffer(30);
        const got: Uint8Array[] = [];
        for (let at = 0, turn = 0; at < bytes.length; turn++) {
          const length = cuts[turn % cuts.length] ?? 1;
          got.push(...buffer.take(bytes.subarray(at, at + length)));
          at += length;
        }
        assert.deepEqual(got, frames);
      },
    ),
  );
  for (const head of [
    [0, 0, 0, 31],
    [0, 0, 0, 0],
    [255, 255, 255, 255],
  ])
    assert.throws(() => new FrameBuffer(30).take(Uint8Array.from(head)), { code: 'BAD_FRAME' });
});
