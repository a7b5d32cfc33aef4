/**
 * The paths of one lane: greets what is dialled, answers who greets, proves, asks whether they still carry, and decides
 * which is used. Who the two sides are to each other is in `SessionIdentity`; what is said in streams is the lane's.
 */
import { assert, LocalFault, PeerFault } from '@coequal/base';
import type { Clock, DeviceKey, Lane, LinkPath, Millis } from '@coequal/base';
import { decodeFrame, encodeFrame, UNKNOWN_SESSION } from '../../core/session/frames.ts';
import type { Frame, Greeting, StreamFrame } from '../../core/session/frames.ts';
import { choiceDueAt, pickPath } from '../../core/session/path-choice.ts';
import type { PathInput } from '../../core/session/path-health.ts';
import type { GreetedIds, SessionIdentity } from '../../core/session/session-identity.ts';
import type { Carrier } from '../carrier.ts';
import { CarrierPath, GREETINGS_MAX } from './carrier-path.ts';
import type { PathOwner } from './carrier-path.ts';

/** Paths of one lane: one a transport and side, and some that are dead and not known to be. The oldest goes. */
const PATHS_MAX = 8;

/** What is not used is closed after so long, by the side that decides. Until then there is a way back. */
const STANDBY_MS: Millis = 30_000;

/** The lane, as its paths need it. */
export interface PathsHost {
  readonly lane: Lane;
  readonly remote: DeviceKey;
  /** Of the next numbered frame that is wanted. */
  readonly position: number;
  readonly isAwaitingAck: boolean;
  onStreamFrame(frame: StreamFrame): void;
  /** `delayMs`: how long the other side waited with it, undefined when it comes of a greeting. */
  onAcknowledged(position: number, delayMs: Millis | undefined): void;
  /** The other side has begun anew: the next session is another. */
  onReplaced(): void;
  /** Another path is used, or none. */
  onUse(path: CarrierPath | undefined): void;
  /** The path that is used does not answer: another one would be welcome. */
  onDoubt(): void;
  /** It has answered. */
  onTrusted(): void;
  /** It goes another way now, by itself. */
  onOtherWay(): void;
  /** The other side has nothing more to say in this session. */
  onBye(): void;
  /** It broke the rules of the session: that is over. */
  onFault(fault: PeerFault): void;
  /** A message came, and is dealt with; or there is room. */
  onTurnOver(): void;
  /** For each message: how much is looked at in a second. */
  onLength(length: number): void;
}

export class LanePaths implements PathOwner {
  readonly #host: PathsHost;
  readonly #identity: SessionIdentity;
  readonly #isLower: boolean;
  readonly #clock: Clock;
  readonly #paths = new Set<CarrierPath>();
  #active: CarrierPath | undefined;
  #activeSince: Millis = 0;
  /** What the side that decides has named. */
  #told: CarrierPath | undefined;

  constructor(host: PathsHost, identity: SessionIdentity, isLower: boolean, clock: Clock) {
    this.#host = host;
    this.#identity = identity;
    this.#isLower = isLower;
    this.#clock = clock;
  }

  get active(): CarrierPath | undefined {
    return this.#active;
  }

  get size(): number {
    return this.#paths.size;
  }

