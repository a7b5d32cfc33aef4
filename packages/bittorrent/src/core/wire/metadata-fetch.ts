/**
 * Fetches the info dictionary from peers that offer it (BEP 9), some of which may lie about its length or
 * its bytes. Peers that claim the same length first share one assembly. Only if that does not match the
 * info hash is each tried alone: an assembly from one peer that does not match proves who lied.
 */
import { concatBytes, equalBytes, PeerFault } from '@coequal/base';
import type { HashKind, Machine, Millis } from '@coequal/base';
import { idBytes } from '../ids.ts';
import type { InfoHash, InfoHashV2 } from '../ids.ts';
import {
  hasRoom,
  isAskable,
  outstanding,
  release,
  REQUEST_TIMEOUT_MS,
  reset,
  SLOW_MS,
  start,
  strike,
  turnEnd,
} from './metadata-assembly.ts';
import type { Assembly, Source } from './metadata-assembly.ts';
import {
  METADATA_LENGTH_MAX,
  metadataPieceCount,
  metadataPieceLength,
} from './metadata-exchange.ts';

/** `Peer` is the caller's key: a new one for every connection. */
export type MetadataFetchInput<Peer> =
  /** Its extended handshake told `metadata_size` bytes; again when it tells anew. */
  | { readonly type: 'peer-offers'; readonly peer: Peer; readonly size: number }
  | { readonly type: 'peer-gone'; readonly peer: Peer }
  | {
      readonly type: 'data';
      readonly peer: Peer;
      readonly piece: number;
      readonly totalSize: number;
      readonly bytes: Uint8Array;
    }
  | { readonly type: 'reject'; readonly peer: Peer; readonly piece: number };

export type MetadataFetchOutput<Peer> =
  | { readonly type: 'request'; readonly peer: Peer; readonly piece: number }
  /** `METADATA_TOO_LONG`, `BAD_METADATA_PIECE` or `BAD_METADATA`: it is forgotten here. */
  | { readonly type: 'fault'; readonly peer: Peer; readonly fault: PeerFault }
  /** It matches every known hash. Nothing follows this but faults of those who lied. */
  | { readonly type: 'done'; readonly infoBytes: Uint8Array };

/** What the metadata must match; with both, both. */
export interface MetadataHashes {
  readonly infoHash?: InfoHash;
  readonly infoHashV2?: InfoHashV2;
}

/** Peers that are asked; one honest one is enough. */
const PEERS_MAX = 500;
/** Assemblies under way at once; the others, if liars claim other lengths, wait. */
const STARTED_MAX = 4;
/** Of assemblies longer than this one is under way at once, bytes: all hold 56 MiB at most. */
const LARGE_LENGTH = 8_388_608;

export class MetadataFetch<Peer> implements Machine<
  MetadataFetchInput<Peer>,
  MetadataFetchOutput<Peer>
