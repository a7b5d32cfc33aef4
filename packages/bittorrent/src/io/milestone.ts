/** A goal that is reached, perhaps left again, or missed for good; whoever waits is told. */
import { untilAborted } from '@coequal/base';

type MilestoneState =
  | { readonly type: 'ahead' }
  | { readonly type: 'reached' }
  | { readonly type: 'missed'; readonly reason: unknown };

const AHEAD: MilestoneState = { type: 'ahead' };
const REACHED: MilestoneState = { type: 'reached' };

export class Milestone {
  #state = AHEAD;
  /** Made by the first who waits: nobody does for most torrents. */
  #outcome: PromiseWithResolvers<void> | undefined;

  get isReached(): boolean {
    return this.#state.type === 'reached';
  }

  reach(): void {
    if (this.#state.type !== 'ahead') return;
    this.#state = REACHED;
    this.#outcome?.resolve();
  }

  /** It lies ahead again: who waits from now on waits for the next time. */
  leave(): void {
    if (this.#state.type !== 'reached') return;
    this.#state = AHEAD;
    this.#outcome = undefined;
  }

  /** It will never be reached, from now on. */
  miss(reason: unknown): void {
    if (this.#state.type === 'missed') return;
    this.#outcome?.reject(reason);
    this.#state = { type: 'missed', reason };
    this.#outcome = undefined;
  }

  /** Rejects with why it was missed, or the signal's reason. */
  async wait(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#state.type === 'missed') throw this.#state.reason;
    if (this.#state.type === 'reached') return;
    this.#outcome ??= Promise.withResolvers();
    await untilAborted(this.#outcome.promise, signal);
  }
}
