/** One carrier as a path of a lane: greeted, proven, then used or waiting to be. */
import { assert, LocalFault } from '@coequal/base';
import type { Cancel, Clock, DeviceKey, Endpoint, LinkPath, Millis } from '@coequal/base';
import { encodeFrame } from '../../core/session/frames.ts';
import { PathHealth } from '../../core/session/path-health.ts';
import type { Answer, GreetedIds } from '../../core/session/session-identity.ts';
import type { Carrier } from '../carrier.ts';

/** A carrier that is open and not answered on for so long carries nothing (seen with HyperDHT): the hello proves it. */
const PROOF_TIMEOUT_MS: Millis = 3_000;

/** Begin-anew and repeat: honest devices need two. */
export const GREETINGS_MAX = 4;

export type PathState =
  /** We dialled, and said hello. */
  | { readonly type: 'greeting'; readonly sent: GreetedIds; readonly count: number }
  /** The other side dialled, and has not said hello. */
  | { readonly type: 'waiting' }
  /** Its hello was answered. Whatever it says next proves the path. */
  | {
      readonly type: 'answered';
      readonly answer: Answer;
      readonly position: number;
      readonly count: number;
    }
  | { readonly type: 'proven' }
  | { readonly type: 'closed' };

/** Who has a path: the lane, or, before it is known which, who waits for the hello. */
export interface PathOwner {
  onMessage(path: CarrierPath, message: Uint8Array): void;
  onClosed(path: CarrierPath, why: Error | undefined): void;
  /** It has room again. */
  onRoom(path: CarrierPath): void;
  /** It goes another way now. */
  onChanged(path: CarrierPath): void;
}

export class CarrierPath {
  state: PathState = { type: 'waiting' };
  readonly health: PathHealth;
  /** Since when another is used. */
  standbySince: Millis;
  roundTripMs: Millis | undefined;
  owner: PathOwner;
  isBlocked = false;
  /** When the last ping was sent, and what it said. */
  #ping: { readonly token: number; readonly at: Millis } = { token: 0, at: 0 };
  readonly #carrier: Carrier;
  readonly #clock: Clock;
  readonly #proof = Promise.withResolvers<boolean>();
  #cancelTimer: Cancel;

  /** In the turn in which the carrier was given. */
  constructor(carrier: Carrier, owner: PathOwner, clock: Clock) {
    this.#carrier = carrier;
    this.#clock = clock;
    this.owner = owner;
    const now = clock.now();
    this.health = new PathHealth(now);
    this.standbySince = now;
    this.#cancelTimer = clock.at(now + PROOF_TIMEOUT_MS, () =>
      this.close(new LocalFault('PATH_NOT_PROVEN')),
    );
    carrier.onDrain = () => {
      this.isBlocked = false;
      this.owner.onRoom(this);
    };
    carrier.onPath = () => this.owner.onChanged(this);
    carrier.start(
      (message) => {
        if (this.state.type !== 'closed') this.owner.onMessage(this, message);
      },
      (why) => this.#finish(why),
    );
  }

  get remote(): DeviceKey {
    return this.#carrier.remote;
  }

  get isDialler(): boolean {
    return this.#carrier.isDialler;
  }

  get remoteEndpoint(): Endpoint | undefined {
    return this.#carrier.remoteEndpoint;
  }

  get path(): LinkPath {
    return this.#carrier.path;
  }

  get isProven(): boolean {
    return this.state.type === 'proven';
  }

  get isDoubtful(): boolean {
    return this.health.isDoubtful(this.#clock.now());
  }

  get queuedBytes(): number {
    return this.#carrier.queuedBytes;
  }

  /** Whether it was ever proven: false once it is closed before that. */
  get proof(): Promise<boolean> {
    return this.#proof.promise;
  }

  prove(): void {
    assert(this.state.type !== 'closed', 'a closed path proves nothing');
    this.state = { type: 'proven' };
    this.#cancelTimer();
    this.#proof.resolve(true);
  }

  send(parts: readonly Uint8Array[]): void {
    if (this.state.type === 'closed') return;
    if (!this.#carrier.send(parts)) this.isBlocked = true;
  }

  sendPing(): void {
    const { token } = this.#ping;
    this.#ping = { token: (token + 1) % 2 ** 32, at: this.#clock.now() };
    this.send([encodeFrame({ type: 'ping', token: this.#ping.token })]);
  }

  /** Takes the round trip from a pong, if it is that of the last ping. */
  heardPong(token: number, now: Millis): void {
    if (token === this.#ping.token) this.roundTripMs = now - this.#ping.at;
  }

  pause(): void {
    this.#carrier.pause();
  }

  resume(): void {
    this.#carrier.resume();
  }

  close(why?: Error): void {
    if (this.state.type === 'closed') return;
    this.#carrier.close(why);
    this.#finish(why);
  }

  #finish(why: Error | undefined): void {
    if (this.state.type === 'closed') return;
    this.state = { type: 'closed' };
    this.#cancelTimer();
    this.#proof.resolve(false);
    this.owner.onClosed(this, why);
  }
}
