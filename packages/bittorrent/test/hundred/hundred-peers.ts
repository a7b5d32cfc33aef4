/**
 * A hundred peers, a third of whom lie: all honest ones finish, and the only seed sends hardly more
 * than one copy. The seeds are dealt to several files, which run side by side.
 */
import assert from 'node:assert/strict';
import { appendFileSync } from 'node:fs';
import { test } from 'node:test';
import { churn } from '@coequal/simulator';
import type { Bandwidth, HostOptions } from '@coequal/simulator';
import { addLiar, ANY_LIAR_KINDS } from '../sim/add-liar.ts';
import { SwarmWorld } from '../sim/swarm-world.ts';
import type { Member } from '../sim/swarm-world.ts';
import { UploadLedger } from '../sim/upload-ledger.ts';

const SEEDS_USUAL = 50;
const SEEDS_LONG = 500;
const HONEST = 66;
const LIARS = 33;
/** Honest ones that come and go. */
const UNSTEADY = 12;
/** One in so many honest ones begins with a magnet link. */
const MAGNET_SHARE = 8;
/** Of virtual time. */
const LIMIT_MS = 60 * 60_000;
const LOCAL_TIME_MS = 5 * 60_000;

const PIECE_LENGTH = 32_768;
const PIECES = 80;
const BANDWIDTH: Bandwidth = { up: 250_000, down: 1_000_000 };
/** The only seed is what the swarm waits for, and its owner has set a limit below what its line takes. */
const SEED_BYTES_PER_SECOND = 100_000;
/**
 * Payload that the only seed may send, in copies: to honest peers, of that what no crash made needed, and in all, which
 * counts what takers got besides, who look like anyone until they have had something. The goal is 1.10 to honest peers:
 * docs/swarm-simulation.md.
 */
const COPIES_TO_HONEST_MAX = 1.1;
const COPIES_AGAIN_MAX = 0.15;
const COPIES_TO_ALL_MAX = 2;
/** Of one peer: what was late, doubled or wrong. */
const WASTED_MAX = 2;

/** Pieces here fit one slot each: 1 MiB for each of a hundred engines. */
const HASHER = { slotLength: PIECE_LENGTH, slotCount: 32 };

/** What one run showed. */
export interface Outcome {
  /** Virtual time until the last steady one had all. */
  readonly steadyMs: number;
  /** Payload that the seed sent while no other peer had all, in copies: to honest peers, and to all. */
  readonly copiesToHonest: number;
  readonly copiesToAll: number;
  /** Of what went to honest peers, what it would not have had to send, as far as it could know: `UploadLedger`. */
  readonly copiesAgain: number;
  /** As `copiesToHonest`, over the whole run. */
  readonly copiesInTheEnd: number;
  readonly wastedMax: number;
}

/** One test for each seed of the hand: `hand`, `hand + hands` and so on. */
export function testSeeds(hand: number, hands: number): void {
  for (let seed = hand; seed <= seedCount(); seed += hands) {
    test(
      `a hundred peers of whom a third lie finish from seed ${seed}`,
      { timeout: LOCAL_TIME_MS },
      async (context) => {
        const outcome = await finishFrom(seed);
        const { steadyMs, copiesToHonest, copiesAgain, copiesToAll, wastedMax } = outcome;
        const { COEQUAL_OUTCOMES: file } = process.env;
        if (file !== undefined) appendFileSync(file, `${JSON.stringify({ seed, ...outcome })}\n`);
        context.diagnostic(
          `${(steadyMs / 1_000).toFixed(0)} s, copies sent by the seed: ${copiesToHonest.toFixed(3)} to honest peers ` +
            `(${copiesAgain.toFixed(3)} for no crash), ${copiesToAll.toFixed(3)} in all; most wasted by one: ${wastedMax.toFixed(2)}`,
        );
        assert.ok(
          copiesToHonest <= COPIES_TO_HONEST_MAX,
          `${copiesToHonest} copies to honest peers`,
        );
        assert.ok(copiesAgain <= COPIES_AGAIN_MAX, `${copiesAgain} copies again`);
        assert.ok(copiesToAll <= COPIES_TO_ALL_MAX, `${copiesToAll} copies in all`);
        assert.ok(wastedMax <= WASTED_MAX, `one wasted ${wastedMax} copies`);
      },
    );
  }
}

