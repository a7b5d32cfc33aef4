/** Tells peers of pieces we have got: one message a link for all pieces of a turn of the event loop. */
import type { Cancel, Clock } from '@coequal/base';
import { encodePeerMessage } from '../../core/wire/peer-wire.ts';
import type { PeerLink } from './peer-link.ts';

export class HaveAnnouncer {
  readonly #links: () => Iterable<PeerLink>;
  readonly #clock: Clock;
  readonly #pieces: number[] = [];
  #timer: Cancel | undefined;

  constructor(links: () => Iterable<PeerLink>, clock: Clock) {
    this.#links = links;
    this.#clock = clock;
  }

  announce(piece: number): void {
    this.#pieces.push(piece);
    if (this.#timer !== undefined) return;
    this.#timer = this.#clock.at(this.#clock.now(), () => this.#flush());
  }

  dispose(): void {
    this.#timer?.();
  }

  #flush(): void {
    this.#timer = undefined;
    const pieces = this.#pieces.splice(0);
    const messages = pieces.map((piece) => encodePeerMessage({ type: 'have', piece }));
    for (const link of this.#links()) {
      // a peer that has the piece has no use for the news, but a seed sends first what nobody has
      const theirs = link.peer.pieces;
      link.sendAll(
        theirs?.isFull === true
          ? messages
          : messages.filter((_, index) => theirs?.has(pieces[index] ?? 0) !== true),
      );
    }
  }
}
