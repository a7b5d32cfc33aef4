/**
 * What a seed remembers of peers that left. To go and come again gains no turn, and who went off with what
 * nobody else had is given such pieces after others: who came and went comes and goes again.
 */
import { LeanMap } from '@coequal/base';
import type { Millis } from '@coequal/base';
import { networkOf } from './network.ts';

/** As many as come and go within it in a crowded swarm; older ones are forgotten. */
const PAST_TURNS_MAX = 1_000;

/** Each of several returns is within it, and a line that failed once is not held against it for long. */
const PAST_TURN_MS = 10 * 60_000;

export interface PastTurn {
  /** When it was last unchoked; undefined: never. */
  readonly unchokedAt: Millis | undefined;
  /** It had been given pieces that nobody else had by then. */
  readonly wasFickle: boolean;
}

export class PastTurns {
  /** By network, the one that left last at the end. */
  readonly #turns = new LeanMap<string, PastTurn & { readonly leftAt: Millis }>();

  left(host: string, turn: PastTurn, now: Millis): void {
    const before = this.of(host, now);
    const wasFickle = turn.wasFickle || before?.wasFickle === true;
    const unchokedAt = turn.unchokedAt ?? before?.unchokedAt;
    const network = networkOf(host);
    this.#turns.delete(network);
    if (unchokedAt === undefined) return;
    this.#turns.set(network, { unchokedAt, wasFickle, leftAt: now });
    if (this.#turns.size <= PAST_TURNS_MAX) return;
    const [oldest] = this.#turns.keys();
    if (oldest !== undefined) this.#turns.delete(oldest);
  }

  clear(): void {
    this.#turns.clear();
  }

  of(host: string, now: Millis): PastTurn | undefined {
    if (this.#turns.size === 0) return undefined;
    const turn = this.#turns.get(networkOf(host));
    return turn !== undefined && now - turn.leftAt < PAST_TURN_MS ? turn : undefined;
  }
}
