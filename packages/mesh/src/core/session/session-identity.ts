/**
 * Which session of ours goes with which of the other side: what hello and welcome are answered by (docs/links.md).
 * Invariant: a session that goes on is replaced only once a path is proven on which the other side, whose key that path
 * has proven, spoke of another. A candidate is what it would be replaced by.
 */
import type { Greeting, SessionId } from './frames.ts';
import { UNKNOWN_SESSION } from './frames.ts';

interface Pairing {
  readonly own: SessionId;
  readonly peer: SessionId;
}

/** Ids of both sides, as one of them said them. */
export type GreetedIds = Pairing;

/** What a hello is answered by: with which ids, and what becomes of us when the path is proven. */
export interface Answer extends Pairing {
  /** `again`: it knows a session of ours that there is not. It is to begin anew. */
  readonly meaning: 'current' | 'new' | 'again';
}

/** What a welcome means: the path is proven, or it is to be greeted again, having begun anew or not. */
export type WelcomeMeaning = 'proven' | 'again' | 'begin-anew';

export class SessionIdentity {
  readonly #newId: () => SessionId;
  #own: SessionId;
  #peer: SessionId = UNKNOWN_SESSION;
  #candidate: Pairing | undefined;

  /** @param newId at random, never 0 */
  constructor(newId: () => SessionId) {
    this.#newId = newId;
    this.#own = newId();
  }

  /** What a hello says now. */
  get ids(): GreetedIds {
    return { own: this.#own, peer: this.#peer };
  }

  /** A hello came. Nothing changes yet but what may be. */
  answer(hello: Pick<Greeting, 'own' | 'peer'>): Answer {
    const own = this.#own;
    const isKnown = [UNKNOWN_SESSION, own, this.#candidate?.own].includes(hello.peer);
    if (!isKnown) return { meaning: 'again', own, peer: UNKNOWN_SESSION };
    if (this.#peer === UNKNOWN_SESSION || this.#peer === hello.own) {
      return { meaning: 'current', own, peer: hello.own };
    }
    if (this.#candidate?.peer !== hello.own) {
      this.#candidate = { own: this.#newId(), peer: hello.own };
    }
    return { meaning: 'new', ...this.#candidate };
  }

  /** The path is proven over which a hello was answered so. Returns whether a new session begins with that. */
  proven(answer: Answer): boolean {
    if (answer.own === this.#own && [UNKNOWN_SESSION, answer.peer].includes(this.#peer)) {
      this.#peer = answer.peer;
      return false;
    }
    this.#own = answer.own;
    this.#peer = answer.peer;
    this.#candidate = undefined;
    return true;
  }

  /** Whether an answer that was given can still be followed. */
  isCurrent(answer: Answer): boolean {
    if (answer.meaning === 'again') return false;
    if (answer.own === this.#candidate?.own) return true;
    return answer.own === this.#own && [UNKNOWN_SESSION, answer.peer].includes(this.#peer);
  }

  /** A welcome came to a hello that said `sent`. For `begin-anew` what it said then is ours already. */
  welcomed(sent: GreetedIds, welcome: Pick<Greeting, 'own' | 'peer'>): WelcomeMeaning {
    if (sent.own !== this.#own) return 'again'; // another path was quicker to tell
    if (welcome.peer === this.#own) {
      if (this.#peer === UNKNOWN_SESSION) this.#peer = welcome.own;
      if (this.#peer === welcome.own) return 'proven';
    } else if (sent.peer !== this.#peer) {
      return 'again';
    }
    this.#beginAnew(welcome.own);
    return 'begin-anew';
  }

  /** The session is over, for whatever reason: the next has ids of its own. */
  reset(): void {
    this.#own = this.#newId();
    this.#peer = UNKNOWN_SESSION;
    this.#candidate = undefined;
  }

  #beginAnew(peer: SessionId): void {
    const candidate = this.#candidate;
    this.reset();
    if (candidate?.peer !== peer) return;
    this.#own = candidate.own;
    this.#peer = peer;
  }
}
