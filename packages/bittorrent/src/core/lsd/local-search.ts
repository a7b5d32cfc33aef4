/**
 * Local Service Discovery (BEP 14) of an engine: when which torrents are announced, and what is believed of what
 * others announce.
 */
import { LeanMap, PeerFault } from '@coequal/base';
import type { Endpoint, Machine, Millis } from '@coequal/base';
import type { InfoHash } from '../ids.ts';
import type { SourceState } from '../swarm/peer-source.ts';
import { isNear } from '../swarm/network.ts';
import { decodeLsdMessage } from './lsd-message.ts';

/** BEP 14: each torrent every five minutes, */
const ANNOUNCE_MS = 5 * 60_000;
/** and never twice in a minute, also when it is closed and opened again. */
const ANNOUNCE_MIN_MS = 60_000;
/** Torrents that are added together go into one datagram. */
const GATHER_MS = 200;
/** A torrent goes with others so much before its time. */
const EARLY_MS = 60_000;
/** Between two datagrams, when there are more torrents than fit into one: a network is not flooded. */
const DATAGRAM_MS = 250;

/** Datagrams taken in a second; the rest is dropped unread. */
const DATAGRAMS_MAX = 50;
const DATAGRAMS_MS = 1_000;

/** Peers taken for one torrent in a minute: forged addresses cost us few dials. */
const FOUND_MAX = 30;
const FOUND_MS = 60_000;

export interface LocalSearchOptions {
  /** Which datagrams are our own. */
  readonly cookie: string;
  /** Info hashes that fit into a datagram. */
  readonly hashesMax: number;
  /** Without it nothing is announced, as nobody could dial us. */
  readonly announces: boolean;
}

export type LocalSearchInput =
  | { readonly type: 'add' | 'remove'; readonly infoHash: InfoHash }
  /** There may be other networks around us now. */
  | { readonly type: 'network-changed' }
  /** The bytes are looked at during the call only. */
  | { readonly type: 'datagram'; readonly bytes: Uint8Array; readonly from: string };

export type LocalSearchOutput =
  | { readonly type: 'announce'; readonly infoHashes: readonly InfoHash[] }
  | { readonly type: 'found'; readonly infoHash: InfoHash; readonly peer: Endpoint };

interface Sought {
  announcedAt: Millis;
  announceAt: Millis;
  foundSince: Millis;
  found: number;
}

export class LocalSearch implements Machine<LocalSearchInput, LocalSearchOutput> {
  readonly #options: LocalSearchOptions;
  readonly #sought = new LeanMap<InfoHash, Sought>();
  /** When torrents that are not sought any more were last announced. */
  readonly #announcedAt = new LeanMap<InfoHash, Millis>();
  #nextDatagramAt: Millis = -Infinity;
  #countedFrom: Millis = -Infinity;
  #datagrams = 0;

  constructor(options: LocalSearchOptions) {
    this.#options = options;
  }

