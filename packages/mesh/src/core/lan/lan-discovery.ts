/**
 * Finds contacts in the local network without anything beyond it: asks, answers, and remembers where devices were
 * heard. It says nothing but its tag of the moment; of what it hears it looks at tags of contacts alone (docs/lan.md).
 */
import { formatHex, PeerFault } from '@coequal/base';
import type { DeviceKey, Machine, Millis, Random } from '@coequal/base';
import { NONCE_LENGTH } from './announcement-seal.ts';
import { announcedTag, decodeAnnouncement, encodeAnnouncement } from './lan-announcement.ts';
import type { LanPlace, LanPorts } from './lan-announcement.ts';
import { hostHere } from './lan-host.ts';
import { LanRounds } from './lan-rounds.ts';
import { SLOT_MS, lanKeys, slotAt } from './lan-tag.ts';
import type { LanKeys } from './lan-tag.ts';

/** From one round of asking and telling to the next, at last. */
const ROUND_MAX_MS = 300_000;
/** How long a place that is not heard of again is believed: two rounds are lost before it is forgotten. */
const PLACE_AGE_MAX_MS = 720_000;
/** Clocks of contacts may be as far apart: tags of the slots beside ours are known, too. */
const SLOTS_BESIDE = 1;
/**
 * A device with a cable and a radio has two of IPv4, and both of IPv6 by our cable and our radio; who replays old ones
 * has no more.
 */
const PLACES_OF_DEVICE_MAX = 6;
/**
 * By which this device may be known at a time: by its own secret, by earlier ones, by those of invitations and of
 * single devices. With four in a packet that makes six packets.
 */
export const OWN_SECRETS_MAX = 24;
/** Tags that are looked up, and seals that are opened, in a second: a flood of either costs no more than this. */
const TAGS_PER_SECOND_MAX = 500;
const SEALS_PER_SECOND_MAX = 50;

/** Each of 32 bytes. */
export interface LanSecrets {
  /** By which this device is known: to one secret one announcement, and no more than OWN_SECRETS_MAX. */
  readonly own: readonly Uint8Array[];
  /** Of all devices that are to be found: a device is known by any of its secrets. */
  readonly others: ReadonlyMap<DeviceKey, readonly Uint8Array[]>;
}

export type LanInput =
  /** Addresses of this computer in local networks, one of each interface and family. */
  | { readonly type: 'interfaces'; readonly hosts: readonly string[] }
  | { readonly type: 'ports'; readonly ports: LanPorts }
  | ({ readonly type: 'secrets' } & LanSecrets)
  /** Somebody asks who is here. */
  | { readonly type: 'query' }
  | { readonly type: 'announcement'; readonly bytes: Uint8Array; readonly from: string };

export type LanOutput =
  | { readonly type: 'send-query'; readonly via: string }
  | {
      readonly type: 'send-announcements';
      readonly via: string;
      readonly announcements: readonly Uint8Array[];
    }
  /** A device is where it was not before: if it is linked already, that is one way more to it. */
  | { readonly type: 'found'; readonly device: DeviceKey };

export interface LanOptions {
  /** Wall-clock time, in ms since 1970, at a time of the machine. */
  epochAt(now: Millis): number;
  readonly random: Random;
}

interface Place extends LanPlace {
  readonly heardAt: Millis;
}

export class LanDiscovery implements Machine<LanInput, LanOutput> {
  readonly #options: LanOptions;
  #hosts: readonly string[] = [];
  #ports: LanPorts = { tcp: 0, udp: 0 };
  #secrets: LanSecrets = { own: [], others: new Map() };
  #slot: number | undefined;
  #own: readonly LanKeys[] = [];
  /** Of contacts' devices, in this slot and beside it. */
  #byTag = new Map<string, { readonly device: DeviceKey; readonly keys: LanKeys }>();
  readonly #places = new Map<DeviceKey, Place[]>();
  #rotateAt: Millis | undefined;
  readonly #rounds: LanRounds;
  #second = { since: -Infinity, tags: 0, seals: 0 };
  readonly stats: { heard: number; known: number; dropped: number } = {
    heard: 0,
    known: 0,
    dropped: 0,
  };

  constructor(options: LanOptions) {
    this.#options = options;
    this.#rounds = new LanRounds(options.random, ROUND_MAX_MS);
  }

  get deadline(): Millis | undefined {
    const due = [this.#rotateAt, this.#rounds.deadline, this.#forgetAt].filter(
      (at) => at !== undefined,
    );
    return due.length === 0 ? undefined : Math.min(...due);
  }

  /** Where a device was heard; the newest first. */
  placesOf(device: DeviceKey): readonly LanPlace[] {
    return this.#places.get(device) ?? [];
  }

  step(input: LanInput | { readonly type: 'timeout' }, now: Millis): readonly LanOutput[] {
    this.#rotate(now);
    switch (input.type) {
      case 'interfaces':
        return this.#setHosts(input.hosts, now);
      case 'ports':
        return this.#setPorts(input.ports, now);
      case 'secrets':
        return this.#setSecrets(input, now);
      case 'query':
        this.#rounds.asked(now);
        return [];
      case 'announcement':
        return this.#hear(input.bytes, input.from, now);
      case 'timeout':
        return this.#due(now);
    }
  }

  #setHosts(hosts: readonly string[], now: Millis): readonly LanOutput[] {
    const isNew = hosts.some((host) => !this.#hosts.includes(host));
    this.#hosts = hosts;
    if (hosts.length === 0) this.#rounds.stop();
    return isNew ? this.#beginRounds(now) : [];
  }

