import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PeerFault, deviceKeyOf, formatHex } from '@coequal/base';
import type { Millis } from '@coequal/base';
import { SimRandom } from '@coequal/simulator';
import fc from 'fast-check';
import { announcementLength } from '../../../src/core/lan/announcement-seal.ts';
import {
  CODE_FORMS,
  announcedCodeTag,
  decodeCodeAnnouncement,
  encodeCodeAnnouncement,
} from '../../../src/core/lan/code-announcement.ts';
import {
  CODE_PLACES_MAX,
  CODE_PLACES_OF_HOST_MAX,
  CodeMeetings,
} from '../../../src/core/lan/code-meetings.ts';
import type { CodeMeetingOutput } from '../../../src/core/lan/code-meetings.ts';
import { SLOT_MS, lanKeys, slotAt } from '../../../src/core/lan/lan-tag.ts';

const EPOCH = Date.UTC(2026, 10, 27);
const TOPIC = new Uint8Array(32).fill(1);
const KEYS = lanKeys(TOPIC, slotAt(EPOCH));
const PLACE = {
  host: '192.168.1.20',
  port: 7_230,
  key: deviceKeyOf(new Uint8Array(32).fill(3)),
};

const PLACE_6 = { ...PLACE, host: 'fe80::a1:2' };

function machineOf(seed: string, skewMs = 0): CodeMeetings {
  return new CodeMeetings({
    random: new SimRandom(seed),
    epochAt: (now) => EPOCH + now + skewMs,
  });
}

describe('an announcement of a code', () => {
  test('has one form, and a wire change shows here', () => {
    const bytes = encodeCodeAnnouncement(PLACE, KEYS, new Uint8Array(24).fill(2));
    assert.equal(bytes.length, 95);
    assert.equal(formatHex(bytes.subarray(0, 41)), `02${KEYS.tagText}${'02'.repeat(24)}`);
    assert.deepEqual(decodeCodeAnnouncement(bytes, KEYS), PLACE);
    assert.equal(announcedCodeTag(bytes), KEYS.tagText);
    assert.ok(!formatHex(bytes).includes(PLACE.key));
    const other = encodeCodeAnnouncement(
      { ...PLACE_6, host: `${PLACE_6.host}%eth0` },
      KEYS,
      new Uint8Array(24).fill(2),
    );
    assert.equal(other.length, 107);
    assert.equal(formatHex(other.subarray(0, 41)), `04${KEYS.tagText}${'02'.repeat(24)}`);
    assert.deepEqual(decodeCodeAnnouncement(other, KEYS), PLACE_6);
  });

  test('is made by who knows the place: one changed bit and it is none', () => {
    for (const place of [PLACE, PLACE_6]) {
      const bytes = encodeCodeAnnouncement(place, KEYS, new Uint8Array(24));
      for (let bit = 0; bit < bytes.length * 8; bit += 1) {
        const changed = bytes.slice();
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        assert.throws(() => decodeCodeAnnouncement(changed, KEYS), PeerFault);
      }
    }
  });

  test('of any other bytes is refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        assert.throws(() => decodeCodeAnnouncement(bytes, KEYS), PeerFault);
      }),
    );
    for (const form of Object.values(CODE_FORMS)) {
      const length = announcementLength(form);
      fc.assert(
        fc.property(fc.uint8Array({ minLength: length, maxLength: length }), (bytes) => {
          const ours = new Uint8Array([form.version, ...KEYS.tag, ...bytes.subarray(17)]);
          assert.throws(() => decodeCodeAnnouncement(ours, KEYS), PeerFault);
        }),
      );
    }
  });
});

/** What one says the other hears, as often as the network lets it. */
function meet(seed: number, loss: number, skewMs: number): Millis | undefined {
  const random = new SimRandom(String(seed));
  const [ann, ben] = [machineOf(`ann ${seed}`), machineOf(`ben ${seed}`, skewMs)];
  const members = [
    { machine: ann, host: '192.168.1.1' },
    { machine: ben, host: '192.168.1.2' },
  ] as const;
  let found: Millis | undefined;
  const over: number[] = [];
  let now = 0;
  const carry = (outputs: readonly CodeMeetingOutput[], from: string): void => {
    for (const output of outputs) {
      if (output.type === 'found') found ??= now;
      if (output.type === 'over') over.push(output.id);
      for (const { machine, host } of members) {
        if (host === from || random.number() < loss) continue;
        if (output.type === 'send-query') carry(machine.step({ type: 'query' }, now), host);
        if (output.type === 'send-announcements')
          for (const bytes of output.announcements)
            carry(machine.step({ type: 'announcement', bytes, from }, now), host);
      }
    }
  };
  for (const { machine, host } of members)
    carry(machine.step({ type: 'interfaces', hosts: [host] }, now), host);
  const { port, key } = PLACE;
  carry(ann.step({ type: 'show', id: 1, topic: TOPIC, port, key }, now), members[0].host);
  now = random.number() * 60_000;
  carry(ben.step({ type: 'look', id: 9, topic: TOPIC }, now), members[1].host);
  while (over.length === 0) {
    const due = members.map(({ machine }) => machine.deadline ?? Infinity);
    now = Math.max(now, Math.min(...due));
    for (const { machine, host } of members) carry(machine.step({ type: 'timeout' }, now), host);
  }
  return found;
}

