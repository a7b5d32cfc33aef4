import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PeerFault, deviceKeyOf, formatHex } from '@coequal/base';
import type { DeviceKey, Millis } from '@coequal/base';
import { SimRandom } from '@coequal/simulator';
import fc from 'fast-check';
import { announcementLength } from '../../../src/core/lan/announcement-seal.ts';
import { isLocalIpv4, parseIpv4 } from '../../../src/core/lan/ipv4.ts';
import { hostHere } from '../../../src/core/lan/lan-host.ts';
import {
  LAN_FORMS,
  announcedTag,
  decodeAnnouncement,
  encodeAnnouncement,
} from '../../../src/core/lan/lan-announcement.ts';
import { LanDiscovery, OWN_SECRETS_MAX } from '../../../src/core/lan/lan-discovery.ts';
import type { LanInput, LanOutput } from '../../../src/core/lan/lan-discovery.ts';
import { SLOT_MS, lanKeys, slotAt } from '../../../src/core/lan/lan-tag.ts';

const EPOCH = Date.UTC(2026, 10, 27);
const SECRET = new Uint8Array(32).fill(1);
/** The tag of SECRET at EPOCH by another program, the nonce, and what is sealed. */
const HEX = [
  '01',
  'dfd78a5f51871872063ed4ad13e9d658',
  '02'.repeat(24),
  '5e2688bc9de33d7229f981e1d0de34a59619a9d0dbefebda',
].join('');
/** The same of IPv6. */
const HEX_6 = [
  '03',
  'dfd78a5f51871872063ed4ad13e9d658',
  '02'.repeat(24),
  '600e89a881ddff3b05446edec598c6e70190ea1ade09cf1c6c9c2609b7db595dd6b9',
].join('');
const PLACE_6 = { host: 'fe80::a1:2', tcp: 7_230, udp: 0 };
const PLACE = { host: '192.168.1.20', tcp: 7_230, udp: 49_737 };

interface Member {
  readonly key: DeviceKey;
  readonly secret: Uint8Array;
  readonly host: string;
  readonly machine: LanDiscovery;
  /** Its wall clock is off by. */
  readonly skewMs: number;
}

/** A network of members on virtual time: what one says to the group all others hear, if it is not lost. */
class Lan {
  readonly members: Member[] = [];
  readonly random: SimRandom;
  readonly loss: number;
  now: Millis = 0;
  said = 0;
  readonly heard: Uint8Array[] = [];
  readonly #queue: { readonly at: Millis; readonly to: Member; readonly input: LanInput }[] = [];

  constructor(seed: number, loss: number) {
    this.random = new SimRandom(String(seed));
    this.loss = loss;
  }

  join(skewMs = 0): Member {
    const number = this.members.length;
    const secret = this.random.bytes(32);
    const member: Member = {
      key: deviceKeyOf(this.random.bytes(32)),
      secret,
      host: `192.168.1.${number + 1}`,
      skewMs,
      machine: new LanDiscovery({
        random: this.random,
        epochAt: (now) => EPOCH + now + skewMs,
      }),
    };
    this.members.push(member);
    return member;
  }

  tell(member: Member, input: LanInput | { readonly type: 'timeout' }): readonly LanOutput[] {
    const outputs = member.machine.step(input, this.now);
    for (const output of outputs) this.#carry(output, member);
    return outputs;
  }

  start(member: Member, contacts: readonly Member[]): void {
    this.tell(member, { type: 'interfaces', hosts: [member.host] });
    this.tell(member, { type: 'ports', ports: { tcp: 7_230, udp: 0 } });
    const others = new Map(contacts.map(({ key, secret }) => [key, [secret]]));
    this.tell(member, { type: 'secrets', own: [member.secret], others });
  }

  runFor(ms: Millis): void {
    const until = this.now + ms;
    for (;;) {
      const due = this.members.map((member) => ({
        member,
        at: member.machine.deadline ?? Infinity,
      }));
      const next = due.toSorted((one, other) => one.at - other.at)[0];
      const packet = this.#queue.toSorted((one, other) => one.at - other.at)[0];
      const at = Math.min(next?.at ?? Infinity, packet?.at ?? Infinity);
      if (at > until) break;
      this.now = Math.max(this.now, at);
      if (packet !== undefined && packet.at === at) {
        this.#queue.splice(this.#queue.indexOf(packet), 1);
        this.tell(packet.to, packet.input);
      } else if (next !== undefined) this.tell(next.member, { type: 'timeout' });
    }
    this.now = until;
  }

