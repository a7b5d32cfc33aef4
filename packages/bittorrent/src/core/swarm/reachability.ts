/** From where peers have dialled us: the farthest place, by those who did. */
import type { Endpoint } from '@coequal/base';
import { isNear } from './network.ts';

export type Reached = 'nowhere' | 'nearby' | 'internet';

export class Reachability {
  #from: Reached = 'nowhere';

  get from(): Reached {
    return this.#from;
  }

  /** A peer dialled us, and was no part of a rendezvous: those come in where nobody else does. */
  accepted({ host }: Endpoint): void {
    if (!isNear(host)) this.#from = 'internet';
    else if (this.#from === 'nowhere') this.#from = 'nearby';
  }
}
