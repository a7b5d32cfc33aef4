import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PeerFault } from '@coequal/base';
import type { DeviceKey } from '@coequal/base';
import fc from 'fast-check';
import { encodeFrame } from '../../../src/core/frame-buffer.ts';
import { encodeDeviceList } from '../../../src/core/identity/device-list.ts';
import type { InvitationLink } from '../../../src/core/invite/invitation-link.ts';
import { InviteGuest } from '../../../src/core/invite/invite-guest.ts';
import type { GuestOutput } from '../../../src/core/invite/invite-guest.ts';
import { INVITE_TIMEOUT_MS, InviteHost } from '../../../src/core/invite/invite-host.ts';
import type { HostOutput, InviteSelf } from '../../../src/core/invite/invite-host.ts';
import {
  decodeInviteMessage,
  encodeInviteMessage,
  REFUSALS,
} from '../../../src/core/invite/invite-wire.ts';
import type { InviteMessage, Refusal } from '../../../src/core/invite/invite-wire.ts';
import { deviceOf, ed25519, signerOf } from '../identity/device-lists.ts';
import type { Signer } from '../identity/device-lists.ts';
import { anyName } from './links.ts';

const [ANNA, BEN] = [signerOf(1), signerOf(2)] as const;
const [ANNAS, BENS] = [deviceOf(1), deviceOf(2)] as const;
const SECRET = new Uint8Array(16).fill(9);

function selfOf(signer: Signer, device: DeviceKey, name: string, sign = signer.sign): InviteSelf {
  const devices = [{ key: device, name: 'Laptop', addedAt: 1 }];
  const list = { person: signer.person, number: 1, devices, revoked: [], signedAt: 1 };
  return { person: signer.person, device, name, encodedList: encodeDeviceList(list, sign) };
}

const LINK: InvitationLink = {
  person: ANNA.person,
  devices: [ANNAS],
  secret: SECRET,
  validUntil: 1,
  name: 'Anna',
  addresses: [],
  gift: undefined,
  helpers: [],
};

interface Meeting {
  readonly host: HostOutput[];
  readonly guest: GuestOutput[];
}

/** Both run to the end; `refuse` answers what the host asks. */
function meet(
  change: {
    readonly guest?: InviteSelf;
    readonly host?: InviteSelf;
    readonly from?: DeviceKey;
    readonly secret?: Uint8Array;
    readonly refuse?: Refusal;
  } = {},
): Meeting {
  const hostSelf = change.host ?? selfOf(ANNA, ANNAS, 'Anna');
  const guestSelf = change.guest ?? selfOf(BEN, BENS, 'Ben');
  const host = new InviteHost(
    hostSelf,
    change.from ?? BENS,
    new Uint8Array(16).fill(1),
    ed25519,
    0,
  );
  const guest = new InviteGuest(
    guestSelf,
    { link: LINK, host: ANNAS },
    new Uint8Array(16).fill(2),
    ed25519,
    0,
  );
  const heard: Meeting = { host: [], guest: [] };
  const toHost = (outputs: readonly HostOutput[]): void => {
    for (const output of outputs) {
      heard.host.push(output);
      const { refuse: why } = change;
      if (output.type === 'look')
        toHost(host.step({ type: 'found', secret: change.secret ?? SECRET }, 1));
      else if (output.type === 'join')
        toHost(host.step(why === undefined ? { type: 'stored' } : { type: 'refuse', why }, 1));
      else if (output.type === 'send')
        toGuest(guest.step({ type: 'bytes', bytes: output.bytes }, 1));
    }
  };
  const toGuest = (outputs: readonly GuestOutput[]): void => {
    for (const output of outputs) {
      heard.guest.push(output);
      if (output.type === 'welcomed') toGuest(guest.step({ type: 'stored' }, 1));
      else if (output.type === 'send') toHost(host.step({ type: 'bytes', bytes: output.bytes }, 1));
    }
  };
  toGuest(guest.step({ type: 'begin' }, 0));
  return heard;
}

const codeOf = (outputs: readonly (HostOutput | GuestOutput)[]): string | undefined => {
  const closed = outputs.find(({ type }) => type === 'close');
  return closed?.type === 'close' ? closed.reason.code : undefined;
};

test('both prove the secret, tell who they are, and end when both have stored it', () => {
  const { host, guest } = meet();
  assert.deepEqual(
    host.map(({ type }) => type),
    ['look', 'send', 'join', 'send', 'confirmed', 'end'],
  );
  assert.deepEqual(
    guest.map(({ type }) => type),
    ['send', 'greeted', 'send', 'welcomed', 'send', 'end'],
  );
  const join = host.find(({ type }) => type === 'join');
  assert.ok(
    join?.type === 'join' && join.guest.name === 'Ben' && join.guest.list.person === BEN.person,
  );
});

