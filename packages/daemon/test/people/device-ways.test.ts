import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deviceKeyOf } from '@coequal/base';
import type { DeviceKey, LinkPath } from '@coequal/base';
import { personKeyOf } from '@coequal/mesh/identity';
import { wayTo, wayToOwn } from '../../src/people/device-ways.ts';
import { whenOwnChange } from '../../src/people/follow-people.ts';

const keyOf = (fill: number): DeviceKey => deviceKeyOf(new Uint8Array(32).fill(fill));
const [PHONE, DESK, MIRAS, STRANGERS] = [keyOf(1), keyOf(2), keyOf(3), keyOf(4)];
const MIRA = personKeyOf(new Uint8Array(32).fill(9));

const people = {
  personOf: (device: DeviceKey) => (device === MIRAS ? MIRA : undefined),
  nameOf: () => 'Mira',
  ownMeetings: () => [{ device: PHONE }],
};
const own = {
  deviceList: {
    person: MIRA,
    number: 1,
    devices: [PHONE, DESK].map((key, at) => ({
      key,
      name: ['Phone', 'Desk'][at] ?? '',
      addedAt: 1,
    })),
    revoked: [],
    signedAt: 1,
  },
};
const by = (path: LinkPath) => ({ path: () => path });

test('another own device is there by the way of its link, and through whom by name', () => {
  for (const [path, way] of [
    [{ type: 'lan' }, { path: 'lan' }],
    [{ type: 'direct' }, { path: 'direct' }],
    [
      { type: 'relayed', by: MIRAS },
      { path: 'relayed', relayedBy: 'Mira' },
    ],
    [
      { type: 'relayed', by: DESK },
      { path: 'relayed', relayedBy: 'Desk' },
    ],
    [{ type: 'relayed', by: STRANGERS }, { path: 'relayed' }],
  ] as const satisfies readonly (readonly [LinkPath, object])[])
    assert.deepEqual(wayToOwn(PHONE, own, people, by(path)), way);
});

test('one that is linked and not in touch yet is not there', () => {
  assert.deepEqual(wayToOwn(DESK, own, people, by({ type: 'lan' })), { path: 'none' });
  assert.deepEqual(wayTo(MIRAS, false, people, by({ type: 'direct' })), { path: 'none' });
});

test('that an own device came or went is told once', () => {
  let there: readonly DeviceKey[] = [];
  const told: string[] = [];
  const look = whenOwnChange(
    { ownMeetings: () => there.map((device) => ({ device })) },
    { publish: ({ type }) => void told.push(type) },
  );
  look();
  assert.deepEqual(told, []);
  for (const now of [[PHONE], [PHONE, DESK], [DESK], []]) {
    there = now;
    told.length = 0;
    look();
    look();
    assert.deepEqual(told, ['identity']);
  }
});