function seedCount(): number {
  const { COEQUAL_SEEDS: chosen, COEQUAL_LONG: long } = process.env;
  if (chosen !== undefined) return Number(chosen);
  return long === '1' ? SEEDS_LONG : SEEDS_USUAL;
}

export async function finishFrom(seed: number): Promise<Outcome> {
  const members = new Map<string, Member>();
  const ledger = new UploadLedger({
    runningAt(address) {
      const member = members.get(address);
      return member?.host.isRunning === true ? member.engine : undefined;
    },
    isHadBy: (others, piece) =>
      [...(swarm.members[0]?.torrent?.swarm.links() ?? [])].some(
        ({ remote: { host }, peer }) =>
          host !== others && members.has(host) && peer.pieces?.has(piece) === true,
      ),
  });
  const swarm = await SwarmWorld.open({
    seed,
    latencyMs: [20, 200],
    loss: 0.02,
    bandwidth: BANDWIDTH,
    length: PIECES * PIECE_LENGTH - seed,
    pieceLength: PIECE_LENGTH,
    peersPerAnnounce: 7,
    announceSeconds: 300,
    seedHost: { hasher: HASHER },
    seedOptions: {
      engine: { uploadBytesPerSecondMax: SEED_BYTES_PER_SECOND },
      wrap: (ports) => ledger.watch(ports),
    },
  });
  const honest = await addAll(swarm, seed, members);
  const unsteady = honest.slice(0, UNSTEADY);
  const steady = honest.slice(UNSTEADY);
  const stops = unsteady.map((member) =>
    churn(swarm.world, member.host, {
      upMs: [5_000, 40_000],
      downMs: [1_000, 20_000],
      onRestart: (ports) => void swarm.start(member, ports),
    }),
  );
  await swarm.world.run(() => honest.some((member) => swarm.isComplete(member)), LIMIT_MS);
  const { length } = swarm.content;
  const copiesToHonest = ledger.sum((address) => members.has(address)) / length;
  const copiesAgain = ledger.bytesAgain / length;
  const copiesToAll = ledger.sum() / length;
  await swarm.world.run(() => steady.every((member) => swarm.isComplete(member)), LIMIT_MS);
  const steadyMs = swarm.world.now;
  for (const stop of stops) stop();
  for (const member of unsteady) await bringUp(swarm, member);
  await swarm.world.run(() => honest.every((member) => swarm.isComplete(member)), LIMIT_MS);
  for (const member of honest) swarm.assertEqualBytes(member);
  await swarm.close();
  return {
    steadyMs,
    copiesToHonest,
    copiesAgain,
    copiesToAll,
    copiesInTheEnd: ledger.sum((address) => members.has(address)) / length,
    wastedMax: Math.max(...honest.map(({ torrent }) => torrent?.stats.wasted ?? 0)) / length,
  };
}

/** Honest peers and liars, in a mixed order; the honest are put into `members`, by address. */
async function addAll(
  swarm: SwarmWorld,
  seed: number,
  members: Map<string, Member>,
): Promise<readonly Member[]> {
  const honest: Member[] = [];
  for (let index = 0; index < HONEST + LIARS; index++) {
    const isLiar = index % 3 === 2;
    if (!isLiar) {
      const host = swarm.world.host(placeOf('honest', index));
      const member = await swarm.join(host, { isMagnet: honest.length % MAGNET_SHARE === 0 });
      members.set(host.address, member);
      honest.push(member);
      continue;
    }
    const kind = ANY_LIAR_KINDS[(Math.floor(index / 3) + seed) % ANY_LIAR_KINDS.length];
    assert.ok(kind);
    await addLiar(swarm, swarm.world.host(placeOf(kind, index)), kind);
  }
  return honest;
}

/** Everyone lives in a network of their own. */
function placeOf(name: string, index: number): HostOptions {
  return { name: `${name}-${index}`, address: `${20 + index}.${index}.1.1`, hasher: HASHER };
}

async function bringUp(swarm: SwarmWorld, member: Member): Promise<void> {
  if (member.host.isRunning) return;
  const ports = member.host.restart();
  await swarm.world.run(() => swarm.start(member, ports), 60_000);
}