test('the secret is never sent, and a host who does not know it is told nothing', () => {
  const { host, guest } = meet({ secret: new Uint8Array(16) });
  assert.equal(codeOf(guest), 'INVITATION_UNKNOWN');
  assert.ok(!guest.some(({ type }) => type === 'greeted'));
  const all = [...host, ...guest].flatMap((output) =>
    output.type === 'send' ? [Buffer.from(output.bytes)] : [],
  );
  assert.ok(!Buffer.concat(all).includes(Buffer.from(SECRET)));
  const good = meet();
  const said = [...good.host, ...good.guest].flatMap((output) =>
    output.type === 'send' ? [Buffer.from(output.bytes)] : [],
  );
  assert.ok(!Buffer.concat(said).includes(Buffer.from(SECRET)));
});

test('a guest who does not know it, speaks from another device, or is not in its list, stays out', () => {
  const proofOnly = meet({ from: deviceOf(3) });
  assert.equal(codeOf(proofOnly.guest), 'INVITATION_UNKNOWN');
  const outside = meet({ guest: { ...selfOf(BEN, deviceOf(4), 'Ben'), device: BENS } });
  assert.equal(codeOf(outside.host), 'DEVICE_NOT_CERTIFIED');
  const forged = meet({ guest: selfOf(BEN, BENS, 'Ben', ANNA.sign) });
  assert.equal(codeOf(forged.host), 'BAD_SIGNATURE');
  const oneself = meet({ guest: selfOf(ANNA, BENS, 'Anna') });
  assert.equal(codeOf(oneself.host), 'OWN_INVITATION');
  for (const { host } of [outside, forged, oneself])
    assert.ok(!host.some(({ type }) => type === 'join'));
});

test('a host who is not the person of the link is not stored', () => {
  const { guest } = meet({
    host: selfOf(BEN, ANNAS, 'Anna'),
    guest: selfOf(signerOf(3), BENS, 'Ben'),
  });
  assert.equal(codeOf(guest), 'WRONG_INVITER');
  assert.ok(!guest.some(({ type }) => type === 'welcomed'));
});

test('who proved the secret hears why they are not let in', () => {
  for (const [refuse, code] of [
    ['full', 'THEY_ARE_FULL'],
    ['used', 'INVITATION_USED'],
    ['revoked', 'INVITATION_REVOKED'],
    ['expired', 'INVITATION_EXPIRED'],
  ] as const)
    assert.equal(codeOf(meet({ refuse }).guest), code);
});

test('before that nothing is refused, whatever its owner says', () => {
  const host = new InviteHost(selfOf(ANNA, ANNAS, 'Anna'), BENS, new Uint8Array(16), ed25519, 0);
  const message: InviteMessage = {
    type: 'hello',
    id: new Uint8Array(8),
    nonce: new Uint8Array(16),
  };
  const hello = encodeFrame(encodeInviteMessage(message));
  assert.deepEqual(
    host.step({ type: 'bytes', bytes: hello }, 0).map(({ type }) => type),
    ['look'],
  );
  assert.deepEqual(host.step({ type: 'refuse', why: 'used' }, 0), []);
});

test('who says nothing is given up', () => {
  const host = new InviteHost(selfOf(ANNA, ANNAS, 'Anna'), BENS, new Uint8Array(16), ed25519, 5);
  assert.equal(host.deadline, 5 + INVITE_TIMEOUT_MS);
  assert.equal(codeOf(host.step({ type: 'timeout' }, 5 + INVITE_TIMEOUT_MS)), 'INVITE_TIMEOUT');
  assert.equal(host.deadline, undefined);
});

const bytesOf = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: length, maxLength: length });
const list = fc.uint8Array({ maxLength: 60 });
const anyMessage: fc.Arbitrary<InviteMessage> = fc.oneof(
  fc.record({ type: fc.constant('hello' as const), id: bytesOf(8), nonce: bytesOf(16) }),
  fc.record({ type: fc.constant('challenge' as const), nonce: bytesOf(16), proof: bytesOf(32) }),
  fc.record({ type: fc.constant('join' as const), proof: bytesOf(32), name: anyName, list }),
  fc.record({ type: fc.constant('welcome' as const), name: anyName, list }),
  fc.record({ type: fc.constant('done' as const) }),
  fc.record({
    type: fc.constant('refused' as const),
    why: fc.constantFrom(...(Object.keys(REFUSALS) as Refusal[])),
  }),
);

test('a message is read as it was written', () => {
  fc.assert(
    fc.property(anyMessage, (message) =>
      assert.equal(
        JSON.stringify(decodeInviteMessage(encodeInviteMessage(message))),
        JSON.stringify(message),
      ),
    ),
  );
});

test('whatever bytes come, they are a message or a fault of the peer, and both sides bear them', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 150 }), (frame) => {
      try {
        decodeInviteMessage(frame);
      } catch (error) {
        assert.ok(error instanceof PeerFault);
      }
      const host = new InviteHost(
        selfOf(ANNA, ANNAS, 'Anna'),
        BENS,
        new Uint8Array(16),
        ed25519,
        0,
      );
      const guest = new InviteGuest(
        selfOf(BEN, BENS, 'Ben'),
        { link: LINK, host: ANNAS },
        new Uint8Array(16),
        ed25519,
        0,
      );
      guest.step({ type: 'begin' }, 0);
      for (const bytes of [frame, encodeFrame(frame)]) {
        host.step({ type: 'bytes', bytes }, 1);
        guest.step({ type: 'bytes', bytes }, 1);
      }
    }),
  );
});
