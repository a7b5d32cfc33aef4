/** What peers who had a part in wrong pieces are in for: the one to blame is banned. */
import { PeerFault } from '@coequal/base';
import { Blame } from '../../core/swarm/blame.ts';
import type { Dialer } from './dialer.ts';
import type { PeerLink } from './peer-link.ts';

export class Suspects {
  readonly #dialer: Dialer;
  readonly #blame = new Blame();

  constructor(dialer: Dialer) {
    this.#dialer = dialer;
  }

  /** `links`: of those who sent blocks of it and are still connected. `isAlone`: it had one sender in all. */
  pieceWrong(piece: number, links: readonly PeerLink[], isAlone: boolean): void {
    const byAddress = new Map(links.map((link) => [this.#addressOf(link), link]));
    for (const address of this.#blame.pieceWrong([...byAddress.keys()], isAlone)) {
      const link = byAddress.get(address);
      if (link === undefined) continue;
      this.#dialer.pool.ban(this.#dialer.endpointOf(link));
      link.close(new PeerFault('WRONG_DATA', { piece }));
    }
  }

  pieceRight(links: readonly PeerLink[]): void {
    if (this.#blame.isNobody) return;
    this.#blame.pieceRight(links.map((link) => this.#addressOf(link)));
  }

  #addressOf(link: PeerLink): string {
    const { host, port } = this.#dialer.endpointOf(link);
    return `${host} ${port}`;
  }
}
