/**
 * Serving: who is unchoked, and sending the blocks they ask for. Part of the data path: blocks go
 * from the read cache to the socket without a copy, many in one write.
 */
import { LeanMap, LocalFault, PeerFault } from '@coequal/base';
import type { Hasher, Millis } from '@coequal/base';
import { BLOCK_LENGTH } from '../../core/blocks.ts';
import type { BlockRequest } from '../../core/blocks.ts';
import { CHOKE_ROUND_MS, SLOTS_MAX, uploadSlots } from '../../core/swarm/choker.ts';
import type { ChokeCandidate, Choker } from '../../core/swarm/choker.ts';
import type { PastTurn } from '../../core/swarm/past-turns.ts';
import { parseAddress } from '../../core/compact-peers.ts';
import { ALLOWED_FAST_COUNT, allowedFastSet } from '../../core/wire/fast-extension.ts';
import type { InfoHash } from '../../core/ids.ts';
import {
  PIECE_HEADER_LENGTH,
  REQUEST_LENGTH_MAX,
  writePieceHeader,
} from '../../core/wire/peer-wire.ts';
import type { PeerLink } from './peer-link.ts';
import type { PieceStore } from '../storage/piece-store.ts';
import { UploadOrder } from './upload-order.ts';
import type { OrderView } from './upload-order.ts';
import type { StoredBytes } from '../storage/read-cache.ts';
import type { OwnUploadLimit } from './own-limits.ts';

/** What serving needs of the swarm. */
export interface UploadView extends OrderView {
  isSeed(): boolean;
  /** The peer was told that we have the piece: while we super-seed, few are (BEP 16). */
  isOffered(link: PeerLink, piece: number): boolean;
  storageFailed(fault: LocalFault): void;
}

/**
 * Bytes queued on one connection before we wait for it: what it takes in half a second. What is queued can
 * neither be cancelled nor choked. At most so much, since each of 100 peers may pin this much of the read
 * cache; at least so much, or a fast connection could not show what it takes.
 */
const SEND_AHEAD_MS = 500;
const SEND_AHEAD_MAX = 512 * 1024;
const SEND_AHEAD_MIN = 64 * 1024;
/** Bytes put into one write: with the header array it is one system call. */
const BATCH_LENGTH = 256 * 1024;

/**
 * Requests of a peer of which pieces are read before they are to be sent: two batches. A piece of many small
 * files takes as long to read as to send.
 */
const READ_AHEAD_COUNT = (2 * BATCH_LENGTH) / BLOCK_LENGTH;

/** A peer that has a slot and asks for nothing for so long, some round trips, does not need it. */
const SILENT_MS = 3_000;

/** What implied padding reads as. */
const PADDING = new Uint8Array(REQUEST_LENGTH_MAX);

/** The first block of a link's queue, when it was not in the read cache. */
type Reading =
  | { readonly type: 'waiting'; readonly block: BlockRequest }
  | { readonly type: 'ready'; readonly block: BlockRequest; readonly bytes: StoredBytes };

export class UploadFlow {
  /** Payload bytes handed to connections. */
  uploaded = 0;
  readonly #store: PieceStore;
  readonly #choker: Choker;
  readonly #limiter: OwnUploadLimit;
  readonly #view: UploadView;
  readonly #reading = new LeanMap<PeerLink, Reading>();
  /** Pieces that a choked peer may fetch, with the bytes it may still have of each: once, in all. */
  readonly #fastGrants = new LeanMap<PeerLink, Map<number, number>>();
  readonly #order: UploadOrder;
  #slots = 0;
  /** Slots in place of those that are not used. */
  #spareSlots = 0;
  /** When the number of slots is next thought over. */
  #slotsDueAt: Millis = 0;

  constructor(store: PieceStore, choker: Choker, limiter: OwnUploadLimit, view: UploadView) {
    this.#store = store;
    this.#order = new UploadOrder(store.map.pieceCount, view);
    this.#choker = choker;
    this.#limiter = limiter;
    this.#view = view;
  }