  get deadline(): Millis | undefined {
    let due = Infinity;
    for (const path of this.#paths) {
      if (!path.isProven) continue;
      due = Math.min(due, path.health.deadline);
      if (path === this.#active) continue;
      if (this.#isLower) due = Math.min(due, path.standbySince + STANDBY_MS);
      const choice = choiceDueAt(this.#activeSince);
      if (choice > this.#clock.now()) due = Math.min(due, choice);
    }
    return due === Infinity ? undefined : due;
  }

  /** A carrier that we dialled, in the turn in which it was given. */
  greet(carrier: Carrier): CarrierPath {
    const path = new CarrierPath(carrier, this, this.#clock);
    this.#add(path);
    this.#sayHello(path, 1);
    return path;
  }

  /** The other side dialled it, and has said hello. */
  adopt(path: CarrierPath, hello: Greeting): void {
    path.owner = this;
    this.#add(path);
    this.#answer(path, hello);
  }

  /** The network may be another: each path is asked. */
  doubt(): void {
    for (const path of this.#paths) if (path.isProven) this.#step(path, { type: 'doubt' });
    this.#choose();
  }

  timeout(now: Millis): void {
    for (const path of this.#paths) {
      if (!path.isProven) continue;
      if (now >= path.health.deadline) this.#step(path, { type: 'timeout' });
      const isStandby = path !== this.#active && now >= path.standbySince + STANDBY_MS;
      if (isStandby && this.#isLower) path.close(new LocalFault('PATH_NOT_NEEDED'));
    }
    this.#choose();
  }

  /** The session is over: nothing that is said on these paths holds for the next. */
  closeAll(why: Error | undefined, but?: CarrierPath): void {
    const closing = [...this.#paths].filter((path) => path !== but);
    for (const path of closing) this.#paths.delete(path); // so that none of them is used meanwhile
    for (const path of closing) path.close(why);
  }

  sayBye(): void {
    for (const path of this.#paths) if (path.isProven) path.send([encodeFrame({ type: 'bye' })]);
  }

  /** Nothing that comes on them is heard any more. They are to be closed by who takes them. */
  letGo(): readonly CarrierPath[] {
    const paths = [...this.#paths];
    this.#paths.clear();
    for (const path of paths) path.owner = NOBODY;
    this.#choose();
    return paths;
  }

  pause(): void {
    for (const path of this.#paths) path.pause();
  }

  resume(): void {
    for (const path of this.#paths) path.resume();
  }

  onMessage(path: CarrierPath, message: Uint8Array): void {
    try {
      const frame = decodeFrame(message);
      if (frame.type !== 'data' || frame.bytes.length === 0) this.#host.onLength(message.length);
      else this.#host.onLength(frame.bytes.length);
      if (path.isProven) this.#receive(path, frame);
      else this.#receiveUnproven(path, frame);
    } catch (error) {
      if (!(error instanceof PeerFault)) throw error;
      const wasProven = path.isProven;
      path.close(error);
      if (wasProven) this.#host.onFault(error);
    }
    this.#host.onTurnOver();
  }

  onClosed(path: CarrierPath): void {
    this.#paths.delete(path);
    if (this.#told === path) this.#told = undefined;
    this.#choose();
    this.#host.onTurnOver();
  }

  onRoom(): void {
    this.#host.onTurnOver();
  }

  onChanged(path: CarrierPath): void {
    if (path === this.#active) this.#host.onOtherWay();
    this.#choose();
    this.#host.onTurnOver();
  }

  #add(path: CarrierPath): void {
    if (this.#paths.size >= PATHS_MAX) {
      const oldest = [...this.#paths].find((other) => other !== this.#active);
      oldest?.close(new LocalFault('TOO_MANY_PATHS'));
    }
    this.#paths.add(path);
  }

  #sayHello(path: CarrierPath, count: number): void {
    const sent = this.#identity.ids;
    path.state = { type: 'greeting', sent, count };
    path.send([encodeFrame({ type: 'hello', ...this.#greeting(sent) })]);
  }

  #greeting(ids: GreetedIds): Greeting {
    return { lane: this.#host.lane, position: this.#host.position, own: ids.own, peer: ids.peer };
  }

  #receiveUnproven(path: CarrierPath, frame: Frame): void {
    const { state } = path;
    if (state.type === 'closed') return;
    if (frame.type === 'hello' && !path.isDialler) {
      this.#answer(path, frame);
      return;
    }
    if (frame.type === 'welcome' && state.type === 'greeting') {
      this.#receiveWelcome(path, state.sent, state.count, frame);
      return;
    }
    if (state.type !== 'answered') throw new PeerFault('HELLO_EXPECTED', { type: frame.type });
    if (!this.#identity.isCurrent(state.answer)) {
      path.close(new LocalFault('SESSION_GONE')); // another path was quicker: it greets again
      return;
    }
    if (this.#identity.proven(state.answer)) {
      this.closeAll(new LocalFault('SESSION_GONE'), path);
      this.#host.onReplaced();
    }
    this.#host.onAcknowledged(state.position, undefined);
    path.prove();
    this.#receive(path, frame);
    this.#choose();
  }

  #answer(path: CarrierPath, hello: Greeting): void {
    if (hello.lane !== this.#host.lane) throw new PeerFault('BAD_LANE');
    const count = path.state.type === 'answered' ? path.state.count + 1 : 1;
    if (count > GREETINGS_MAX) throw new PeerFault('TOO_MANY_GREETINGS');
    const answer = this.#identity.answer(hello);
    path.state = { type: 'answered', answer, position: hello.position, count };
    const isOther = answer.meaning === 'new';
    const greeting = this.#greeting({
      own: answer.own,
      peer: answer.meaning === 'again' ? UNKNOWN_SESSION : hello.own,
    });
    path.send([
      encodeFrame({ type: 'welcome', ...greeting, position: isOther ? 0 : greeting.position }),
    ]);
  }

  #receiveWelcome(path: CarrierPath, sent: GreetedIds, count: number, welcome: Greeting): void {
    if (welcome.lane !== this.#host.lane) throw new PeerFault('BAD_LANE');
    const meaning = this.#identity.welcomed(sent, welcome);
    if (meaning === 'proven') {
      this.#host.onAcknowledged(welcome.position, undefined);
      path.prove();
      path.sendPing(); // which proves it to the other side
      this.#choose();
      return;
    }
    if (count >= GREETINGS_MAX) throw new PeerFault('TOO_MANY_GREETINGS');
    if (meaning === 'begin-anew') {
      this.closeAll(new LocalFault('SESSION_GONE'), path);
      this.#host.onReplaced();
    }
    this.#sayHello(path, count + 1);
  }

  #receive(path: CarrierPath, frame: Frame): void {
    const now = this.#clock.now();
    switch (frame.type) {
      case 'hello':
      case 'welcome':
        throw new PeerFault('GREETED_TWICE');
      case 'ping':
        // who asks and does not read the answers gets none
        if (!path.isBlocked) path.send([encodeFrame({ type: 'pong', token: frame.token })]);
        break;
      case 'pong':
        path.heardPong(frame.token, now);
        this.#answered(path);
        return;
      case 'use':
        if (this.#isLower) throw new PeerFault('NOT_YOURS_TO_CHOOSE');
        this.#told = path;
        this.#choose();
        break;
      case 'acknowledge':
        this.#host.onAcknowledged(frame.position, frame.delay / 10);
        this.#answered(path);
        return;
      case 'bye':
        this.#host.onBye();
        return;
      default:
        this.#host.onStreamFrame(frame);
    }
    path.health.step({ type: 'heard' }, now);
  }

  #answered(path: CarrierPath): void {
    const isMoreDue = path === this.#active && this.#host.isAwaitingAck;
    const wasDoubtful = path.isDoubtful;
    path.health.step({ type: 'answered', isMoreDue }, this.#clock.now());
    if (!wasDoubtful) return;
    if (path === this.#active) this.#host.onTrusted();
    this.#choose();
  }

  #step(path: CarrierPath, input: PathInput | { readonly type: 'timeout' }): void {
    for (const output of path.health.step(input, this.#clock.now())) {
      if (output.type === 'dead') path.close(new LocalFault('PATH_DEAD'));
      else path.sendPing();
      if (path === this.#active && path.isDoubtful) this.#host.onDoubt();
    }
  }

  #choose(): void {
    const now = this.#clock.now();
    const before = this.#active;
    const proven = [...this.#paths].filter((path) => path.isProven);
    const held = before !== undefined && proven.includes(before) ? before : undefined;
    let chosen = pickPath(proven, held, this.#activeSince, now);
    if (!this.#isLower && this.#told !== undefined && !this.#told.isDoubtful) chosen = this.#told;
    if (chosen === before) return;
    assert(chosen === undefined || chosen.isProven, 'only what is proven is used');
    this.#active = chosen;
    this.#activeSince = now;
    if (before !== undefined) before.standbySince = now;
    if (this.#isLower) chosen?.send([encodeFrame({ type: 'use' })]);
    this.#host.onUse(chosen);
  }
}

/** Of paths on which nothing is heard any more. */
export const NOBODY: PathOwner = {
  onMessage: () => undefined,
  onClosed: () => undefined,
  onRoom: () => undefined,
  onChanged: () => undefined,
};

/** Whether two ways are the same, for who looks on. */
export function isSamePath(a: LinkPath, b: LinkPath): boolean {
  if (a.type === 'relayed' && b.type === 'relayed') return a.by === b.by;
  return a.type === b.type;
}