  #setPorts(ports: LanPorts, now: Millis): readonly LanOutput[] {
    const isOther = ports.tcp !== this.#ports.tcp || ports.udp !== this.#ports.udp;
    this.#ports = ports;
    return isOther ? this.#beginRounds(now) : [];
  }

  #setSecrets({ own, others }: LanSecrets, now: Millis): readonly LanOutput[] {
    const before = this.#secrets;
    this.#secrets = { own: own.slice(0, OWN_SECRETS_MAX), others };
    for (const device of this.#places.keys()) if (!others.has(device)) this.#places.delete(device);
    this.#knowTags();
    return isMore(before, this.#secrets) ? this.#beginRounds(now) : [];
  }

  /** Something is new: it is asked and told at once, and again soon, since what is sent to a group may be lost. */
  #beginRounds(now: Millis): readonly LanOutput[] {
    if (this.#hosts.length === 0) return [];
    this.#rounds.begin(now);
    return this.#round(now);
  }

  #round(now: Millis): readonly LanOutput[] {
    const queries = this.#hosts.map((via) => ({ type: 'send-query', via }) as const);
    return [...queries, ...this.#announce(now)];
  }

  /** Each interface is told the address that it has itself: who replays it elsewhere leads nobody astray. */
  #announce(now: Millis): readonly LanOutput[] {
    if (this.#own.length === 0 || (this.#ports.tcp === 0 && this.#ports.udp === 0)) return [];
    this.#rounds.told(now);
    return this.#hosts.map((via) => ({
      type: 'send-announcements',
      via,
      announcements: this.#own.map((keys) => {
        const nonce = this.#options.random.bytes(NONCE_LENGTH);
        return encodeAnnouncement({ host: via, ...this.#ports }, keys, nonce);
      }),
    }));
  }

  #hear(bytes: Uint8Array, from: string, now: Millis): readonly LanOutput[] {
    if (now >= this.#second.since + 1_000) this.#second = { since: now, tags: 0, seals: 0 };
    this.stats.heard += 1;
    this.#second.tags += 1;
    if (this.#second.tags > TAGS_PER_SECOND_MAX) return this.#drop();
    const known = this.#byTag.get(announcedTag(bytes));
    if (known === undefined) return [];
    this.#second.seals += 1;
    if (this.#second.seals > SEALS_PER_SECOND_MAX) return this.#drop();
    const place = decodeAnnouncement(bytes, known.keys);
    // a contact cannot send us to somebody on the internet
    const host = hostHere(place.host, from);
    if (host === undefined)
      throw new PeerFault('BAD_LAN_ANNOUNCEMENT', { reason: 'not of this network' });
    this.stats.known += 1;
    return this.#remember(known.device, { ...place, host, heardAt: now });
  }

  #drop(): readonly LanOutput[] {
    this.stats.dropped += 1;
    return [];
  }

  #remember(device: DeviceKey, place: Place): readonly LanOutput[] {
    const before = this.#places.get(device) ?? [];
    const same = before.some(
      ({ host, tcp, udp }) => host === place.host && tcp === place.tcp && udp === place.udp,
    );
    // of one address the last word counts
    const others = before.filter(({ host }) => host !== place.host);
    this.#places.set(device, [place, ...others].slice(0, PLACES_OF_DEVICE_MAX));
    return same ? [] : [{ type: 'found', device }];
  }

  #due(now: Millis): readonly LanOutput[] {
    this.#forgetOld(now);
    switch (this.#rounds.take(now)) {
      case 'round':
        return this.#round(now);
      case 'answer':
        return this.#announce(now);
      case undefined:
        return [];
    }
  }

  /** Also when the wall clock was set. The new tag is told at a moment of our own: not all devices change at once. */
  #rotate(now: Millis): void {
    const epoch = this.#options.epochAt(now);
    const slot = slotAt(epoch);
    this.#rotateAt = now + (slot + 1) * SLOT_MS - epoch;
    if (slot === this.#slot) return;
    const isFirst = this.#slot === undefined;
    this.#slot = slot;
    this.#knowTags();
    if (isFirst || this.#hosts.length === 0) return;
    this.#rounds.tellBy(now + this.#options.random.number() * ROTATION_SPREAD_MS);
  }

  #knowTags(): void {
    this.#byTag = new Map();
    const slot = this.#slot;
    if (slot === undefined) return;
    this.#own = this.#secrets.own.map((secret) => lanKeys(secret, slot));
    for (const [device, secrets] of this.#secrets.others)
      for (const secret of secrets)
        for (let at = slot - SLOTS_BESIDE; at <= slot + SLOTS_BESIDE; at += 1) {
          const keys = lanKeys(secret, at);
          this.#byTag.set(keys.tagText, { device, keys });
        }
  }

  get #forgetAt(): Millis | undefined {
    const oldest = [...this.#places.values()].flatMap((places) => places.at(-1)?.heardAt ?? []);
    return oldest.length === 0 ? undefined : Math.min(...oldest) + PLACE_AGE_MAX_MS;
  }

  #forgetOld(now: Millis): void {
    for (const [device, places] of this.#places) {
      const fresh = places.filter(({ heardAt }) => now < heardAt + PLACE_AGE_MAX_MS);
      if (fresh.length === 0) this.#places.delete(device);
      else this.#places.set(device, fresh);
    }
  }
}

/** Somebody is to be found, or may find this device, of whom that was not so. */
function isMore(before: LanSecrets, after: LanSecrets): boolean {
  const known = new Set([...before.own, ...[...before.others.values()].flat()].map(formatHex));
  return [...after.own, ...[...after.others.values()].flat()].some(
    (secret) => !known.has(formatHex(secret)),
  );
}

/** After a slot has begun. */
const ROTATION_SPREAD_MS = 30_000;
