/**
 * Whom we upload to (BEP 3, "choking and optimistic unchoking"): while we leech, those who give us
 * most and one in turn besides; while we seed, everyone in turn.
 */
import type { Millis } from '@coequal/base';
import type { PeerKey } from '../picker/peer-key.ts';
import { pickWeighted, shuffle } from './random-choice.ts';

/** Who gives most is judged anew so often (BEP 3): a peer needs that long to show what it gives. */
export const CHOKE_ROUND_MS = 10_000;

/** An optimistic unchoke lasts that long (BEP 3): three rounds, for the other side to notice us. */
const OPTIMISTIC_MS = 30_000;

/** New peers are that many times as likely to be unchoked optimistically (BEP 3): they have nothing to give. */
const NEW_PEER_WEIGHT = 3;

/** One slot in so many is optimistic. */
const SLOTS_PER_OPTIMISTIC = 5;

/** A peer that sends nothing for so long while we wait has snubbed us (BEP 3, "anti-snubbing"). */
export const SNUBBED_MS = 60_000;

/** While seeding, a peer keeps its slot until it had that much, or for that long if it takes little. */
const SEED_TURN_BYTES = 16 * 1_024 * 1_024;
const SEED_TURN_MS = 30_000;

export interface ChokeCandidate {
  readonly key: PeerKey;
  readonly isInterested: boolean;
  readonly isUnchoked: boolean;
  /** Bytes per second from them to us. */
  readonly downRate: number;
  /** When it was last unchoked, even if it is choked again or has been away; undefined: never. */
  readonly unchokedAt: Millis | undefined;
  /** It went off lately with what nobody else had. */
  readonly wasFickle: boolean;
  /** Bytes that it had from us since it was last unchoked. */
  readonly givenBytes: number;
  /** Since when it owes us blocks, unchokes us, and has sent none; undefined: it does not. */
  readonly silentSince: Millis | undefined;
  /** Connected less than a few rounds ago. */
  readonly isNew: boolean;
}

export interface ChokerOptions {
  /** Uniform in [0, 1). */
  random(): number;
}

/** Slots are 1 or more. */
export interface ChokeRules {
  readonly slots: number;
  readonly mode: 'leech' | 'seed';
}

/** `decide` at once when a peer becomes interested or leaves, and at `deadline`. */
export class Choker {
  readonly #random: () => number;
  #roundAt: Millis | undefined;
  #optimistic = new Set<PeerKey>();
  #optimisticUntil: Millis = 0;
  #isContended = false;

  constructor(options: ChokerOptions) {
    this.#random = () => options.random();
  }

  /** When the next round is due; none while every interested peer has a slot. */
  get deadline(): Millis | undefined {
    return this.#isContended ? this.#roundAt : undefined;
  }

