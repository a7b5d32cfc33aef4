/** Services of the peer, each restarted with back-off when it fails, while the others go on. */
import { isAbort, sleep, TaskGroup } from '@coequal/base';
import type { Clock, Millis } from '@coequal/base';
import type { Explanation, Service } from '@coequal/contract';
import { explain } from './explain.ts';

/** From one try to the next; doubled each time. */
const RESTART_FIRST_MS = 1_000;
const RESTART_MAX_MS = 60_000;
/** Who ran for so long begins anew with short waits. */
const STEADY_MS = 120_000;

export interface ServiceSpec {
  readonly name: string;
  /**
   * Starts it, and runs until the signal is aborted. `onRunning` says that it is up. Rejects with what made it
   * fail; resolves, early, when it has nothing to do.
   */
  run(onRunning: () => void, signal: AbortSignal): Promise<void>;
}

type State =
  | { readonly type: 'off' | 'waiting' | 'starting' | 'running' }
  | { readonly type: 'failed'; readonly problem: Explanation; readonly nextTryAt: number };

interface Supervised {
  readonly spec: ServiceSpec;
  state: State;
  restarts: number;
  /** Ends the present run, with a failure or for a restart. */
  interrupt: AbortController | undefined;
}

export class Supervisor implements AsyncDisposable {
  readonly #clock: Clock;
  readonly #services = new Map<string, Supervised>();
  readonly #tasks: TaskGroup;
  readonly #onFailure: (service: string, error: unknown) => void;
  readonly #onChange: () => void;

  constructor(
    clock: Clock,
    onFailure: (service: string, error: unknown) => void,
    onChange: () => void,
  ) {
    this.#clock = clock;
    this.#onFailure = onFailure;
    this.#onChange = onChange;
    this.#tasks = new TaskGroup((bug) =>
      queueMicrotask(() => {
        throw bug;
      }),
    );
  }

  get report(): Service[] {
    return [...this.#services.values()].map(({ spec, state, restarts }) => ({
      name: spec.name,
      state: state.type,
      restarts,
      ...(state.type === 'failed' && { problem: state.problem, nextTryAt: state.nextTryAt }),
    }));
  }

  /** It is listed, and begins with `start`. */
  add(spec: ServiceSpec): void {
    this.#services.set(spec.name, {
      spec,
      state: { type: 'waiting' },
      restarts: 0,
      interrupt: undefined,
    });
  }

  /** Does nothing if it has been started, unless it had nothing to do. */
  start(name: string): void {
    const service = this.#services.get(name);
    if (service?.state.type !== 'waiting' && service?.state.type !== 'off') return;
    this.#enter(service, { type: 'starting' });
    this.#tasks.run((signal) => this.#supervise(service, signal));
  }

  /** Ends the present run, and begins the next at once. */
  restart(name: string): void {
    this.#services.get(name)?.interrupt?.abort(new DOMException('restarted', 'AbortError'));
  }

  /** What it does goes wrong beyond its own sight: as if its run had rejected with this. */
  fail(name: string, error: unknown): void {
    this.#services.get(name)?.interrupt?.abort(error);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tasks[Symbol.asyncDispose]();
  }

  async #supervise(service: Supervised, signal: AbortSignal): Promise<void> {
    let wait: Millis = RESTART_FIRST_MS;
    while (!signal.aborted) {
      const startedAt = this.#clock.now();
      const error = await this.#runOnce(service, signal);
      if (signal.aborted || error === undefined) return;
      service.restarts += 1;
      if (error instanceof DOMException && error.name === 'AbortError') continue; // it was asked for
      if (this.#clock.now() - startedAt > STEADY_MS) wait = RESTART_FIRST_MS;
      this.#onFailure(service.spec.name, error);
      const nextTryAt = this.#clock.epochNow() + wait;
      this.#enter(service, { type: 'failed', problem: explain(error), nextTryAt });
      await sleep(this.#clock, wait, signal);
      wait = Math.min(2 * wait, RESTART_MAX_MS);
    }
  }

  /** Resolves to what made it end; undefined when it has nothing (more) to do. */
  async #runOnce(service: Supervised, signal: AbortSignal): Promise<unknown> {
    const interrupt = new AbortController();
    service.interrupt = interrupt;
    this.#enter(service, { type: 'starting' });
    const either = AbortSignal.any([signal, interrupt.signal]);
    try {
      await service.spec.run(() => this.#enter(service, { type: 'running' }), either);
      if (!either.aborted) {
        this.#enter(service, { type: 'off' });
        return undefined;
      }
    } catch (error) {
      if (!isAbort(error, either)) return error;
    } finally {
      service.interrupt = undefined;
    }
    return interrupt.signal.aborted ? interrupt.signal.reason : undefined;
  }

  #enter(service: Supervised, state: State): void {
    service.state = state;
    this.#onChange();
  }
}
