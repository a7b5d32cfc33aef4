/** A few links over uTP while nobody can dial us, so that peers of any kind can introduce us to others (BEP 55). */
import { LeanMap } from '@coequal/base';
import type { Endpoint, Net, Ports } from '@coequal/base';
import { addressFamily } from '../../core/compact-peers.ts';
import type { AddressFamily } from '../../core/compact-peers.ts';
import { isNear } from '../../core/swarm/network.ts';
import type { OwnReach } from '../../core/swarm/own-reach.ts';
import type { PeerLink } from './peer-link.ts';

/**
 * Links over uTP to peers beyond the own network, of a torrent and a family of addresses, while nobody there has come
 * to us. libtorrent, as relay, knows a peer by the address of its connection alone, and only over uTP can we be dialled
 * there. A few will do, for each of them knows many; the others are TCP, which costs less.
 */
const UTP_FIRST_MAX = 4;

/** What it needs of its swarm. */
export interface UtpFirstView {
  /** Undefined where only one of both is used. */
  readonly dialUtpFirst: Net['dial'] | undefined;
  readonly reach: OwnReach;
  /** Greeted back or not. */
  connections(): Iterable<PeerLink>;
}

export class UtpFirst {
  readonly #view: UtpFirstView;
  readonly #clock: Ports['clock'];
  /** Dials under way. */
  readonly #dials = new LeanMap<AddressFamily, number>();

  constructor(view: UtpFirstView, { clock }: Pick<Ports, 'clock'>) {
    this.#view = view;
    this.#clock = clock;
  }

  /** How to dial a peer there; undefined: as any other. */
  dialTowards({ host }: Endpoint): Net['dial'] | undefined {
    const { dialUtpFirst, reach } = this.#view;
    const family = addressFamily(host);
    if (dialUtpFirst === undefined || family === undefined) return undefined;
    if (reach.isReachedFrom(host, this.#clock.now())) return undefined;
    if (this.#linked(family) + this.#dialing(family) >= UTP_FIRST_MAX) return undefined;
    return async (to, signal) => {
      this.#dials.set(family, this.#dialing(family) + 1);
      try {
        return await dialUtpFirst(to, signal);
      } finally {
        this.#dials.set(family, this.#dialing(family) - 1);
      }
    };
  }

  #dialing(family: AddressFamily): number {
    return this.#dials.get(family) ?? 0;
  }

  #linked(family: AddressFamily): number {
    let count = 0;
    for (const { isUtp, remote } of this.#view.connections())
      if (isUtp && !isNear(remote.host) && addressFamily(remote.host) === family) count += 1;
    return count;
  }
}
