import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatHex, PeerFault } from '@coequal/base';
import fc from 'fast-check';
import { deviceNameOf, isDeviceName } from '../../../src/core/identity/device-certificate.ts';
import {
  certifiedDevice,
  decodeDeviceList,
  DEVICE_LIST_LENGTH_MAX,
  DEVICES_MAX,
  encodeDeviceList,
  newerList,
  REVOKED_MAX,
} from '../../../src/core/identity/device-list.ts';
import type { DeviceList } from '../../../src/core/identity/device-list.ts';
import { anyList, deviceOf, ed25519, signerOf } from './device-lists.ts';

const robin = signerOf(1);
const base: DeviceList = {
  person: robin.person,
  number: 5,
  devices: [{ key: deviceOf(1), name: 'Robins Rechner', addedAt: 1_700_000_000 }],
  revoked: [deviceOf(9)],
  signedAt: 1_700_000_001,
};

function isFault(code: string): (error: unknown) => boolean {
  return (error) => error instanceof PeerFault && error.code === code;
}

/** Signed as it is, whatever it says: what a peer may send. */
function signedBytes(body: Uint8Array): Uint8Array {
  const message = new Uint8Array([...new TextEncoder().encode('coequal device list 1\0'), ...body]);
  return new Uint8Array([...body, ...robin.sign(message)]);
}

describe('a device list on the wire', () => {
  it('is these bytes', () => {
    const bytes = encodeDeviceList(base, robin.sign);
    assert.equal(
      formatHex(bytes.subarray(0, -64)),
      [
        '01',
        robin.person,
        '00000005',
        '6553f101',
        '01',
        deviceOf(1),
        '6553f100',
        '0e',
        '526f62696e7320526563686e6572',
        '0001',
        deviceOf(9),
      ].join(''),
    );
    assert.deepEqual(signedBytes(bytes.subarray(0, -64)), bytes);
  });

  it('comes back as it was', () => {
    fc.assert(
      fc.property(anyList(robin), (list) => {
        const bytes = encodeDeviceList(list, robin.sign);
        assert.ok(bytes.length <= DEVICE_LIST_LENGTH_MAX);
        assert.deepEqual(decodeDeviceList(bytes, ed25519), list);
      }),
    );
  });

  it('fits into its limit with all that a list can have', () => {
    const full: DeviceList = {
      ...base,
      devices: Array.from({ length: DEVICES_MAX }, (_, i) => ({
        key: deviceOf(i),
        name: 'n'.repeat(64),
        addedAt: i,
      })),
      revoked: Array.from({ length: REVOKED_MAX }, (_, i) => deviceOf(100 + i)),
    };
    const bytes = encodeDeviceList(full, robin.sign);
    assert.equal(bytes.length, DEVICE_LIST_LENGTH_MAX);
    assert.deepEqual(decodeDeviceList(bytes, ed25519), full);
  });

  it('is a fault of the peer whatever the bytes, unless it is a list', () => {
    const body = encodeDeviceList(base, robin.sign).subarray(0, -64);
    const decode = (bytes: Uint8Array): void => {
      try {
        assert.equal(decodeDeviceList(bytes, ed25519).person, robin.person);
      } catch (error) {
        if (!(error instanceof PeerFault)) throw error;
        assert.match(error.code, /^BAD_(DEVICE_LIST|SIGNATURE)$/);
      }
    };
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), decode));
    // signed, so that it is looked at to the end
    const mutated = fc
      .tuple(fc.nat(body.length - 1), fc.nat(255), fc.nat(body.length))
      .map(([at, value, cut]) => signedBytes(body.with(at, value).subarray(0, cut)));
    fc.assert(fc.property(mutated, decode));
  });

  it('is refused when a single bit of it is another', () => {
    const bytes = encodeDeviceList(base, robin.sign);
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const changed = bytes.slice();
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      assert.throws(() => decodeDeviceList(changed, ed25519), PeerFault);
    }
  });

  it('counts with the signature of its person alone', () => {
    const forged = encodeDeviceList(base, signerOf(2).sign);
    assert.throws(() => decodeDeviceList(forged, ed25519), isFault('BAD_SIGNATURE'));
  });

  it('is no list when the same was signed for something else', () => {
    const body = encodeDeviceList(base, robin.sign).subarray(0, -64);
    const other = new Uint8Array([...new TextEncoder().encode('coequal new device 1\0'), ...body]);
    const bytes = new Uint8Array([...body, ...robin.sign(other)]);
    assert.throws(() => decodeDeviceList(bytes, ed25519), isFault('BAD_SIGNATURE'));
  });

  it('has a device once, and none that was revoked', () => {
    const head = encodeDeviceList({ ...base, devices: [], revoked: [] }, robin.sign);
    const start = head.subarray(0, 41);
    const entry = [...Buffer.from(deviceOf(1), 'hex'), 0, 0, 0, 1, 1, 0x61];
    const key = [...Buffer.from(deviceOf(1), 'hex')];
    const twice = signedBytes(new Uint8Array([...start, 2, ...entry, ...entry, 0, 0]));
    const revoked = signedBytes(new Uint8Array([...start, 1, ...entry, 0, 1, ...key]));
    const tooMany = signedBytes(new Uint8Array([...start, 0, 1, 1, ...key]));
    for (const bytes of [twice, revoked, tooMany])
      assert.throws(() => decodeDeviceList(bytes, ed25519), isFault('BAD_DEVICE_LIST'));
  });
});

