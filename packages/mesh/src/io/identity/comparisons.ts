/**
 * Comparing words with contacts, over links (`compare/1`). One at a time with each person; what is shown stays until a
 * person says whether the words are the same. A contact may ask a few times an hour only: each is a guess for somebody in
 * between (core/safety/comparison.ts).
 */
import { LocalFault, PeerFault } from '@coequal/base';
import type { Cancel, Clock, DeviceKey, Links, LinkStream, Millis, Random } from '@coequal/base';
import type { PersonKey } from '../../core/identity/person-key.ts';
import { Comparison, COMPARISON_NONCE_LENGTH } from '../../core/safety/comparison.ts';
import type { ComparisonInput, Party } from '../../core/safety/comparison.ts';
import { openFrames } from './frames.ts';
import type { Frames } from './frames.ts';

export const COMPARE_PROTOCOL = 'compare/1';
/** A commitment or a number, and its type. */
const MESSAGE_LENGTH_MAX = 33;
/** Of one contact: with 24 bits each, somebody in between has one in three million an hour, and the persons see each. */
export const ANSWERED_MAX = 5;
const ANSWERED_WITHIN_MS = 3_600_000;
/** Words that nobody answered for so long are not shown any more. */
export const SHOWN_MS = 900_000;
/** Contacts of whom it is known how a comparison went: more than anybody compares with in an evening. */
const KNOWN_MAX = 100;

export type ComparisonState =
  | { readonly type: 'none' }
  | { readonly type: 'connecting' }
  /** One byte a word. */
  | { readonly type: 'shown'; readonly words: Uint8Array; readonly until: Millis }
  | { readonly type: 'same' }
  | { readonly type: 'different' }
  | { readonly type: 'failed'; readonly why: Error };

/** What it has to know of contacts. */
export interface ComparisonView {
  /** Undefined while there is nobody. */
  own(): Party | undefined;
  /** The contact whose device that is. */
  personOf(device: DeviceKey): PersonKey | undefined;
  devicesOf(person: PersonKey): readonly DeviceKey[];
  /** A person saw the same words: it is that contact, and nobody in between. */
  onVerified(person: PersonKey): void;
  onChange(person: PersonKey): void;
}

export interface ComparisonPorts {
  readonly clock: Clock;
  readonly random: Random;
}

interface Running {
  readonly begins: boolean;
  /** Aborts the dialling, then closes the stream. */
  readonly stop: (why: Error) => void;
}

export class Comparisons implements Disposable {
  readonly #links: Links;
  readonly #view: ComparisonView;
  readonly #ports: ComparisonPorts;
  readonly #states = new Map<PersonKey, ComparisonState>();
  readonly #running = new Map<PersonKey, Running>();
  readonly #answered = new Map<PersonKey, readonly Millis[]>();
  readonly #stopAccepting: Cancel;

