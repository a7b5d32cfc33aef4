/** Churn: hosts that go and come back at random, as peers do. */
import type { Cancel, Millis, Ports } from '@coequal/base';
import type { SimHost } from './sim-host.ts';
import type { World } from './world.ts';

export interface ChurnOptions {
  /** Shortest and longest time up, and down. */
  readonly upMs: readonly [Millis, Millis];
  readonly downMs: readonly [Millis, Millis];
  /** How it goes down; default: a random one of the three. */
  readonly how?: 'stop' | 'crash' | 'powerLoss';
  /** Starts the program anew; called in an event of the world. */
  readonly onRestart: (ports: Ports, host: SimHost) => void;
}

const WAYS_DOWN = ['stop', 'crash', 'powerLoss'] as const;

/** Begins with the host up. Once cancelled, it is left as it is, up or down. */
export function churn(world: World, host: SimHost, options: ChurnOptions): Cancel {
  const random = world.random.split(`churn ${host.name}`);
  let cancel = world.after(random.between(...options.upMs), goDown);
  return () => cancel();

  function goDown(): void {
    const way = options.how ?? WAYS_DOWN[random.integer(0, WAYS_DOWN.length - 1)] ?? 'crash';
    host[way]();
    cancel = world.after(random.between(...options.downMs), comeBack);
  }

  function comeBack(): void {
    options.onRestart(host.restart(), host);
    cancel = world.after(random.between(...options.upMs), goDown);
  }
}
