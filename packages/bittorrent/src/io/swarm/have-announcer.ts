/**
 * Tells peers of pieces that we have got, and of those that we have lost (BEP 54): one message a link for
 * all pieces of a turn of the event loop.
 */
import type { Cancel, Clock } from '@coequal/base';
import { DONT_HAVE_EXTENSION, encodeDontHave } from '../../core/wire/dont-have.ts';
import { encodePeerMessage } from '../../core/wire/peer-wire.ts';
import type { PeerLink } from './peer-link.ts';

interface News {
  readonly piece: number;
  readonly isHad: boolean;
}

export class HaveAnnouncer {
  readonly #links: () => Iterable<PeerLink>;
  readonly #clock: Clock;
  readonly #news: News[] = [];
  #timer: Cancel | undefined;

  constructor(links: () => Iterable<PeerLink>, clock: Clock) {
    this.#links = links;
    this.#clock = clock;
  }

  announce(piece: number): void {
    this.#note({ piece, isHad: true });
  }

  /** The piece is not there any more. */
  retract(piece: number): void {
    this.#note({ piece, isHad: false });
  }

  /** Tells all of it now: before something is said that depends on it. */
  flush(): void {
    this.dispose();
    const all = this.#news.splice(0).map(({ piece, isHad }) => {
      const have = isHad ? encodePeerMessage({ type: 'have', piece }) : undefined;
      return { piece, have };
    });
    if (all.length > 0) for (const link of this.#links()) tell(link, all);
  }

  dispose(): void {
    this.#timer?.();
    this.#timer = undefined;
  }

  #note(news: News): void {
    this.#news.push(news);
    if (this.#timer !== undefined) return;
    this.#timer = this.#clock.at(this.#clock.now(), () => this.flush());
  }
}

function tell(
  link: PeerLink,
  all: readonly { readonly piece: number; readonly have: Uint8Array | undefined }[],
): void {
  const id = link.peer.extended?.extensions.get(DONT_HAVE_EXTENSION) ?? 0;
  const messages: Uint8Array[] = [];
  for (const { piece, have } of all) {
    // also to those who have it: a seed spreads what is rare, a super-seed waits for the news (BEP 16)
    if (have !== undefined) messages.push(have);
    else if (id > 0) messages.push(dontHave(id, piece));
  }
  link.sendAll(messages);
}

/** By the id that the peer gave to it. */
function dontHave(id: number, piece: number): Uint8Array {
  return encodePeerMessage({ type: 'extended', id, payload: encodeDontHave(piece) });
}
