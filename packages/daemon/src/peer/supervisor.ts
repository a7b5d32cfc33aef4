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
  /** Whether it has anything to do, as things are set; absent: always. */
  readonly isWanted?: boolean;
  /**
   * Starts it, and runs until the signal is aborted. `onRunning` says that it is up. Rejects with what made it
   * fail; resolves, early, when it has nothing to do.
   */
  run(onRunning: () => void, signal: AbortSignal): Promise<void>;
}

export interface SupervisorView {
  onFailure(service: string, error: unknown): void;
  onChange(): void;
  onBug(error: unknown): void;
}

type State =
  | { readonly type: 'off' | 'waiting' | 'starting' | 'running' }
  | { readonly type: 'failed'; readonly problem: Explanation; readonly nextTryAt: number };

type End =
  | { readonly type: 'done' }
  | { readonly type: 'asked' }
  | { readonly type: 'failed'; readonly error: unknown };

interface Supervised {
  readonly spec: ServiceSpec;
  state: State;
  /** After failures; restarts that were asked for do not count. */
  restarts: number;
  /** Ends the present run or the wait for the next. */
  interrupt: AbortController;
}

/** Why a run was interrupted, when it was. */
const RESTART = new DOMException('restarted', 'AbortError');

export class Supervisor implements AsyncDisposable {
  readonly #clock: Clock;
  readonly #services = new Map<string, Supervised>();
  readonly #tasks: TaskGroup;
  readonly #view: SupervisorView;

  constructor(clock: Clock, view: SupervisorView) {
    this.#clock = clock;
    this.#view = view;
    this.#tasks = new TaskGroup((bug) => view.onBug(bug));
  }

  get report(): Service[] {
    return [...this.#services.values()].map(({ spec, state, restarts }) => ({
      name: spec.name,
      // nobody waits for what is not wanted
      state: state.type === 'waiting' && spec.isWanted === false ? 'off' : state.type,
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
      interrupt: new AbortController(),
    });
  }

  /** Does nothing if it has been started, unless it had nothing to do. */
  start(name: string): void {
    const service = this.#services.get(name);
    if (service?.state.type !== 'waiting' && service?.state.type !== 'off') return;
    this.#enter(service, { type: 'starting' });
    this.#tasks.run((signal) => this.#supervise(service, signal));
  }

  /** Ends the present run, or the wait after a failure, and begins the next at once. */
  restart(name: string): void {
    this.#services.get(name)?.interrupt.abort(RESTART);
  }

  /** What it does goes wrong beyond its own sight: as if its run had rejected with this. */
  fail(name: string, error: unknown): void {
    const service = this.#services.get(name);
    if (service?.state.type === 'starting' || service?.state.type === 'running')
      service.interrupt.abort(error);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tasks[Symbol.asyncDispose]();
  }

  async #supervise(service: Supervised, signal: AbortSignal): Promise<void> {
    let wait: Millis = RESTART_FIRST_MS;
    while (!signal.aborted) {
      const startedAt = this.#clock.now();
      const end = await this.#runOnce(service, signal);
      if (end.type === 'done') return this.#enter(service, { type: 'off' });
      if (end.type === 'asked') continue;
      this.#view.onFailure(service.spec.name, end.error);
      if (signal.aborted) return;
      service.restarts += 1;
      if (this.#clock.now() - startedAt > STEADY_MS) wait = RESTART_FIRST_MS;
      const nextTryAt = this.#clock.epochNow() + wait;
      this.#enter(service, { type: 'failed', problem: explain(end.error), nextTryAt });
      await this.#pause(service, wait, signal);
      wait = Math.min(2 * wait, RESTART_MAX_MS);
    }
  }

  async #runOnce(service: Supervised, signal: AbortSignal): Promise<End> {
    const interrupt = new AbortController();
    service.interrupt = interrupt;
    this.#enter(service, { type: 'starting' });
    const either = AbortSignal.any([signal, interrupt.signal]);
    try {
      await service.spec.run(() => this.#enter(service, { type: 'running' }), either);
      if (!either.aborted) return { type: 'done' };
    } catch (error) {
      // what goes wrong while it stops is told, too
      if (!isAbort(error, either)) return { type: 'failed', error };
    }
    const reason: unknown = interrupt.signal.reason;
    if (signal.aborted || reason === RESTART) return { type: 'asked' };
    return { type: 'failed', error: reason };
  }

  /** Until the next try, unless somebody asks for it earlier. */
  async #pause(service: Supervised, wait: Millis, signal: AbortSignal): Promise<void> {
    service.interrupt = new AbortController();
    const either = AbortSignal.any([signal, service.interrupt.signal]);
    try {
      await sleep(this.#clock, wait, either);
    } catch (error) {
      if (!isAbort(error, either)) throw error;
    }
  }

  #enter(service: Supervised, state: State): void {
    service.state = state;
    this.#view.onChange();
  }
}
