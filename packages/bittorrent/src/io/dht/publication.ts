/** Publishes a torrent as the newest under a key (BEP 46), and keeps it in the DHT as long as it lives. */
import { EventLog, isAbort, LocalFault, PeerFault, sleep, TaskGroup } from '@coequal/base';
import type { Millis, Numbered, Ports } from '@coequal/base';
import { decodeTorrentItem, encodeTorrentItem } from '../../core/dht/mutable-torrent.ts';
import type { DhtItem } from '../../core/dht/krpc-messages.ts';
import { publicKeyOf } from '../../core/ids.ts';
import type { InfoHash } from '../../core/ids.ts';
import { formatMagnet } from '../../core/metainfo/magnet.ts';
import type { Dht } from './dht.ts';
import type { PublicationRecord } from './publication-record.ts';

/** BEP 44: items may be forgotten after two hours, and should be put again once an hour. */
const REPUT_MS: Millis = 3_600_000;

/** Publications drift apart by this part. */
const JITTER = 0.1;

/** When nobody took it, the next attempt follows so soon, and each after it in twice the time, */
const RETRY_MS: Millis = 15_000;

/** up to this. */
const RETRY_MAX_MS: Millis = 15 * 60_000;

/** Times that somebody else with the same key may be quicker, one after the other. */
const CONFLICTS_MAX = 5;

export type PublicationState =
  /** What is published already is being looked for. */
  | { readonly type: 'looking' }
  /** So many nodes took it. */
  | { readonly type: 'published'; readonly sequence: number; readonly nodes: number }
  /** It did not work, and is tried again. */
  | { readonly type: 'waiting'; readonly fault: LocalFault | PeerFault }
  /** Another with the same key has published something newer: we stop. */
  | { readonly type: 'superseded'; readonly sequence: number };

interface PublicationParts {
  readonly dht: Pick<Dht, 'get' | 'put' | 'sign'>;
  readonly record: Pick<PublicationRecord, 'read' | 'write'>;
  readonly ports: Pick<Ports, 'clock' | 'random' | 'ed25519'>;
  readonly secret: Uint8Array;
  readonly salt: Uint8Array;
  readonly infoHash: InfoHash;
}

type MutableItem = Extract<DhtItem, { type: 'mutable' }>;

export class Publication implements AsyncDisposable {
  /** By which others find it, whichever torrent is the newest. */
  readonly magnet: string;
  readonly #parts: PublicationParts;
  readonly #publicKey: Uint8Array;
  readonly #changes = new EventLog<PublicationState>();
  readonly #tasks = new TaskGroup((error) => {
    throw error; // nothing in it fails but by a bug
  });
  #state: PublicationState = { type: 'looking' };
  /** What we have published. */
  #sequence: number | undefined;

  /** Made by `Engine.publish`. */
  constructor(parts: PublicationParts) {
    this.#parts = parts;
    this.#publicKey = parts.ports.ed25519.publicKey(parts.secret);
    const publisher = { publicKey: publicKeyOf(this.#publicKey), salt: parts.salt };
    this.magnet = formatMagnet({ publisher, trackers: [], webSeeds: [], peers: [] });
    this.#tasks.run((signal) => this.#keep(signal));
  }

  get state(): PublicationState {
    return this.#state;
  }

  /** Each state from this call on, one that is entered anew as well. */
  states(signal: AbortSignal): AsyncGenerator<Numbered<PublicationState>, void, undefined> {
    return this.#changes.read(signal);
  }

  /** It is no longer put again; nodes forget it in two hours. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tasks[Symbol.asyncDispose]();
    this.#changes.close();
  }

  async #keep(signal: AbortSignal): Promise<void> {
    const { clock, random } = this.#parts.ports;
    let retryMs = RETRY_MS;
    try {
      for (;;) {
        const state = await this.#attempt(signal);
        this.#state = state;
        this.#changes.publish(state);
        if (state.type === 'superseded') return;
        const waitMs = state.type === 'published' ? REPUT_MS : retryMs;
        retryMs = state.type === 'published' ? RETRY_MS : Math.min(retryMs * 2, RETRY_MAX_MS);
        await sleep(clock, waitMs * (1 - JITTER * random.number()), signal);
      }
    } catch (error) {
      if (!isAbort(error, signal)) throw error;
    }
  }

  async #attempt(signal: AbortSignal): Promise<PublicationState> {
    try {
      return await this.#publish(signal);
    } catch (error) {
      if (error instanceof LocalFault || error instanceof PeerFault)
        return { type: 'waiting', fault: error };
      throw error;
    }
  }

  /** By compare and swap (BEP 44): who is slower than another with the same key looks again. */
  async #publish(signal: AbortSignal): Promise<PublicationState> {
    const { dht, record, secret, salt, infoHash } = this.#parts;
    const name = { type: 'mutable', publicKey: this.#publicKey, salt } as const;
    for (let conflicts = 0; ; conflicts++) {
      const stored = mutable(await dht.get(name, signal));
      const sequence = await this.#sequenceAfter(stored);
      if (sequence === undefined) return { type: 'superseded', sequence: stored?.sequence ?? 0 };
      await record.write({ sequence, infoHash }); // before anyone can have it
      const item = dht.sign(secret, sequence, encodeTorrentItem(infoHash), salt);
      try {
        const cas = stored && { cas: stored.sequence };
        const { stored: nodes } = await dht.put(item, { ...cas, signal });
        this.#sequence = sequence;
        return { type: 'published', sequence, nodes };
      } catch (error) {
        if (!isConflict(error) || conflicts >= CONFLICTS_MAX) throw error;
      }
    }
  }

  /** Undefined when another has published something newer since we have. */
  async #sequenceAfter(stored: MutableItem | undefined): Promise<number | undefined> {
    const { infoHash, record } = this.#parts;
    const ours = this.#sequence;
    const kept =
      (await record.read()) ?? (ours === undefined ? undefined : { sequence: ours, infoHash });
    const isNewer = stored !== undefined && stored.sequence > (kept?.sequence ?? -1);
    const newest = isNewer ? { sequence: stored.sequence, infoHash: torrentOf(stored) } : kept;
    if (newest === undefined) return 1;
    if (newest.infoHash === infoHash && !isOther(stored, newest.sequence, infoHash))
      return newest.sequence;
    return ours !== undefined && newest.sequence > ours ? undefined : newest.sequence + 1;
  }
}

/** The same number was given to another torrent. */
function isOther(stored: MutableItem | undefined, sequence: number, infoHash: InfoHash): boolean {
  return stored?.sequence === sequence && torrentOf(stored) !== infoHash;
}

/** Undefined when it names none. */
function torrentOf({ value }: MutableItem): InfoHash | undefined {
  try {
    return decodeTorrentItem(value);
  } catch (error) {
    if (error instanceof PeerFault) return undefined;
    throw error;
  }
}

function mutable(item: DhtItem | undefined): MutableItem | undefined {
  return item?.type === 'mutable' ? item : undefined;
}

function isConflict(error: unknown): boolean {
  return (
    error instanceof LocalFault &&
    (error.code === 'DHT_CAS_MISMATCH' || error.code === 'DHT_OLD_SEQUENCE')
  );
}