describe('the name of a device', () => {
  it('has nothing in it that is not seen', () => {
    for (const name of ['a\u202eb', 'a\nb', ' a', 'a ', '', '\u200b', 'x'.repeat(65), '\ud800'])
      assert.equal(isDeviceName(name), false, JSON.stringify(name));
    for (const name of ['Laptop', 'حاسوب', 'Küche 2', '🖥'])
      assert.equal(isDeviceName(name), true, name);
  });

  it('is made of whatever a computer calls itself', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 100 }), (text) =>
        assert.ok(isDeviceName(deviceNameOf(text, 'computer'))),
      ),
    );
    assert.equal(deviceNameOf('a\u202eb'.repeat(60), 'computer').length, 64);
    assert.equal(deviceNameOf(' \n', 'computer'), 'computer');
  });
});

describe('of two lists', () => {
  it('the one with the higher number counts', () => {
    const next = { ...base, number: 6 };
    assert.equal(newerList(undefined, base), base);
    assert.equal(newerList(base, next), next);
    assert.equal(newerList(base, { ...base }), base);
    assert.throws(() => newerList(next, base), isFault('OLD_DEVICE_LIST'));
  });

  it('with one number and another content neither counts more than what is held', () => {
    assert.throws(() => newerList(base, { ...base, devices: [] }), isFault('FORKED_DEVICE_LIST'));
  });

  it('one of another person does not count', () => {
    const other = { ...base, person: signerOf(2).person, number: 9 };
    assert.throws(() => newerList(base, other), isFault('OTHER_PERSON'));
  });

  it('one that forgets what was revoked does not count, even if it does not list it', () => {
    const forgets = { ...base, number: 6, revoked: [] };
    const back = { ...forgets, devices: [{ key: deviceOf(9), name: 'x', addedAt: 0 }] };
    for (const list of [forgets, back])
      assert.throws(() => newerList(base, list), isFault('REVOKED_CAME_BACK'));
  });

  it('whatever comes in whatever order, what was revoked stays so and the number only grows', () => {
    const some = fc.record({
      number: fc.integer({ min: 1, max: 6 }),
      listed: fc.subarray([1, 2, 3, 4]),
      revoked: fc.subarray([1, 2, 3, 4]),
    });
    fc.assert(
      fc.property(fc.array(some, { maxLength: 20 }), (comers) => {
        let held: DeviceList | undefined;
        for (const { number, listed, revoked } of comers) {
          const come: DeviceList = {
            ...base,
            number,
            devices: listed
              .filter((i) => !revoked.includes(i))
              .map((i) => ({ key: deviceOf(i), name: 'x', addedAt: 0 })),
            revoked: revoked.map(deviceOf),
          };
          const before: DeviceList | undefined = held;
          let now: DeviceList | undefined = held;
          try {
            now = newerList(held, come);
          } catch (error) {
            if (!(error instanceof PeerFault)) throw error;
          }
          assert.ok((now?.number ?? 0) >= (before?.number ?? 0));
          for (const key of before?.revoked ?? []) {
            assert.ok(now?.revoked.includes(key));
            assert.ok(!now?.devices.some((device) => device.key === key));
          }
          held = now;
        }
      }),
    );
  });
});

describe('a device', () => {
  it('is certified by its entry', () => {
    assert.equal(certifiedDevice(base, deviceOf(1)).name, 'Robins Rechner');
    assert.throws(() => certifiedDevice(base, deviceOf(2)), isFault('DEVICE_NOT_CERTIFIED'));
    assert.throws(() => certifiedDevice(base, deviceOf(9)), isFault('DEVICE_REVOKED'));
  });
});
