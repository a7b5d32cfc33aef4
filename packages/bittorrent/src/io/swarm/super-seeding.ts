/** Super-seeding (BEP 16) among the links of a swarm: what is revealed to whom is said, and served. */
import type { Millis, Ports } from '@coequal/base';
import { SuperSeed } from '../../core/swarm/super-seed.ts';
import type { Reveal } from '../../core/swarm/super-seed.ts';
import { encodePeerMessage } from '../../core/wire/peer-wire.ts';
import type { PeerEvent } from '../../core/wire/remote-peer.ts';
import type { PeerLink } from './peer-link.ts';
import type { SwarmContent } from './swarm-types.ts';

export interface SuperSeedingView {
  linkOf(key: number): PeerLink | undefined;
  /** It has done its work: whatever was hidden is to be told. */
  over(): void;
}

type SuperSeedingPorts = Pick<Ports, 'clock' | 'random'>;

export class SuperSeeding {
  readonly #seed: SuperSeed;
  readonly #view: SuperSeedingView;
  readonly #ports: SuperSeedingPorts;

  constructor(
    { picker, metainfo }: SwarmContent,
    view: SuperSeedingView,
    ports: SuperSeedingPorts,
  ) {
    this.#view = view;
    this.#ports = ports;
    this.#seed = new SuperSeed(metainfo.pieceCount, {
      availability: (piece) => picker.availability(piece),
      random: () => ports.random.number(),
    });
  }

  isRevealed(link: PeerLink, piece: number): boolean {
    return this.#seed.isRevealed(link.key, piece);
  }

  opened(link: PeerLink): void {
    this.#seed.opened(link.key, link.peer);
  }

  /** After the picker has learnt of it. */
  heard(link: PeerLink, event: PeerEvent): void {
    const now = this.#ports.clock.now();
    const { key } = link;
    if (event.type === 'have') this.#tell(this.#seed.had(key, event.piece, now));
    else if (event.type === 'dont-have') this.#seed.lost(key, event.piece);
    else if (event.type === 'pieces-changed') this.#tell(this.#seed.update(key, now));
    // by then a peer that has pieces has said so: BEP 3 wants that before anything else
    else if (event.type === 'extended-handshake') this.#tell(this.#seed.introduced(key, now));
  }

  gone(link: PeerLink): void {
    this.#tell(this.#seed.gone(link.key, this.#ports.clock.now()));
  }

  tick(now: Millis): void {
    this.#tell(this.#seed.tick(now));
  }

  #tell(reveals: readonly Reveal[]): void {
    const byPeer = Map.groupBy(reveals, ({ peer }) => peer);
    for (const [peer, revealed] of byPeer) {
      const haves = revealed.map(({ piece }) => encodePeerMessage({ type: 'have', piece }));
      this.#view.linkOf(peer)?.sendAll(haves);
    }
    if (this.#seed.isOver) this.#view.over();
  }
}