> {
  readonly #hashes: MetadataHashes;
  readonly #hash: (bytes: Uint8Array, kind: HashKind) => Uint8Array;
  readonly #sources = new Map<Peer, Source<Peer>>();
  readonly #assemblies = new Set<Assembly<Peer>>();
  /** Lengths at which a shared assembly did not match, with the digests of what each peer gave to it. */
  readonly #mismatched = new Map<number, Map<Peer, Map<number, Uint8Array>>>();
  #outputs: MetadataFetchOutput<Peer>[] = [];
  #deadline: Millis | undefined;
  #isDone = false;

  constructor(hashes: MetadataHashes, hash: (bytes: Uint8Array, kind: HashKind) => Uint8Array) {
    this.#hashes = hashes;
    this.#hash = hash;
  }

  get deadline(): Millis | undefined {
    return this.#deadline;
  }

  step(
    input: MetadataFetchInput<Peer> | { readonly type: 'timeout' },
    now: Millis,
  ): readonly MetadataFetchOutput<Peer>[] {
    if (this.#isDone) return [];
    this.#outputs = [];
    this.#take(input, now);
    if (this.#isDone) return this.#outputs;
    this.#expire(now);
    this.#giveTurns(now);
    for (const assembly of this.#assemblies) if (assembly.started) this.#assign(assembly, now);
    this.#deadline = this.#nextDeadline(now);
    return this.#outputs;
  }

  #take(input: MetadataFetchInput<Peer> | { readonly type: 'timeout' }, now: Millis): void {
    switch (input.type) {
      case 'timeout':
        return;
      case 'peer-offers':
        return this.#offer(input.peer, input.size);
      case 'peer-gone':
        return this.#remove(this.#sources.get(input.peer));
      case 'data':
        return this.#receive(input.peer, input.piece, input.totalSize, input.bytes, now);
      case 'reject':
        return this.#reject(input.peer, input.piece, now);
    }
  }

  #offer(peer: Peer, size: number): void {
    const before = this.#sources.get(peer);
    if (before?.assembly.size === size) return;
    this.#remove(before);
    if (size < 1 || this.#sources.size >= PEERS_MAX) return;
    if (size > METADATA_LENGTH_MAX) {
      const fault = new PeerFault('METADATA_TOO_LONG', { size });
      this.#outputs.push({ type: 'fault', peer, fault });
      return;
    }
    this.#join(peer, this.#sharedAssembly(size) ?? this.#openAssembly(size));
  }

  #sharedAssembly(size: number): Assembly<Peer> | undefined {
    if (this.#mismatched.has(size)) return undefined;
    for (const assembly of this.#assemblies) if (assembly.size === size) return assembly;
    return undefined;
  }

  #openAssembly(size: number): Assembly<Peer> {
    const assembly: Assembly<Peer> = {
      size,
      sources: new Set(),
      pieces: new Map(),
      pending: new Set(),
      started: undefined,
      turns: 0,
    };
    this.#assemblies.add(assembly);
    return assembly;
  }

  #join(peer: Peer, assembly: Assembly<Peer>): void {
    const source = { peer, assembly, requests: new Map(), strikes: 0, readyAt: -Infinity };
    this.#sources.set(peer, source);
    assembly.sources.add(source);
  }

  #remove(source: Source<Peer> | undefined): void {
    if (source === undefined) return;
    const { assembly } = source;
    this.#sources.delete(source.peer);
    assembly.sources.delete(source);
    if (assembly.sources.size === 0) this.#assemblies.delete(assembly);
    for (const piece of source.requests.keys()) release(assembly, piece);
    for (const [size, given] of this.#mismatched) {
      given.delete(source.peer);
      if (given.size === 0) this.#mismatched.delete(size); // or liars could name lengths without end
    }
  }

  #fault(
    peer: Peer,
    code: string,
    details: { readonly size: number; readonly piece?: number },
  ): void {
    const source = this.#sources.get(peer);
    if (source === undefined) return; // it has left
    this.#remove(source);
    this.#outputs.push({ type: 'fault', peer, fault: new PeerFault(code, details) });
  }

  #receive(peer: Peer, piece: number, totalSize: number, bytes: Uint8Array, now: Millis): void {
    const source = this.#sources.get(peer);
    if (source === undefined || !source.requests.delete(piece)) return; // not asked for, or no longer
    const { assembly } = source;
    const { size, pieces, pending, started } = assembly;
    if (totalSize !== size || bytes.length !== metadataPieceLength(size, piece)) {
      release(assembly, piece);
      return this.#fault(peer, 'BAD_METADATA_PIECE', { size, piece });
    }
    source.strikes = 0;
    if (pieces.has(piece)) return; // another was faster
    pieces.set(piece, { from: peer, bytes: bytes.slice() });
    pending.delete(piece);
    if (started) started.progressAt = now;
    if (pieces.size === metadataPieceCount(size)) this.#verify(assembly);
  }

  #verify(assembly: Assembly<Peer>): void {
    const { size, pieces } = assembly;
    const infoBytes = concatBytes(
      Array.from(
        { length: pieces.size },
        (_, piece) => pieces.get(piece)?.bytes ?? new Uint8Array(0),
      ),
    );
    if (this.#isTrue(infoBytes)) {
      this.#isDone = true;
      this.#deadline = undefined;
      this.#outputs.push({ type: 'done', infoBytes });
      return this.#faultLiars(infoBytes);
    }
    const contributors = new Set(Array.from(pieces.values(), ({ from }) => from));
    const [first] = contributors;
    if (contributors.size === 1 && first !== undefined) {
      reset(assembly);
      return this.#fault(first, 'BAD_METADATA', { size });
    }
    this.#separate(assembly);
  }

  #isTrue(infoBytes: Uint8Array): boolean {
    const { infoHash, infoHashV2 } = this.#hashes;
    const hash = this.#hash;
    return (
      (infoHash === undefined || equalBytes(hash(infoBytes, 'sha1'), idBytes(infoHash))) &&
      (infoHashV2 === undefined || equalBytes(hash(infoBytes, 'sha256'), idBytes(infoHashV2)))
    );
  }

  /** Somebody lied, and it cannot be said who: from here on, each peer is tried alone. */
  #separate(assembly: Assembly<Peer>): void {
    const given = new Map<Peer, Map<number, Uint8Array>>();
    for (const [piece, { from, bytes }] of assembly.pieces) {
      const digests = given.get(from) ?? new Map<number, Uint8Array>();
      given.set(from, digests.set(piece, this.#hash(bytes, 'sha1')));
    }
    this.#mismatched.set(assembly.size, given);
    this.#assemblies.delete(assembly);
    for (const { peer } of assembly.sources) this.#join(peer, this.#openAssembly(assembly.size));
  }

  /** Now that the truth is known, finds those who gave other bytes. */
  #faultLiars(infoBytes: Uint8Array): void {
    const size = infoBytes.length;
    const pieces = Array.from({ length: metadataPieceCount(size) }, (_, piece) => {
      const begin = piece * metadataPieceLength(size, 0);
      return infoBytes.subarray(begin, begin + metadataPieceLength(size, piece));
    });
    const liars = new Set<Peer>();
    for (const [peer, digests] of this.#mismatched.get(size) ?? []) {
      for (const [piece, digest] of digests) {
        const truth = pieces[piece];
        if (truth && !equalBytes(this.#hash(truth, 'sha1'), digest)) liars.add(peer);
      }
    }
    for (const assembly of this.#assemblies) {
      if (assembly.size !== size) continue;
      for (const [piece, { from, bytes }] of assembly.pieces) {
        const truth = pieces[piece];
        if (truth && !equalBytes(truth, bytes)) liars.add(from);
      }
    }
    for (const peer of liars) this.#fault(peer, 'BAD_METADATA', { size });
  }

  #reject(peer: Peer, piece: number, now: Millis): void {
    const source = this.#sources.get(peer);
    if (source === undefined || !source.requests.delete(piece)) return;
    strike(source, now);
    release(source.assembly, piece);
  }

  #expire(now: Millis): void {
    for (const source of this.#sources.values()) {
      for (const [piece, request] of source.requests) {
        if (request.state === 'fresh' && now >= request.sentAt + SLOW_MS) {
          request.state = 'slow';
          release(source.assembly, piece);
        }
        if (request.state === 'slow' && now >= request.sentAt + REQUEST_TIMEOUT_MS) {
          request.state = 'expired';
          strike(source, now);
          release(source.assembly, piece);
        }
      }
    }
  }

  /** If any wait, ends the turns of those who hold them up. */
  #giveTurns(now: Millis): void {
    if (this.#startWaiting(now)) return;
    for (const assembly of this.#assemblies) {
      if (assembly.started && now >= turnEnd(assembly, assembly.started)) reset(assembly);
    }
    this.#startWaiting(now);
  }

  /** Starts as many as may be under way; true when none is left to wait. */
  #startWaiting(now: Millis): boolean {
    const waiting = [...this.#assemblies].filter(({ started }) => started === undefined);
    // those who had fewer turns first, then the length that most peers agree on
    waiting.sort((a, b) => a.turns - b.turns || b.sources.size - a.sources.size);
    for (const assembly of waiting) if (this.#mayStart(assembly)) start(assembly, now);
    return waiting.every(({ started }) => started !== undefined);
  }

  #mayStart({ size }: Assembly<Peer>): boolean {
    const started = [...this.#assemblies].filter((assembly) => assembly.started !== undefined);
    const isLargeTaken = started.some((assembly) => assembly.size > LARGE_LENGTH);
    return started.length < STARTED_MAX && !(size > LARGE_LENGTH && isLargeTaken);
  }

  /** Asks for pending pieces, of the peers with the fewest open requests. */
  #assign(assembly: Assembly<Peer>, now: Millis): void {
    const free = [...assembly.sources].filter((source) => hasRoom(source, now));
    for (const piece of assembly.pending) {
      if (free.length === 0) return;
      free.sort((a, b) => outstanding(a) - outstanding(b));
      const source = free.find(({ requests }) => isAskable(requests.get(piece)));
      if (source === undefined) continue; // all that are free have been asked already
      source.requests.set(piece, { sentAt: now, state: 'fresh' });
      assembly.pending.delete(piece);
      this.#outputs.push({ type: 'request', peer: source.peer, piece });
      if (!hasRoom(source, now)) free.splice(free.indexOf(source), 1);
    }
  }

  #nextDeadline(now: Millis): Millis | undefined {
    let next = Infinity;
    const isAnyWaiting = [...this.#assemblies].some(({ started }) => started === undefined);
    for (const assembly of this.#assemblies) {
      if (assembly.started === undefined) continue;
      if (isAnyWaiting) next = Math.min(next, turnEnd(assembly, assembly.started));
      for (const { requests, readyAt } of assembly.sources) {
        if (assembly.pending.size > 0 && readyAt > now) next = Math.min(next, readyAt);
        for (const { sentAt, state } of requests.values()) {
          if (state === 'fresh') next = Math.min(next, sentAt + SLOW_MS);
          if (state === 'slow') next = Math.min(next, sentAt + REQUEST_TIMEOUT_MS);
        }
      }
    }
    return next === Infinity ? undefined : next;
  }
}