  requested(link: PeerLink, block: BlockRequest): void {
    const { map } = this.#store;
    const pieceLength = map.lengthOf(block.piece);
    if (
      block.length === 0 ||
      block.length > REQUEST_LENGTH_MAX ||
      block.begin >= pieceLength ||
      block.begin + block.length > map.paddedLengthOf(block.piece)
    ) {
      throw new PeerFault('BAD_REQUEST', { ...block, pieceLength });
    }
    // who was not sent anything for a while may have given up, and asks again: one answer will do
    const hasWaited = link.uploads.count > 0 && link.upMeter.recentRate(link.clock.now()) === 0;
    if (hasWaited && link.uploads.isNear(block)) return;
    const isAllowed = !link.isChoking || this.#spendFastGrant(link, block);
    const isServed = isAllowed && this.#isOffered(link, block.piece) && link.uploads.push(block);
    if (isServed) this.#order.asked(link, block.piece);
    else reject(link, block);
  }

  /** Lets a newcomer that has to wait for a slot fetch a few pieces meanwhile (BEP 6 "allowed fast"). */
  grantFast(link: PeerLink, infoHash: InfoHash, hash: Hasher['hash']): void {
    const { pieces, supports } = link.peer;
    const address = parseAddress(link.remote.host);
    const isNewcomer = pieces !== undefined && pieces.count < ALLOWED_FAST_COUNT;
    if (!link.isChoking || !supports.fast || !isNewcomer || address === undefined) return;
    // a seed serves everyone in turn: what it grants besides is mostly what another will get from it
    if (this.#view.isSeed() || this.#fastGrants.has(link)) return;
    const { have, map } = this.#store;
    const set = allowedFastSet(address, infoHash, map.pieceCount, ALLOWED_FAST_COUNT, hash);
    const granted = set.filter((piece) => have.has(piece));
    this.#fastGrants.set(link, new Map(granted.map((piece) => [piece, map.lengthOf(piece)])));
    for (const piece of granted) link.send({ type: 'allowed-fast', piece });
  }

  cancelled(link: PeerLink, block: BlockRequest): void {
    // BEP 6: a cancelled request still gets an answer
    if (link.uploads.cancel(block)) reject(link, block);
  }

  /** A peer has become interested, or is so no more. */
  interestChanged(link: PeerLink, now: Millis): void {
    const { isInterested } = link.peer;
    // in a swarm interest changes all the time, and each decision looks at every link
    if (isInterested !== link.isChoking) return;
    if (isInterested && now < (this.#choker.deadline ?? now)) return; // all slots are taken until then
    this.rechoke(now);
  }

  /** Decides anew who is unchoked; also called at once when a slot may be free. */
  rechoke(now: Millis): void {
    const isSeed = this.#view.isSeed();
    const links = new Map<number, PeerLink>();
    for (const link of this.#view.links())
      if (link.peer.pieces !== undefined) links.set(link.key, link);
    const candidates = Array.from(links.values(), (link) =>
      candidateOf(link, this.#order.pastOf(link, now), now),
    );
    const unused = this.#unusedSlots(now);
    this.#spareSlots = Math.max(unused, this.#spareSlots);
    if (now >= this.#slotsDueAt) {
      this.#slotsDueAt = now + CHOKE_ROUND_MS;
      this.#spareSlots = unused;
      const backlogged = candidates.filter(({ key }) => this.#isBacklogged(links.get(key))).length;
      this.#slots = uploadSlots(this.#limiter.limit, { slots: this.#slots, backlogged });
    }
    const slots = Math.min(SLOTS_MAX, this.#slots + this.#spareSlots);
    const rules = { slots, mode: isSeed ? 'seed' : 'leech' } as const;
    const unchoked = this.#choker.decide(candidates, rules, now);
    for (const [key, link] of links) this.#setChoked(link, !unchoked.has(key), now);
  }

  /** Sends as much of what the peer asked for as its connection, the limit and the disk allow. */
  pump(link: PeerLink): void {
    if (!link.isOpen || this.#reading.get(link)?.type === 'waiting') return;
    const batch: { block: BlockRequest; bytes: StoredBytes }[] = [];
    let length = 0;
    const ahead = sendAhead(link);
    while (length < BATCH_LENGTH && link.conn.queuedBytes + length < ahead) {
      const turn = this.#order.turnOf(link, link.clock.now());
      const block = link.uploads.first;
      if (block === undefined || turn === 'held') break;
      if (!this.#limiter.take(block.length, link, this, turn)) break;
      const bytes = this.#read(link, block);
      if (bytes === undefined) {
        this.#limiter.giveBack(block.length);
        break;
      }
      link.uploads.shift();
      this.#order.sent(link, block.piece, block.length, link.clock.now());
      batch.push({ block, bytes });
      length += block.length;
    }
    if (batch.length > 0) this.#send(link, batch, length);
    this.#readAhead(link);
  }

  /** The peer says that it got a piece. Of one that takes pieces back, it may be the same over and over. */
  gained(link: PeerLink, piece: number, now: Millis): void {
    if (link.uploads.count > 0) {
      const had = link.uploads.clear((queued) => queued.piece !== piece);
      for (const block of had) reject(link, block);
    }
    if (link.peer.hasLost) return;
    this.#order.gained(link, piece, this.#store.map.lengthOf(piece), now);
  }

  /** The peer says which pieces it has, all at once. */
  came(link: PeerLink, now: Millis): void {
    this.#order.came(link, now);
  }

  /** Once a second: what was held back may go now, and choking is decided anew when that is due. */
  tick(now: Millis): void {
    const isLimited = this.#limiter.limit !== undefined;
    let isBacklogged = false;
    for (const link of this.#view.links()) isBacklogged ||= this.#isBacklogged(link);
    this.#order.tick(isLimited, isBacklogged, now);
    for (const link of this.#view.links()) if (link.uploads.count > 0) this.pump(link);
    const isDue = now >= (this.#choker.deadline ?? Infinity);
    if (isDue || this.#unusedSlots(now) > this.#spareSlots) this.rechoke(now);
  }

  /** The link has ended, and is none of the swarm's any more. */
  gone(link: PeerLink, now: Millis): void {
    this.#order.gone(link, now);
    this.#dropReading(link);
    this.#fastGrants.delete(link);
    link.uploads.clear();
    this.#limiter.forget(link);
    if (!link.isChoking) this.rechoke(now);
  }

  #isOffered(link: PeerLink, piece: number): boolean {
    return this.#store.have.has(piece) && this.#view.isOffered(link, piece);
  }

  #spendFastGrant(link: PeerLink, block: BlockRequest): boolean {
    const grants = this.#fastGrants.get(link);
    const left = grants?.get(block.piece) ?? 0;
    if (left < block.length) return false;
    grants?.set(block.piece, left - block.length);
    return true;
  }

  /** Of a seed that is short of bandwidth: slots of peers that ask for nothing, or that are held back. */
  #unusedSlots(now: Millis): number {
    if (!this.#view.choosesOrder() || this.#limiter.limit === undefined) return 0;
    let unused = 0;
    for (const link of this.#view.links()) {
      if (link.isChoking || !link.peer.isInterested) continue;
      const isSilent =
        link.uploads.count === 0 &&
        now - (link.unchokedAt ?? now) >= SILENT_MS &&
        link.upMeter.recentRate(now) === 0;
      if (isSilent || this.#order.canSpare(link, now)) unused += 1;
    }
    return unused;
  }

  /** Its connection takes less than we have for it. */
  #isBacklogged(link: PeerLink | undefined): boolean {
    return link !== undefined && link.uploads.count > 0 && link.conn.queuedBytes > 0;
  }

  #send(
    link: PeerLink,
    batch: readonly { block: BlockRequest; bytes: StoredBytes }[],
    length: number,
  ): void {
    const headers = new Uint8Array(batch.length * PIECE_HEADER_LENGTH);
    const chunks: Uint8Array[] = [];
    for (const [index, { block, bytes }] of batch.entries()) {
      const at = index * PIECE_HEADER_LENGTH;
      writePieceHeader(headers, at, block.piece, block.begin, block.length);
      chunks.push(headers.subarray(at, at + PIECE_HEADER_LENGTH), ...bytes.chunks);
      const padding = block.length - this.#storedLengthOf(block);
      if (padding > 0) chunks.push(PADDING.subarray(0, padding));
    }
    const now = link.clock.now();
    link.uploaded += length;
    link.upMeter.add(length, now);
    this.uploaded += length;
    link.sendBlocks(chunks, () => {
      for (const { bytes } of batch) bytes.release();
      this.pump(link);
    });
  }

  /** The block's bytes if they are at hand; else undefined, and `pump` is called when they are. */
  #read(link: PeerLink, block: BlockRequest): StoredBytes | undefined {
    const before = this.#reading.get(link);
    if (before?.type === 'ready' && before.block === block) {
      this.#reading.delete(link);
      return before.bytes;
    }
    this.#dropReading(link); // what it was for was cancelled meanwhile
    const found = this.#store.read(block.piece, block.begin, this.#storedLengthOf(block));
    if (!(found instanceof Promise)) return found;
    const reading: Reading = { type: 'waiting', block };
    this.#reading.set(link, reading);
    found.then(
      (bytes) => this.#arrived(link, reading, bytes),
      (error: unknown) => this.#failed(link, reading, error),
    );
    return undefined;
  }

  /** Of the pieces of requests that come next. A link that is read for already has them begun. */
  #readAhead(link: PeerLink): void {
    let last: number | undefined;
    for (let index = 0; index < READ_AHEAD_COUNT; index++) {
      const block = link.uploads.at(index);
      if (block === undefined) return;
      if (block.piece !== last) this.#store.prepareRead(block.piece, block.begin);
      last = block.piece;
    }
  }

  /** Bytes of a block that are content: the last one of a file may reach into padding. */
  #storedLengthOf({ piece, begin, length }: BlockRequest): number {
    return Math.min(length, this.#store.map.lengthOf(piece) - begin);
  }

  #arrived(link: PeerLink, reading: Reading, bytes: StoredBytes): void {
    if (this.#reading.get(link) !== reading) {
      bytes.release(); // the link is gone, or was choked
      return;
    }
    this.#reading.set(link, { type: 'ready', block: reading.block, bytes });
    this.pump(link);
    if (link.uploads.count === 0) this.#dropReading(link); // all was cancelled meanwhile
  }

  #dropReading(link: PeerLink): void {
    const reading = this.#reading.get(link);
    if (reading?.type === 'ready') reading.bytes.release();
    this.#reading.delete(link);
  }

  #failed(link: PeerLink, reading: Reading, error: unknown): void {
    if (!(error instanceof LocalFault)) throw error;
    if (this.#reading.get(link) === reading) this.#reading.delete(link);
    if (link.uploads.cancel(reading.block)) reject(link, reading.block);
    this.#view.storageFailed(error);
    this.pump(link);
  }

  #setChoked(link: PeerLink, isChoking: boolean, now: Millis): void {
    if (link.isChoking === isChoking) return;
    link.isChoking = isChoking;
    if (isChoking) this.#order.choked(link);
    else this.#order.suggest(link);
    link.send({ type: isChoking ? 'choke' : 'unchoke' });
    if (isChoking) {
      this.#dropReading(link);
      const grants = this.#fastGrants.get(link);
      const isKept = (block: BlockRequest): boolean => grants?.has(block.piece) === true;
      for (const block of link.uploads.clear(isKept)) reject(link, block);
    } else {
      link.unchokedAt = now;
      link.uploadedBefore = link.uploaded;
    }
  }
}

function sendAhead(link: PeerLink): number {
  const rate = link.upMeter.recentRate(link.clock.now());
  return Math.min(SEND_AHEAD_MAX, Math.max(SEND_AHEAD_MIN, (rate * SEND_AHEAD_MS) / 1_000));
}

/** BEP 6: every request gets an answer. Without it, silence says the same. */
function reject(link: PeerLink, block: BlockRequest): void {
  if (link.peer.supports.fast) link.send({ type: 'reject', ...block });
}

/** A peer counts as new for three rounds: by then it has something to give. */
const NEW_MS = 3 * CHOKE_ROUND_MS;

function candidateOf(link: PeerLink, past: PastTurn | undefined, now: Millis): ChokeCandidate {
  const { peer } = link;
  return {
    key: link.key,
    isInterested: peer.isInterested && !peer.isUploadOnly,
    isUnchoked: !link.isChoking,
    downRate: link.downMeter.rate(now),
    unchokedAt: link.unchokedAt ?? past?.unchokedAt,
    wasFickle: past?.wasFickle === true,
    givenBytes: link.uploaded - link.uploadedBefore,
    silentSince: link.outstanding.count > 0 && !peer.isChoking ? link.lastBlockAt : undefined,
    isNew: now - link.openedAt < NEW_MS,
  };
}
