/**
 * Multicast DNS (RFC 6762) on one interface: the one importer of the library, which opens its own socket. Of all that
 * is said in a network it tells who asks for us, what devices of ours announce, and that there are others.
 */
import multicastDns from 'multicast-dns';
import type { Options as MdnsOptions } from 'multicast-dns';
import { LocalFault, decodeUtf8, formatHex, parseHex } from '@coequal/base';
import { zoneOf } from '../../core/lan/lan-host.ts';

/** The kind of service (RFC 6763, section 7): it says that a peer is here, and not whose. */
const SERVICE = '_coequal._udp.local';
/** Asked by the self-test: what most printers, phones and televisions answer (RFC 6763, section 9). */
const ANY_SERVICE = '_services._dns-sd._udp.local';
/** Seconds: what caches of others may keep of an announcement, which is of no use to them. */
const TTL_SECONDS = 120;
/** Announcements in one packet, which so is no longer than those of Ethernet; no more of one are looked at. */
const ANNOUNCEMENTS_OF_PACKET_MAX = 4;

export interface MdnsEvents {
  /** `from`: an address, maybe of this computer. */
  onQuery(from: string): void;
  onAnnouncement(bytes: Uint8Array, from: string): void;
  /** Whatever it is that somebody says. */
  onHeard(from: string): void;
  /** It cannot listen or send, now or at all. */
  onProblem(error: LocalFault): void;
}

export interface MdnsSocket extends AsyncDisposable {
  query(): void;
  announce(announcements: readonly Uint8Array[]): void;
  /** Who is here at all? */
  queryAny(): void;
}

/** By the interface that has the address `host`, of IPv4, or of IPv6 with the zone that it is in. */
export type OpenMdns = (host: string, events: MdnsEvents) => MdnsSocket;

export const openMdns: OpenMdns = (host, events) => {
  const zone = zoneOf(host);
  const socket = multicastDns(placeOf(host, zone));
  const onProblem = (error: Error): void => events.onProblem(faultOf(host, error));
  const onSent = (error?: Error | null): void => {
    if (error && !isSettling(error, zone)) onProblem(error);
  };
  // one of IPv6 hears what any other here is a member of, and IPv4 as well
  const isHere = (from: string): boolean => zone === undefined || zoneOf(from) === zone;
  socket
    .on('error', onProblem)
    // also what cannot be decoded, which is the sender's matter
    .on('warning', (error) => void ('code' in error && 'syscall' in error && onProblem(error)))
    .on('query', ({ questions = [] }, { address }) => {
      if (!isHere(address)) return;
      events.onHeard(address);
      if (questions.some(({ name }) => isOurs(name))) events.onQuery(address);
    })
    .on('response', ({ answers = [], additionals = [] }, { address }) => {
      if (!isHere(address)) return;
      events.onHeard(address);
      const found = [...answers, ...additionals].flatMap(announcementIn);
      for (const bytes of found.slice(0, ANNOUNCEMENTS_OF_PACKET_MAX))
        events.onAnnouncement(bytes, address);
    });
  return {
    query: () => socket.query({ questions: [{ name: SERVICE, type: 'PTR' }] }, onSent),
    queryAny: () => socket.query({ questions: [{ name: ANY_SERVICE, type: 'PTR' }] }, onSent),
    announce(announcements) {
      for (let at = 0; at < announcements.length; at += ANNOUNCEMENTS_OF_PACKET_MAX) {
        const some = announcements.slice(at, at + ANNOUNCEMENTS_OF_PACKET_MAX);
        socket.respond({ answers: some.flatMap(answersOf) }, onSent);
      }
    },
    async [Symbol.asyncDispose]() {
      const { promise, resolve } = Promise.withResolvers<void>();
      socket.destroy(resolve);
      await promise;
    },
  };
};

/** RFC 6762, section 3: the groups. */
function placeOf(host: string, zone: string | undefined): MdnsOptions {
  if (zone === undefined) return { interface: host, bind: '0.0.0.0', loopback: true };
  return { type: 'udp6', ip: 'ff02::fb', interface: `::%${zone}`, bind: '::', loopback: true };
}

/**
 * For a second or two after an interface is up its address is not sent from: it may be somebody else's (RFC 4862,
 * section 5.4). What is said is said again.
 */
function isSettling(error: Error, zone: string | undefined): boolean {
  return zone !== undefined && 'code' in error && error.code === 'EADDRNOTAVAIL';
}

function answersOf(bytes: Uint8Array): {
  readonly name: string;
  readonly type: string;
  readonly ttl: number;
  readonly data: unknown;
}[] {
  // a name that changes with the tag, and says no more than it
  const name = `${formatHex(bytes.subarray(1, 17))}.${SERVICE}`;
  return [
    { name: SERVICE, type: 'PTR', ttl: TTL_SECONDS, data: name },
    { name, type: 'TXT', ttl: TTL_SECONDS, data: [formatHex(bytes)] },
  ];
}

function isOurs(name: string): boolean {
  return name.toLowerCase() === SERVICE;
}

/** One string of hexadecimal digits, under a name of ours. */
function announcementIn({
  name,
  type,
  data,
}: {
  readonly name: string;
  readonly type: string;
  readonly data?: unknown;
}): readonly Uint8Array[] {
  if (type !== 'TXT' || !name.toLowerCase().endsWith(`.${SERVICE}`)) return [];
  const [bytes, more]: readonly unknown[] = Array.isArray(data) ? data : [];
  if (!(bytes instanceof Uint8Array) || more !== undefined) return [];
  const announced = parseHex(decodeUtf8(bytes) ?? '');
  return announced === undefined ? [] : [announced];
}

function faultOf(host: string, error: Error): LocalFault {
  const errno = 'code' in error ? String(error.code) : 'unknown';
  return new LocalFault('LAN_UNUSABLE', { host, errno }, { cause: error });
}
