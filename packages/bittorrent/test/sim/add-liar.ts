/** Adds liars of every kind to a simulated swarm. */
import assert from 'node:assert/strict';
import type { Ports } from '@coequal/base';
import type { SimHost } from '@coequal/simulator';
import { LIAR_KINDS, waysOf } from './liar-kinds.ts';
import type { LiarKind } from './liar-kinds.ts';
import { Liar } from './liar.ts';
import { PORT, TRACKER } from './swarm-world.ts';
import type { MemberOptions, SwarmWorld } from './swarm-world.ts';
import { freeRiderPorts, spoilingPorts } from './tapped-ports.ts';

/** Engines that lie: nothing shows it but what they send. */
const LYING_ENGINES = {
  'free-rider': { wrap: freeRiderPorts },
  'few-wrong-bytes': { wrap: (ports: Ports): Ports => spoilingPorts(ports, 1 / 20) },
} as const satisfies Record<string, MemberOptions>;

/** Takes, and never gives. */
export const FREE_RIDER: MemberOptions = LYING_ENGINES['free-rider'];

export type AnyLiarKind = LiarKind | keyof typeof LYING_ENGINES;

export const ANY_LIAR_KINDS: readonly AnyLiarKind[] = [
  ...LIAR_KINDS,
  'free-rider',
  'few-wrong-bytes',
];

const REDIAL_MS = 30_000;
/** Of one that does nothing else. */
const REDIAL_SOON_MS = 1_000;

export async function addLiar(swarm: SwarmWorld, host: SimHost, kind: AnyLiarKind): Promise<void> {
  if (kind === 'free-rider' || kind === 'few-wrong-bytes') {
    await swarm.join(host, LYING_ENGINES[kind]);
    return;
  }
  const { infoHash, pieceCount, infoBytes } = swarm.metainfo;
  assert.ok(infoHash);
  const metadataSize = infoBytes.length;
  const isNameless = kind === 'redials-when-banned';
  const liar = new Liar(host, {
    infoHash,
    metadataSize,
    tracker: TRACKER,
    port: PORT,
    ways: waysOf(kind, { pieceCount, metadataSize }, swarm.world.random.split(host.name)),
    redialMs: isNameless ? REDIAL_SOON_MS : REDIAL_MS,
    isNameless,
  });
  await swarm.world.run(() => liar.start(), 60_000);
}
