import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deviceKeyOf } from '@coequal/base';
import type { DeviceKey } from '@coequal/base';
import type { Mesh, People } from '@coequal/mesh';
import { peopleOver, WayBook } from '../../src/people/way-book.ts';

const [contact, own, idle, stranger] = [1, 2, 3, 4].map((fill) =>
  deviceKeyOf(new Uint8Array(32).fill(fill)),
) as [DeviceKey, DeviceKey, DeviceKey, DeviceKey];

const INSIDE = { kind: 'tcp', host: '192.168.1.20', port: 1 } as const;
const OUTSIDE = { kind: 'tcp', host: '203.0.113.7', port: 1 } as const;

/** Of which the mesh has waited at each. */
function passes(
  peoplePublicAddress: string | null,
  invitationsNameHelpers = true,
): readonly { helper: DeviceKey; hosts: string[] }[] {
  const people = {
    meetings: () => [
      { device: contact, relays: true },
      { device: idle, relays: false },
    ],
    ownMeetings: () => [{ device: own, relays: true }],
    personOf: (device: DeviceKey) => (device === own ? undefined : 'somebody'),
    admission: (device: DeviceKey) => (device === stranger ? 'stranger' : 'contact'),
  } as unknown as People;
  const mesh = {
    passesUntil: (until: number) =>
      [idle, stranger, contact, own].map((helper) => ({
        helper,
        pass: new Uint8Array(16).fill(until),
        addresses: [INSIDE, OUTSIDE],
      })),
  } as unknown as Mesh;
  const ways = new WayBook();
  ways.people = people;
  const settings = (): never => ({ peoplePublicAddress, invitationsNameHelpers }) as never;
  const { passesUntil } = peopleOver(mesh, ways, { hosts: () => [], settings });
  assert.ok(passesUntil);
  return passesUntil(7).map(({ helper, addresses, pass }) => {
    assert.deepEqual(pass, new Uint8Array(16).fill(7));
    return { helper, hosts: addresses.map(({ host }) => host) };
  });
}

void test('a link names helpers that help, own devices first, and where the world reaches them', () => {
  const hosts = [OUTSIDE.host, INSIDE.host];
  assert.deepEqual(passes(null), [
    { helper: own, hosts },
    { helper: contact, hosts },
  ]);
});

void test('a link names nobody where that is switched off', () => {
  assert.deepEqual(passes(null, false), []);
});

void test('the link of who can be reached by everybody names nobody else', () => {
  assert.deepEqual(passes('203.0.113.9'), []);
});