describe('codes in one network', () => {
  test('are found within two seconds, though clocks differ by fourteen minutes', () => {
    for (let seed = 1; seed <= 100; seed += 1)
      assert.ok(meet(seed, 0, (seed % 2 === 0 ? 1 : -1) * 840_000) !== undefined, `seed ${seed}`);
  });

  test('are mostly found by one look though three of ten packets are lost, and a code is looked for six times', () => {
    let found = 0;
    for (let seed = 1; seed <= 100; seed += 1) if (meet(seed, 0.3, 0) !== undefined) found += 1;
    assert.ok(found >= 65, `${found} of 100`);
  });

  test('are told by other tags in each slot, and by none once they are hidden', () => {
    const machine = machineOf('ann');
    machine.step({ type: 'interfaces', hosts: ['192.168.1.1'] }, 0);
    const tagsOf = (outputs: readonly CodeMeetingOutput[]): string[] =>
      outputs.flatMap((output) =>
        output.type === 'send-announcements' ? output.announcements.map(announcedCodeTag) : [],
      );
    const { port, key } = PLACE;
    const first = tagsOf(machine.step({ type: 'show', id: 1, topic: TOPIC, port, key }, 0));
    const later = tagsOf(machine.step({ type: 'timeout' }, SLOT_MS));
    assert.deepEqual([first, later], [[KEYS.tagText], [lanKeys(TOPIC, KEYS.slot + 1).tagText]]);
    machine.step({ type: 'hide', id: 1 }, SLOT_MS);
    assert.deepEqual(machine.step({ type: 'query' }, SLOT_MS), []);
    assert.deepEqual(machine.step({ type: 'timeout' }, 2 * SLOT_MS), []);
    assert.equal(machine.deadline, undefined);
  });
});

test('who has both families is found at both addresses, each once, and by the interface where it was heard', () => {
  const machine = machineOf('ben');
  machine.step({ type: 'look', id: 1, topic: TOPIC }, 0);
  const hear = (host: string, from: string): readonly CodeMeetingOutput[] => {
    const bytes = encodeCodeAnnouncement({ ...PLACE, host }, KEYS, new Uint8Array(24));
    return machine.step({ type: 'announcement', bytes, from }, 0);
  };
  const found = (host: string) => [{ type: 'found', id: 1, place: { ...PLACE, host } }];
  assert.deepEqual(hear(PLACE.host, PLACE.host), found(PLACE.host));
  const from = `${PLACE_6.host}%cable`;
  assert.deepEqual(hear(PLACE_6.host, from), found(from));
  assert.deepEqual([hear(PLACE.host, PLACE.host), hear(PLACE_6.host, from)], [[], []]);
  // it is of the link from which it comes, or of none
  assert.deepEqual(hear(PLACE_6.host, PLACE.host), []);
  assert.deepEqual(hear('2001:db8::7', from), []);
});

describe('who is hostile in the network', () => {
  test('fills no look alone, leads nobody out of the network, and is not believed without the place', () => {
    const machine = machineOf('ben');
    machine.step({ type: 'look', id: 1, topic: TOPIC }, 0);
    const random = new SimRandom('eve');
    let at = 0;
    const found = (host: string, from: string): number => {
      at += 150; // so that it is no flood
      const place = { host, port: 1, key: deviceKeyOf(random.bytes(32)) };
      const bytes = encodeCodeAnnouncement(place, KEYS, random.bytes(24));
      return machine.step({ type: 'announcement', bytes, from }, at).length;
    };
    assert.equal(found('198.51.100.7', '192.168.1.66'), 0);
    const bySelf = Array.from({ length: 9 }, () => found('192.168.1.66', '192.168.1.66'));
    assert.equal(bySelf.filter((count) => count > 0).length, CODE_PLACES_OF_HOST_MAX);
    const byMany = Array.from({ length: 30 }, (_, host) => found('10.0.0.1', `10.0.1.${host}`));
    assert.equal(
      byMany.filter((count) => count > 0).length,
      CODE_PLACES_MAX - CODE_PLACES_OF_HOST_MAX,
    );
  });

  test('makes it answer once a second, however often it is asked', () => {
    const machine = machineOf('ann');
    machine.step({ type: 'interfaces', hosts: ['192.168.1.1'] }, 0);
    const { port, key } = PLACE;
    machine.step({ type: 'show', id: 1, topic: TOPIC, port, key }, 0);
    let said = 0;
    for (let at = 120_000; at < 130_000; at += 1) {
      said += machine.step({ type: 'query' }, at).length;
      said += machine.step({ type: 'timeout' }, at).length;
    }
    assert.ok(said >= 9 && said <= 12, `${said}`);
  });
});