  #carry(output: LanOutput, from: Member): void {
    if (output.type === 'found') return;
    this.said += 1;
    const inputs: LanInput[] =
      output.type === 'send-query'
        ? [{ type: 'query' }]
        : output.announcements.map((bytes) => ({ type: 'announcement', bytes, from: output.via }));
    if (output.type === 'send-announcements') this.heard.push(...output.announcements);
    for (const to of this.members) {
      if (to === from || this.random.number() < this.loss) continue;
      const at = this.now + this.random.number() * 5;
      for (const input of inputs) this.#queue.push({ at, to, input });
    }
  }
}

describe('an announcement', () => {
  const keys = lanKeys(SECRET, slotAt(EPOCH));

  test('has one form, and a wire change shows here', () => {
    const bytes = encodeAnnouncement(PLACE, keys, new Uint8Array(24).fill(2));
    assert.equal(formatHex(bytes), HEX);
    assert.deepEqual(decodeAnnouncement(bytes, keys), PLACE);
    assert.equal(announcedTag(bytes), keys.tagText);
    const other = encodeAnnouncement(
      { ...PLACE_6, host: `${PLACE_6.host}%eth0`, udp: 49_737 },
      keys,
      new Uint8Array(24).fill(2),
    );
    assert.equal(formatHex(other), HEX_6);
    // how this computer calls the interface is told to nobody, and no node of the DHT is there
    assert.deepEqual(decodeAnnouncement(other, keys), PLACE_6);
    assert.equal(announcedTag(other), keys.tagText);
  });

  test('is made by who has the secret: one changed bit and it is none', () => {
    for (const place of [PLACE, PLACE_6]) {
      const bytes = encodeAnnouncement(place, keys, new Uint8Array(24));
      for (let bit = 0; bit < bytes.length * 8; bit += 1) {
        const changed = bytes.slice();
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        assert.throws(() => decodeAnnouncement(changed, keys), PeerFault);
      }
    }
  });

  test('of any other bytes is refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        assert.throws(() => decodeAnnouncement(bytes, keys), PeerFault);
      }),
    );
    for (const form of Object.values(LAN_FORMS)) {
      const length = announcementLength(form);
      fc.assert(
        fc.property(fc.uint8Array({ minLength: length, maxLength: length }), (bytes) => {
          const ours = new Uint8Array([form.version, ...keys.tag, ...bytes.subarray(17)]);
          assert.throws(() => decodeAnnouncement(ours, keys), PeerFault);
        }),
      );
    }
  });

  test('has nothing in common with that of another slot, or of another device', () => {
    const tags = [-1, 0, 1].map((step) => lanKeys(SECRET, slotAt(EPOCH) + step).tagText);
    const other = lanKeys(new Uint8Array(32).fill(9), slotAt(EPOCH)).tagText;
    assert.equal(new Set([...tags, other]).size, 4);
    const twice = [3, 4].map((fill) =>
      encodeAnnouncement(PLACE, keys, new Uint8Array(24).fill(fill)),
    );
    const [one = SECRET, another = SECRET] = twice.map((bytes) => bytes.subarray(17));
    assert.notDeepEqual(one, another);
  });
});