  constructor(links: Links, view: ComparisonView, ports: ComparisonPorts) {
    this.#links = links;
    this.#view = view;
    this.#ports = ports;
    this.#stopAccepting = links.accept(COMPARE_PROTOCOL, (stream, from) =>
      this.#welcome(stream, from),
    );
  }

  state(person: PersonKey): ComparisonState {
    const state = this.#states.get(person) ?? { type: 'none' };
    const isOver = state.type === 'shown' && this.#ports.clock.now() >= state.until;
    return isOver ? { type: 'none' } : state;
  }

  /** Resolves when words are shown, or it failed. Rejects with LocalFault `NO_IDENTITY`, `NO_SUCH_CONTACT`, `NOT_POSSIBLE_NOW`. */
  async start(person: PersonKey, signal: AbortSignal): Promise<void> {
    const own = this.#view.own();
    if (own === undefined) throw new LocalFault('NO_IDENTITY');
    const devices = this.#view.devicesOf(person);
    if (devices.length === 0) throw new LocalFault('NO_SUCH_CONTACT', { contact: person });
    if (this.#running.has(person)) throw new LocalFault('NOT_POSSIBLE_NOW', { what: 'comparison' });
    const stopping = new AbortController();
    const running = { begins: true, stop: (why: Error): void => stopping.abort(why) };
    this.#running.set(person, running);
    this.#set(person, { type: 'connecting' });
    const within = AbortSignal.any([signal, stopping.signal]);
    try {
      const stream = await this.#open(devices, within);
      await this.#run(stream, person, { own, begins: true }, within, running);
    } catch (error) {
      if (this.#running.get(person) === running) this.#fail(person, error);
    } finally {
      if (this.#running.get(person) === running) this.#running.delete(person);
    }
  }

  /** Throws LocalFault `NOT_POSSIBLE_NOW` when no words are shown. */
  answer(person: PersonKey, isSame: boolean): void {
    if (this.state(person).type !== 'shown')
      throw new LocalFault('NOT_POSSIBLE_NOW', { what: 'answer' });
    this.#set(person, { type: isSame ? 'same' : 'different' });
    if (isSame) this.#view.onVerified(person);
  }

  [Symbol.dispose](): void {
    this.#stopAccepting();
    const why = new DOMException('the owner was closed', 'AbortError');
    for (const { stop } of this.#running.values()) stop(why);
    this.#running.clear();
  }

  /** The first of a person's devices that answers. */
  async #open(devices: readonly DeviceKey[], signal: AbortSignal): Promise<LinkStream> {
    const request = { protocol: COMPARE_PROTOCOL, lane: 'talk' as const };
    let problem: unknown;
    for (const device of devices) {
      try {
        return await this.#links.open(device, request, signal);
      } catch (error) {
        signal.throwIfAborted();
        problem = error;
      }
    }
    throw problem;
  }

  #welcome(stream: LinkStream, from: DeviceKey): void {
    const own = this.#view.own();
    const person = this.#view.personOf(from);
    if (own === undefined || person === undefined || !this.#mayAsk(person, own))
      return stream.close(new PeerFault('COMPARISON_REFUSED'));
    this.#running.get(person)?.stop(new LocalFault('NOT_POSSIBLE_NOW', { what: 'comparison' }));
    const stopping = new AbortController();
    const running = { begins: false, stop: (why: Error): void => stopping.abort(why) };
    this.#running.set(person, running);
    this.#set(person, { type: 'connecting' });
    const ended = (): void => {
      if (this.#running.get(person) === running) this.#running.delete(person);
    };
    this.#run(stream, person, { own, begins: false }, stopping.signal, running).then(
      ended,
      (error: unknown) => {
        if (this.#running.get(person) !== running) return;
        ended();
        this.#fail(person, error);
      },
    );
  }

  #mayAsk(person: PersonKey, own: Party): boolean {
    if (this.state(person).type === 'shown') return false;
    const running = this.#running.get(person);
    // both began at once: the one whose key sorts first goes on
    if (running !== undefined && (!running.begins || own.person < person)) return false;
    const now = this.#ports.clock.now();
    const recent = (this.#answered.get(person) ?? []).filter((at) => at > now - ANSWERED_WITHIN_MS);
    if (recent.length >= ANSWERED_MAX) return false;
    this.#answered.set(person, [...recent, now]);
    return true;
  }

  /** Resolves when words are shown. */
  async #run(
    stream: LinkStream,
    person: PersonKey,
    { own, begins }: { readonly own: Party; readonly begins: boolean },
    signal: AbortSignal,
    running: Running,
  ): Promise<void> {
    const { clock, random } = this.#ports;
    const other = { person, device: stream.remote };
    const nonce = random.bytes(COMPARISON_NONCE_LENGTH);
    const machine = new Comparison({ own, other, begins, nonce, now: clock.now() });
    const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
    let frames: Frames | undefined;
    let cancel: Cancel = () => undefined;
    const step = (input: ComparisonInput | { type: 'timeout' }): void => {
      for (const output of machine.step(input, clock.now())) {
        if (output.type === 'send') frames?.send(output.bytes);
        if (output.type === 'words') resolve(output.bytes);
        if (output.type === 'close') reject(output.reason);
      }
      cancel();
      const { deadline } = machine;
      if (deadline !== undefined) cancel = clock.at(deadline, () => step({ type: 'timeout' }));
    };
    const onMessage = (bytes: Uint8Array): void => step({ type: 'message', bytes });
    const onClose = (why?: Error): void => reject(why ?? new LocalFault('LINK_LOST'));
    const onAbort = (): void => reject(signal.reason);
    frames = openFrames(stream, MESSAGE_LENGTH_MAX, onMessage, onClose);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    step({ type: 'begin' });
    try {
      const words = await promise;
      if (this.#running.get(person) !== running) return;
      frames.end();
      this.#set(person, { type: 'shown', words, until: clock.now() + SHOWN_MS });
    } catch (error) {
      frames.close();
      throw error;
    } finally {
      cancel();
      signal.removeEventListener('abort', onAbort);
    }
  }

  #fail(person: PersonKey, error: unknown): void {
    const why = error instanceof Error ? error : new LocalFault('LINK_LOST');
    this.#set(person, { type: 'failed', why });
  }

  #set(person: PersonKey, state: ComparisonState): void {
    this.#states.delete(person);
    this.#states.set(person, state);
    if (this.#states.size > KNOWN_MAX) {
      const [oldest] = this.#states.keys();
      if (oldest !== undefined) this.#states.delete(oldest);
    }
    this.#view.onChange(person);
  }
}