  /**
   * The peers to be unchoked: all others are to be choked. Between rounds nobody who is interested
   * loses its slot, and free slots are filled.
   */
  decide(
    candidates: readonly ChokeCandidate[],
    rules: ChokeRules,
    now: Millis,
  ): ReadonlySet<PeerKey> {
    const interested = candidates.filter((candidate) => candidate.isInterested);
    this.#isContended = interested.length > rules.slots;
    const isRound = this.#roundAt === undefined || now >= this.#roundAt;
    if (isRound) this.#roundAt = now + CHOKE_ROUND_MS;
    if (!this.#isContended) return new Set(interested.map(({ key }) => key));
    const shuffled = shuffle(interested, this.#random);
    if (!isRound) return keysOf(keepAndFill(shuffled, rules, now));
    if (rules.mode === 'seed') return keysOf(rankForSeed(shuffled, now).slice(0, rules.slots));
    return keysOf(this.#chooseForLeech(shuffled, rules.slots, now));
  }

  /** Those who give most, and some by lot. */
  #chooseForLeech(
    interested: readonly ChokeCandidate[],
    slots: number,
    now: Millis,
  ): readonly ChokeCandidate[] {
    const ranked = rankForLeech(interested, now);
    const optimisticCount = slots > 1 ? Math.max(1, Math.floor(slots / SLOTS_PER_OPTIMISTIC)) : 0;
    const regular = ranked.slice(0, slots - optimisticCount);
    const others = ranked.slice(slots - optimisticCount);
    return [...regular, ...this.#chooseOptimistic(others, optimisticCount, now)];
  }

  /** The same ones until their time is over, then others; by lot. */
  #chooseOptimistic(
    others: readonly ChokeCandidate[],
    count: number,
    now: Millis,
  ): readonly ChokeCandidate[] {
    const isOver = now >= this.#optimisticUntil;
    const chosen = isOver ? [] : others.filter(({ key }) => this.#optimistic.has(key));
    const fresh = others.filter(({ key }) => !this.#optimistic.has(key));
    const stale = others.filter(({ key }) => this.#optimistic.has(key));
    while (chosen.length < count && fresh.length > 0) {
      const weights = fresh.map(({ isNew }) => (isNew ? NEW_PEER_WEIGHT : 1));
      chosen.push(...fresh.splice(pickWeighted(weights, this.#random), 1));
    }
    if (isOver) chosen.push(...stale);
    this.#optimistic = keysOf(chosen.slice(0, count));
    if (isOver) this.#optimisticUntil = now + OPTIMISTIC_MS;
    return chosen.slice(0, count);
  }
}

/** Between rounds: whoever has a slot keeps it, and who comes first of the others gets what is free. */
function keepAndFill(
  interested: readonly ChokeCandidate[],
  { slots, mode }: ChokeRules,
  now: Millis,
): readonly ChokeCandidate[] {
  const ranked = mode === 'seed' ? rankForSeed(interested, now) : rankForLeech(interested, now);
  const kept = ranked.filter(({ isUnchoked }) => isUnchoked);
  const waiting = ranked.filter(({ isUnchoked }) => !isUnchoked);
  return [...kept, ...waiting].slice(0, slots);
}

/** By what they give. Who snubs us comes last: it has the optimistic slot only. */
function rankForLeech(
  interested: readonly ChokeCandidate[],
  now: Millis,
): readonly ChokeCandidate[] {
  const valueOf = (candidate: ChokeCandidate): number =>
    isSnubbing(candidate, now) ? -1 : candidate.downRate;
  return interested.toSorted(
    (a, b) => valueOf(b) - valueOf(a) || Number(b.isUnchoked) - Number(a.isUnchoked),
  );
}

/**
 * Round robin with quanta, as libtorrent's: whose turn is not over stays; then those who waited
 * longest, never unchoked ones first; then those who went off with what nobody else had; then those
 * whose turn is over, who had least first.
 */
function rankForSeed(
  interested: readonly ChokeCandidate[],
  now: Millis,
): readonly ChokeCandidate[] {
  const groupOf = (candidate: ChokeCandidate): number => {
    if (!candidate.isUnchoked) return candidate.wasFickle ? 2 : 1;
    return isTurnOver(candidate, now) ? 3 : 0;
  };
  return interested.toSorted((a, b) => {
    const group = groupOf(a);
    if (group !== groupOf(b)) return group - groupOf(b);
    if (group === 0 || group === 3) return a.givenBytes - b.givenBytes;
    const [sinceA, sinceB] = [sinceOf(a), sinceOf(b)];
    return sinceA === sinceB ? 0 : sinceA - sinceB; // -Infinity of both would give NaN
  });
}

/** Upload slots in use and how they fare. */
export interface SlotUse {
  readonly slots: number;
  /** Unchoked peers for whom bytes wait that the network does not take yet. */
  readonly backlogged: number;
}

/** Unlimited: fewer slots than that leave a fast link idle, and tit for tat without a choice. */
const SLOTS_START = 8;

/** More slots would give each too little to be worth reciprocating. */
export const SLOTS_MAX = 20;

/** Limited: two to reciprocate and one optimistic, however little there is. */
const SLOTS_MIN = 3;

/** Limited: a slot that gives less than that is not worth having. */
const BYTES_PER_SECOND_PER_SLOT = 100_000;

/**
 * How many peers to upload to at once; asked once a round. With a limit, one for each 100 KB/s. Without
 * one, a slot is added while fewer than half of the peers have bytes waiting: the link takes more.
 */
export function uploadSlots(limitBytesPerSecond: number | undefined, use: SlotUse): number {
  if (limitBytesPerSecond !== undefined) {
    const slots = Math.floor(limitBytesPerSecond / BYTES_PER_SECOND_PER_SLOT);
    return Math.min(SLOTS_MAX, Math.max(SLOTS_MIN, slots));
  }
  const isUnused = use.backlogged * 2 < use.slots;
  const isOverfull = use.backlogged >= use.slots;
  const slots = use.slots + (isUnused ? 1 : 0) - (isOverfull ? 1 : 0);
  return Math.min(SLOTS_MAX, Math.max(SLOTS_START, slots));
}

function isSnubbing({ silentSince }: ChokeCandidate, now: Millis): boolean {
  return silentSince !== undefined && now - silentSince >= SNUBBED_MS;
}

function isTurnOver({ givenBytes, unchokedAt }: ChokeCandidate, now: Millis): boolean {
  return givenBytes >= SEED_TURN_BYTES || now - (unchokedAt ?? now) >= SEED_TURN_MS;
}

function sinceOf({ unchokedAt }: ChokeCandidate): Millis {
  return unchokedAt ?? Number.NEGATIVE_INFINITY;
}

function keysOf(candidates: readonly ChokeCandidate[]): Set<PeerKey> {
  return new Set(candidates.map(({ key }) => key));
}
