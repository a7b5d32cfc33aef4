/**
 * Free riders and givers in one swarm, with equal lines and the same engine: how long each takes, and
 * what each has when the median giver is done.
 */
import assert from 'node:assert/strict';
import type { HostOptions } from '@coequal/simulator';
import { addLiar, FREE_RIDER } from '../sim/add-liar.ts';
import type { LiarKind } from '../sim/liar-kinds.ts';
import { SwarmWorld } from '../sim/swarm-world.ts';
import type { Member } from '../sim/swarm-world.ts';

/** Of virtual time. */
const LIMIT_MS = 60 * 60_000;
const SAMPLE_MS = 500;
const PIECE_LENGTH = 32_768;
const PIECES = 96;
const GIVERS = 30;
const FREE_RIDERS = 10;
/** Those who neither take nor give anything that is of use. */
const LIARS: readonly LiarKind[] = [
  'wrong-bytes',
  'false-bitfield',
  'false-haves',
  'never-unchokes',
  'chokes-at-once',
  'piece-flood',
  'slow-loris',
  'garbage',
];
const HASHER = { slotLength: PIECE_LENGTH, slotCount: 32 };
const LINE = { up: 50_000, down: 1_000_000 };
/** Limits that the owners of these lines set: a fifth below what they take. */
const UP_MAX = 40_000;
const SEED_UP_MAX = 200_000;
/** How far the median giver is when shares are compared for the first time. */
const EARLY_SHARE = 0.75;

export interface FreeRiderWorld {
  readonly hasLiars: boolean;
  /** `leaves`: once every piece is with one giver or another. */
  readonly seed: 'stays' | 'leaves';
  /** Whether owners have told their engines what their lines take. */
  readonly limits: 'set' | 'none';
}

export interface FreeRiderOutcome {
  /** Median times to completion. */
  readonly giverMs: number;
  readonly freeRiderMs: number;
  /** Median share that free riders have when the median giver has three quarters, and when it has all. */
  readonly earlyShare: number;
  readonly lateShare: number;
}

export async function measureFreeRiders(
  seed: number,
  { hasLiars, seed: seedWay, limits }: FreeRiderWorld,
): Promise<FreeRiderOutcome> {
  const swarm = await SwarmWorld.open({
    seed,
    latencyMs: [20, 200],
    loss: 0.01,
    bandwidth: LINE,
    length: PIECES * PIECE_LENGTH,
    pieceLength: PIECE_LENGTH,
    peersPerAnnounce: 20,
    announceSeconds: 60,
    seedHost: { hasher: HASHER, bandwidth: { up: 250_000, down: 1_000_000 } },
    seedOptions: { engine: { uploadBytesPerSecondMax: SEED_UP_MAX } },
  });
  const givers: Member[] = [];
  const riders: Member[] = [];
  for (let index = 0; index < GIVERS + FREE_RIDERS; index++) {
    const isRider = index % 4 === 3;
    const host = swarm.world.host(placeOf(isRider ? 'free-rider' : 'giver', index));
    const engine = limits === 'set' ? { uploadBytesPerSecondMax: UP_MAX } : {};
    const member = await swarm.join(host, { engine, ...(isRider && FREE_RIDER) });
    (isRider ? riders : givers).push(member);
  }
  for (const [index, kind] of (hasLiars ? LIARS : []).entries()) {
    await addLiar(swarm, swarm.world.host(placeOf(kind, GIVERS + FREE_RIDERS + index)), kind);
  }
  const start = swarm.world.now;
  const doneAt = new Map<Member, number>();
  let earlyShare: number | undefined;
  let lateShare: number | undefined;
  const sample = (): void => {
    const now = swarm.world.now - start;
    for (const member of [...givers, ...riders]) {
      if (!doneAt.has(member) && swarm.isComplete(member)) doneAt.set(member, now);
    }
    const giverShare = median(givers.map(shareOf));
    if (giverShare >= EARLY_SHARE) earlyShare ??= median(riders.map(shareOf));
    if (giverShare === 1) lateShare ??= median(riders.map(shareOf));
    const [first] = swarm.members;
    if (seedWay === 'leaves' && first?.host.isRunning === true && isSpread(givers))
      first.host.stop();
    swarm.world.after(SAMPLE_MS, sample);
  };
  sample();
  await swarm.world.run(() => doneAt.size === givers.length + riders.length, LIMIT_MS);
  for (const member of [...givers, ...riders]) swarm.assertEqualBytes(member);
  await swarm.close();
  assert.ok(earlyShare !== undefined && lateShare !== undefined);
  const timeOf = (member: Member): number => doneAt.get(member) ?? Infinity;
  return {
    giverMs: median(givers.map(timeOf)),
    freeRiderMs: median(riders.map(timeOf)),
    earlyShare,
    lateShare,
  };
}

function placeOf(name: string, index: number): HostOptions {
  return { name: `${name}-${index}`, address: `${20 + index}.${index}.1.1`, hasher: HASHER };
}

/** Whether the givers have every piece among them, by what they have told each other. */
function isSpread(givers: readonly Member[]): boolean {
  const addresses = new Set(givers.map(({ host }) => host.address));
  const had = new Set<number>();
  for (const { torrent } of givers) {
    for (const { remote, peer } of torrent?.swarm.links() ?? []) {
      if (addresses.has(remote.host)) for (const piece of peer.pieces ?? []) had.add(piece);
    }
  }
  return had.size === PIECES;
}

function shareOf({ torrent }: Member): number {
  return (torrent?.stats.piecesHad ?? 0) / PIECES;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
