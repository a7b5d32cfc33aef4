/** Two channels that a relay has joined: what comes from one goes to the other, as fast as that one takes it. */
import { PeerFault } from '@coequal/base';
import type { Cancel, Clock, DeviceKey, Millis } from '@coequal/base';
import { encodeRelayMessage, DATA_HEAD } from './relay-messages.ts';
import type { EndReason } from './relay-messages.ts';
import type { SecretChannel } from './secret-channel.ts';

/** Nothing for so long: both would have sent keep-alives. */
const IDLE_MAX_MS: Millis = 30_000;

/** One pair; who needs it for longer asks anew, when others may have a turn. */
const PAIR_MAX_MS: Millis = 43_200_000;

/** For both to hear why, before it is cut. */
const FAREWELL_MS: Millis = 2_000;

/** What is held for one side that does not take it, beside what one read of the other brings: the system holds more. */
const QUEUE_MAX = 131_072;

export interface PairHost {
  readonly clock: Clock;
  /** False: that was the last. */
  charge(users: readonly [DeviceKey, DeviceKey], length: number): boolean;
  onEnd(): void;
}

export class RelayPair {
  readonly users: readonly [DeviceKey, DeviceKey];
  readonly #sides: readonly [SecretChannel, SecretChannel];
  readonly #host: PairHost;
  readonly #cancels: Cancel[] = [];
  #heardAt: Millis;
  #isEnding = false;
  #isEnded = false;

  /** Neither has been started, or both are given their messages by `take`. */
  constructor(caller: SecretChannel, answerer: SecretChannel, host: PairHost) {
    this.#sides = [caller, answerer];
    this.users = [caller.remote, answerer.remote];
    this.#host = host;
    const { clock } = host;
    this.#heardAt = clock.now();
    caller.onDrain = () => answerer.resume();
    answerer.onDrain = () => caller.resume();
    for (const side of this.#sides) {
      side.limitQueue(QUEUE_MAX);
      side.send([encodeRelayMessage({ type: 'joined' })]);
    }
    this.#cancels.push(clock.at(clock.now() + PAIR_MAX_MS, () => this.end('time')));
    this.#watchIdle();
  }

  /** Whoever has started the channels calls this with what comes from one. */
  take(from: SecretChannel, message: Uint8Array): void {
    if (this.#isEnding) return;
    if (message[0] !== DATA_HEAD[0]) {
      from.close(new PeerFault('UNKNOWN_RELAY_MESSAGE'));
      return;
    }
    this.#heardAt = this.#host.clock.now();
    const to = this.#otherOf(from);
    if (!to.send([message])) from.pause();
    if (!this.#host.charge(this.users, message.length)) this.end('quota');
  }

  /** Whoever has started the channels calls this when one has closed. */
  closed(side: SecretChannel): void {
    this.#otherOf(side).close();
    this.#finish();
  }

  /** Tells both why, and cuts. */
  end(reason: EndReason): void {
    if (this.#isEnding || this.#isEnded) return;
    this.#isEnding = true;
    const { clock } = this.#host;
    for (const side of this.#sides) side.send([encodeRelayMessage({ type: 'ended', reason })]);
    this.#cancels.push(clock.at(clock.now() + FAREWELL_MS, () => this.cut()));
  }

  cut(): void {
    for (const side of this.#sides) side.close();
    this.#finish();
  }

  #otherOf(side: SecretChannel): SecretChannel {
    return side === this.#sides[0] ? this.#sides[1] : this.#sides[0];
  }

  #watchIdle(): void {
    const { clock } = this.#host;
    const at = this.#heardAt + IDLE_MAX_MS;
    const cancel = clock.at(at, () => {
      this.#cancels.splice(this.#cancels.indexOf(cancel), 1);
      if (this.#isEnding || this.#isEnded) return;
      if (clock.now() >= this.#heardAt + IDLE_MAX_MS) this.end('idle');
      else this.#watchIdle();
    });
    this.#cancels.push(cancel);
  }

  #finish(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    for (const cancel of this.#cancels.splice(0)) cancel();
    this.#host.onEnd();
  }
}