describe('contacts in one network', () => {
  test('find each other within seconds, from a hundred seeds, though much is lost and clocks differ', () => {
    for (let seed = 1; seed <= 100; seed += 1) {
      const lan = new Lan(seed, 0.3);
      const ann = lan.join(-10 * 60_000);
      const ben = lan.join(4 * 60_000);
      const stranger = lan.join();
      lan.start(ann, [ben]);
      lan.runFor(lan.random.number() * 60_000);
      lan.start(ben, [ann]);
      lan.start(stranger, []);
      lan.runFor(10_000);
      const hosts = (of: Member, at: Member) => at.machine.placesOf(of.key).map(({ host }) => host);
      assert.deepEqual(hosts(ben, ann), [ben.host], `seed ${seed}`);
      assert.deepEqual(hosts(ann, ben), [ann.host], `seed ${seed}`);
      assert.deepEqual(stranger.machine.placesOf(ann.key), []);
    }
  });

  test('stay found for a day, by tags that change, and say little', () => {
    const lan = new Lan(7, 0.1);
    const [ann, ben] = [lan.join(), lan.join()];
    lan.start(ann, [ben]);
    lan.start(ben, [ann]);
    for (let quarter = 0; quarter < 96; quarter += 1) {
      lan.runFor(SLOT_MS);
      assert.equal(ann.machine.placesOf(ben.key).length, 1, `quarter ${quarter}`);
    }
    const tags = new Set(lan.heard.map(announcedTag));
    assert.ok(tags.size >= 192 && tags.size <= 196, `${tags.size}`);
    // two devices: a round of both every five minutes, and an answer to each
    assert.ok(lan.said < 2_500, `${lan.said}`);
  });

  test('are forgotten when they are not heard of, or are contacts no longer', () => {
    const lan = new Lan(1, 0);
    const [ann, ben] = [lan.join(), lan.join()];
    lan.start(ann, [ben]);
    lan.start(ben, [ann]);
    lan.runFor(1_000);
    lan.tell(ben, { type: 'interfaces', hosts: [] });
    lan.runFor(700_000);
    assert.equal(ann.machine.placesOf(ben.key).length, 1);
    lan.runFor(30_000);
    assert.equal(ann.machine.placesOf(ben.key).length, 0);
    lan.start(ben, [ann]);
    lan.runFor(1_000);
    assert.equal(ann.machine.placesOf(ben.key).length, 1);
    lan.tell(ann, { type: 'secrets', own: [ann.secret], others: new Map() });
    assert.equal(ann.machine.placesOf(ben.key).length, 0);
  });

  test('know a device by any of its secrets, and it is announced by each that it has', () => {
    const lan = new Lan(9, 0);
    const [ann, ben] = [lan.join(), lan.join()];
    lan.start(ann, []);
    lan.start(ben, []);
    const [old, fresh] = [7, 8].map((fill) => new Uint8Array(32).fill(fill));
    assert.ok(old && fresh);
    lan.tell(ben, { type: 'secrets', own: [fresh, old], others: new Map() });
    lan.tell(ann, { type: 'secrets', own: [], others: new Map([[ben.key, [SECRET, old]]]) });
    lan.runFor(1_000);
    assert.equal(ann.machine.placesOf(ben.key).length, 1);
    const said = lan.heard.length;
    lan.tell(ann, { type: 'interfaces', hosts: [] });
    lan.tell(ann, { type: 'interfaces', hosts: [ann.host] });
    assert.equal(lan.heard.length, said, 'who is known by nothing says nothing');
    const many = Array.from({ length: 30 }, (_, fill) => new Uint8Array(32).fill(fill));
    lan.tell(ben, { type: 'secrets', own: many, others: new Map() });
    assert.equal(lan.heard.length, said + OWN_SECRETS_MAX);
  });

  test('are told of once, and again when they moved', () => {
    const lan = new Lan(3, 0);
    const [ann, ben] = [lan.join(), lan.join()];
    lan.start(ann, [ben]);
    const announce = (host: string, tcp = 1): LanInput => ({
      type: 'announcement',
      bytes: encodeAnnouncement(
        { host, tcp, udp: 0 },
        lanKeys(ben.secret, slotAt(EPOCH)),
        lan.random.bytes(24),
      ),
      from: host,
    });
    const found = [{ type: 'found', device: ben.key }];
    assert.deepEqual(lan.tell(ann, announce('10.0.0.1')), found);
    assert.deepEqual(lan.tell(ann, announce('10.0.0.1')), []);
    assert.deepEqual(lan.tell(ann, announce('10.0.0.1', 2)), found);
    for (let host = 2; host < 20; host += 1) lan.tell(ann, announce(`10.0.0.${host}`));
    const places = ann.machine.placesOf(ben.key);
    assert.deepEqual(
      places.map(({ host }) => host),
      ['10.0.0.19', '10.0.0.18', '10.0.0.17', '10.0.0.16', '10.0.0.15', '10.0.0.14'],
    );
  });

  test('with both families are at two addresses, and one of the link is told with where it was heard', () => {
    const lan = new Lan(4, 0);
    const [ann, ben] = [lan.join(), lan.join()];
    lan.start(ann, [ben]);
    lan.start(ben, [ann]);
    lan.tell(ben, { type: 'interfaces', hosts: [ben.host, 'fe80::b%cable'] });
    lan.runFor(1_000);
    const hosts = ann.machine.placesOf(ben.key).map(({ host }) => host);
    assert.deepEqual(hosts.toSorted(), [ben.host, 'fe80::b%cable']);
    lan.tell(ann, { type: 'interfaces', hosts: [ann.host, 'fe80::a%cable'] });
    lan.runFor(10_000);
    assert.equal(ann.machine.placesOf(ben.key).length, 2);
  });
});