  get deadline(): Millis | undefined {
    if (!this.#options.announces || this.#sought.size === 0) return undefined;
    let first = Infinity;
    for (const { announceAt } of this.#sought.values()) first = Math.min(first, announceAt);
    return Math.max(first, this.#nextDatagramAt);
  }

  /** Of a torrent that is sought. */
  stateOf(infoHashes: readonly InfoHash[], now: Millis): SourceState {
    if (!this.#options.announces) return { type: 'working', nextInMs: undefined };
    const sought = infoHashes.flatMap((infoHash) => this.#sought.get(infoHash) ?? []);
    if (sought.some(({ announcedAt }) => announcedAt === -Infinity)) return { type: 'asking' };
    const next = Math.min(...sought.map(({ announceAt }) => announceAt));
    return { type: 'working', nextInMs: Math.max(next - now, 0) };
  }

  step(
    input: LocalSearchInput | { readonly type: 'timeout' },
    now: Millis,
  ): readonly LocalSearchOutput[] {
    switch (input.type) {
      case 'add':
        this.#add(input.infoHash, now);
        return [];
      case 'remove':
        this.#remove(input.infoHash, now);
        return [];
      case 'network-changed':
        this.#announceSoon(now);
        return [];
      case 'datagram':
        return this.#heard(input.bytes, input.from, now);
      case 'timeout':
        return this.#announceDue(now);
    }
  }

  #add(infoHash: InfoHash, now: Millis): void {
    const announcedAt = this.#announcedAt.get(infoHash) ?? -Infinity;
    const announceAt = Math.max(now + GATHER_MS, announcedAt + ANNOUNCE_MIN_MS);
    this.#sought.set(infoHash, { announcedAt, announceAt, foundSince: now, found: 0 });
  }

  #remove(infoHash: InfoHash, now: Millis): void {
    const announcedAt = this.#sought.get(infoHash)?.announcedAt ?? -Infinity;
    this.#sought.delete(infoHash);
    for (const [other, at] of this.#announcedAt)
      if (at + ANNOUNCE_MIN_MS <= now) this.#announcedAt.delete(other);
    if (announcedAt + ANNOUNCE_MIN_MS > now) this.#announcedAt.set(infoHash, announcedAt);
  }

  #announceSoon(now: Millis): void {
    for (const sought of this.#sought.values()) {
      const soonest = Math.max(now + GATHER_MS, sought.announcedAt + ANNOUNCE_MIN_MS);
      sought.announceAt = Math.min(sought.announceAt, soonest);
    }
  }

  /** Those that are due, and as many as fit of those that are soon. */
  #announceDue(now: Millis): readonly LocalSearchOutput[] {
    if (now < (this.deadline ?? Infinity)) return [];
    const mayGo = ({ announcedAt, announceAt }: Sought): boolean =>
      announcedAt + ANNOUNCE_MIN_MS <= now && announceAt <= now + EARLY_MS;
    const due = Array.from(this.#sought)
      .filter(([, sought]) => mayGo(sought))
      .toSorted(([, a], [, b]) => a.announceAt - b.announceAt)
      .slice(0, this.#options.hashesMax);
    for (const [, sought] of due) {
      sought.announcedAt = now;
      sought.announceAt = now + ANNOUNCE_MS;
    }
    this.#nextDatagramAt = now + DATAGRAM_MS;
    return [{ type: 'announce', infoHashes: due.map(([infoHash]) => infoHash) }];
  }

  #heard(bytes: Uint8Array, from: string, now: Millis): readonly LocalSearchOutput[] {
    if (now >= this.#countedFrom + DATAGRAMS_MS) {
      this.#countedFrom = now;
      this.#datagrams = 0;
    }
    this.#datagrams += 1;
    // multicast does not leave a network; a datagram from elsewhere was sent to us alone, or is forged
    if (this.#datagrams > DATAGRAMS_MAX || !isNear(from)) return [];
    const message = decodeOrIgnore(bytes);
    if (message === undefined || message.cookie === this.#options.cookie) return [];
    const peer = { host: from, port: message.port };
    return message.infoHashes
      .filter((infoHash) => this.#mayFind(infoHash, now))
      .map((infoHash) => ({ type: 'found', infoHash, peer }));
  }

  #mayFind(infoHash: InfoHash, now: Millis): boolean {
    const sought = this.#sought.get(infoHash);
    if (sought === undefined) return false;
    if (now >= sought.foundSince + FOUND_MS) {
      sought.foundSince = now;
      sought.found = 0;
    }
    sought.found += 1;
    return sought.found <= FOUND_MAX;
  }
}

/** What is no search is somebody else's business. */
function decodeOrIgnore(bytes: Uint8Array): ReturnType<typeof decodeLsdMessage> | undefined {
  try {
    return decodeLsdMessage(bytes);
  } catch (error) {
    if (error instanceof PeerFault) return undefined;
    throw error;
  }
}