describe('who is hostile in the network', () => {
  function alone(): { readonly lan: Lan; readonly ann: Member; readonly ben: Member } {
    const lan = new Lan(5, 0);
    const [ann, ben] = [lan.join(), lan.join()];
    lan.start(ann, [ben]);
    return { lan, ann, ben };
  }

  test('makes it answer once a second, however often it is asked', () => {
    const { lan, ann } = alone();
    lan.runFor(120_000);
    const before = lan.said;
    for (let at = 0; at < 10_000; at += 1) {
      lan.tell(ann, { type: 'query' });
      lan.runFor(1);
    }
    assert.ok(lan.said - before <= 12, `${lan.said - before}`);
  });

  test('makes it look at so many tags and open so many seals in a second', () => {
    const { lan, ann, ben } = alone();
    for (let count = 0; count < 5_000; count += 1)
      lan.tell(ann, {
        type: 'announcement',
        bytes: new Uint8Array([1, ...lan.random.bytes(64)]),
        from: '10.0.0.9',
      });
    assert.equal(ann.machine.stats.dropped, 4_500);
    lan.runFor(1_000);
    const bytes = encodeAnnouncement(PLACE, lanKeys(ben.secret, slotAt(EPOCH)), new Uint8Array(24));
    for (let count = 0; count < 60; count += 1)
      lan.tell(ann, { type: 'announcement', bytes, from: PLACE.host });
    assert.equal(ann.machine.stats.known, 50);
  });

  test('leads nobody out of the local network, and gains nothing by old announcements', () => {
    const { lan, ann, ben } = alone();
    const announce = (host: string, from: string, slot: number) =>
      lan.tell(ann, {
        type: 'announcement',
        bytes: encodeAnnouncement(
          { host, tcp: 80, udp: 0 },
          lanKeys(ben.secret, slot),
          lan.random.bytes(24),
        ),
        from,
      });
    const slot = slotAt(EPOCH);
    assert.throws(() => announce('198.51.100.7', '192.168.1.66', slot), PeerFault);
    // a network may have addresses of the internet: then it comes from there
    assert.equal(announce('198.51.100.7', '198.51.100.7', slot).length, 1);
    // nor to an address of IPv6 that is not of the link, or without the interface by which it is heard
    assert.throws(() => announce('2001:db8::7', 'fe80::66%cable', slot), PeerFault);
    assert.throws(() => announce('fe80::7', '192.168.1.66', slot), PeerFault);
    assert.equal(announce('fe80::7', 'fe80::66%cable', slot).length, 1);
    assert.deepEqual(announce('10.0.0.1', '10.0.0.1', slot - 2), []);
    assert.deepEqual(announce('10.0.0.1', '10.0.0.1', slot + 2), []);
  });
});

test('addresses of the link are used where they were heard, and no others of IPv6', () => {
  for (const host of ['fe80::1', 'febf:ffff::1'])
    assert.equal(hostHere(host, 'fe80::9%cable'), `${host}%cable`);
  for (const host of ['::1', 'fec0::1', 'fd00::1', '2001:db8::1', 'ff02::fb', '::ffff:10.0.0.1'])
    assert.equal(hostHere(host, 'fe80::9%cable'), undefined, host);
  assert.equal(hostHere('fe80::1', 'fe80::9'), undefined);
  assert.equal(hostHere('10.0.0.1', 'fe80::9%cable'), '10.0.0.1');
});

test('addresses of IPv4 are known, and those that a local network may have', () => {
  fc.assert(
    fc.property(fc.ipV4(), (text) => {
      assert.equal(
        parseIpv4(text),
        text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0),
      );
    }),
  );
  for (const bad of ['1.2.3', '1.2.3.256', '1.2.3.4.5', '', 'a.b.c.d', '1.2.3.-4'])
    assert.equal(parseIpv4(bad), undefined, bad);
  const local = [
    '10.1.2.3',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.0.1',
    '169.254.1.1',
    '100.64.0.1',
  ];
  for (const text of local) assert.ok(isLocalIpv4(text), text);
  for (const text of ['11.0.0.1', '172.32.0.1', '192.169.0.1', '8.8.8.8', '100.128.0.1', 'x'])
    assert.ok(!isLocalIpv4(text), text);
});
