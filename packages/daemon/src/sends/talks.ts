/** Talks of `send/1` with other devices: opened when there is something to say, again after each break, and closed at rest. */
import { Allowance, isAbort, LocalFault, PeerFault, TaskGroup } from '@coequal/base';
import type { Cancel, Clock, DeviceKey, Links, LinkStream, Millis, Random } from '@coequal/base';
import { FrameBuffer } from './wire/frames.ts';
import { decodeSendMessage, encodeSendMessage, FRAME_LENGTH_MAX } from './wire/send-message.ts';
import type { SendMessage } from './wire/send-message.ts';

const REQUEST = { protocol: 'send/1', lane: 'talk' } as const;
/** Both sides may dial at once; with more than these the oldest is closed. */
const TALKS_OF_DEVICE_MAX = 3;
const TALKS_MAX = 256;
/** Dials at a time: who has hundreds of contacts does not call all of them in one go. */
const DIALS_MAX = 8;
/** Between two dials of one device: the first, and the longest. */
const RETRY_MS = 2_000;
const RETRY_MS_MAX = 5 * 60_000;
/** Who was talked with for so long is dialled again soon. */
const STEADY_MS = 60_000;
/** A talk that nobody needs any more is closed after so long without a word. */
const IDLE_MS = 60_000;
/** Messages that may come at once, and in the long run: a list of files comes in hundreds of parts. */
const MESSAGES_MAX = 4_000;
const MESSAGE_EACH_MS = 2;
/** What may wait for a device that does not read. */
const QUEUED_MAX: number = 2 * 1024 * 1024;

export interface TalkHost {
  /** Whether there is something to say to a device, or to hear of it. */
  wants(device: DeviceKey): boolean;
  /** Whether a device may talk to us. */
  admits(device: DeviceKey): boolean;
  /** A talk began: what there is to say is said, whether it was said before or not. */
  opened(device: DeviceKey): void;
  /** Throws PeerFault, which ends the talk. */
  received(device: DeviceKey, message: SendMessage): void;
  /** A device broke the rules. */
  faulted(device: DeviceKey, fault: PeerFault): void;
  bug(error: unknown): void;
}

interface Way {
  failures: number;
  isDialing: boolean;
  timer: Cancel | undefined;
}

export interface TalkParts {
  readonly own: DeviceKey;
  readonly links: Links;
  readonly clock: Clock;
  readonly random: Random;
}

export class Talks implements AsyncDisposable {
  readonly #parts: TalkParts;
  readonly #host: TalkHost;
  readonly #tasks: TaskGroup;
  readonly #stopAccepting: Cancel;
  /** The newest last. */
  readonly #open = new Map<DeviceKey, Talk[]>();
  readonly #ways = new Map<DeviceKey, Way>();
  #dials = 0;
  #isClosed = false;

  constructor(parts: TalkParts, host: TalkHost) {
    this.#parts = parts;
    this.#host = host;
    this.#tasks = new TaskGroup((error) => host.bug(error));
    this.#stopAccepting = parts.links.accept(REQUEST.protocol, (stream, from) => {
      if (this.#isClosed || this.#count >= TALKS_MAX || !host.admits(from))
        stream.close(new PeerFault('NOT_WELCOME'));
      else this.#begin(stream, from);
    });
  }

  isOpen(device: DeviceKey): boolean {
    return this.#open.has(device);
  }

  /** False: there is no talk now. */
  say(device: DeviceKey, message: SendMessage): boolean {
    const talk = this.#open.get(device)?.at(-1);
    talk?.say(message);
    return talk !== undefined;
  }

  /** Sees to it that there is a talk, as long as the host wants one. */
  want(device: DeviceKey): void {
    if (this.#isClosed || this.#open.has(device) || device === this.#parts.own) return;
    const way = this.#ways.get(device) ?? { failures: 0, isDialing: false, timer: undefined };
    this.#ways.set(device, way);
    if (way.isDialing || way.timer !== undefined) return;
    if (this.#dials >= DIALS_MAX) return this.#later(device, way, RETRY_MS);
    way.isDialing = true;
    this.#dials += 1;
    this.#tasks.run(async (signal) => {
      try {
        await this.#dial(device, way, signal);
      } finally {
        way.isDialing = false;
        this.#dials -= 1;
      }
      if (!this.#open.has(device)) this.#later(device, way, this.#retryMs(way.failures));
    });
  }

  /** A device was seen, or this one has come into another network: it is not waited any longer. */
  rouse(device?: DeviceKey): void {
    const devices = device === undefined ? [...this.#ways.keys()] : [device];
    for (const each of devices) {
      const way = this.#ways.get(each);
      if (way === undefined) continue;
      way.failures = 0;
      way.timer?.();
      way.timer = undefined;
      if (this.#host.wants(each)) this.want(each);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.#stopAccepting();
    for (const { timer } of this.#ways.values()) timer?.();
    for (const talks of this.#open.values()) for (const talk of talks) talk.end();
    await this.#tasks[Symbol.asyncDispose]();
  }

  get #count(): number {
    let count = 0;
    for (const talks of this.#open.values()) count += talks.length;
    return count;
  }

  async #dial(device: DeviceKey, way: Way, signal: AbortSignal): Promise<void> {
    try {
      const stream = await this.#parts.links.open(device, REQUEST, signal);
      if (this.#isClosed) return stream.close();
      this.#begin(stream, device);
    } catch (error) {
      if (isAbort(error, signal)) throw error;
      if (!(error instanceof LocalFault || error instanceof PeerFault)) throw error;
      way.failures += 1;
    }
  }

  #begin(stream: LinkStream, device: DeviceKey): void {
    const { clock } = this.#parts;
    const talks = this.#open.get(device) ?? [];
    if (talks.length >= TALKS_OF_DEVICE_MAX) talks[0]?.end();
    const openedAt = clock.now();
    const talk: Talk = new Talk(stream, clock, {
      received: (message) => this.#host.received(device, message),
      faulted: (fault) => this.#host.faulted(device, fault),
      isNeeded: () => this.#host.wants(device),
      closed: (isFault) => this.#ended(device, talk, openedAt, isFault),
    });
    this.#open.set(device, [...(this.#open.get(device) ?? []), talk]);
    this.#host.opened(device);
  }

  #ended(device: DeviceKey, talk: Talk, openedAt: Millis, isFault: boolean): void {
    const others = (this.#open.get(device) ?? []).filter((each) => each !== talk);
    if (others.length > 0) this.#open.set(device, others);
    else this.#open.delete(device);
    if (this.#isClosed || others.length > 0) return;
    if (!this.#host.wants(device)) return this.#forget(device);
    const wasSteady = !isFault && this.#parts.clock.now() - openedAt >= STEADY_MS;
    const before = this.#ways.get(device)?.failures ?? 0;
    const failures = wasSteady ? 0 : before + (isFault ? 4 : 1);
    this.#ways.get(device)?.timer?.();
    const way = { failures, isDialing: false, timer: undefined };
    this.#ways.set(device, way);
    this.#later(device, way, this.#retryMs(failures));
  }

  #forget(device: DeviceKey): void {
    this.#ways.get(device)?.timer?.();
    this.#ways.delete(device);
  }

  #later(device: DeviceKey, way: Way, ms: Millis): void {
    if (this.#isClosed) return;
    const { clock } = this.#parts;
    way.timer?.();
    way.timer = clock.at(clock.now() + ms, () => {
      way.timer = undefined;
      if (this.#host.wants(device)) this.want(device);
      else if (this.#ways.get(device) === way) this.#ways.delete(device);
    });
  }

  /** Spread, so that two who lost each other do not dial in step for ever. */
  #retryMs(failures: number): Millis {
    const ms = Math.min(RETRY_MS * 2 ** Math.max(failures - 1, 0), RETRY_MS_MAX);
    return ms * (0.75 + this.#parts.random.number() / 2);
  }
}

interface TalkHooks {
  received(message: SendMessage): void;
  faulted(fault: PeerFault): void;
  isNeeded(): boolean;
  closed(isFault: boolean): void;
}

class Talk {
  readonly #stream: LinkStream;
  readonly #clock: Clock;
  readonly #hooks: TalkHooks;
  readonly #frames = new FrameBuffer(FRAME_LENGTH_MAX);
  readonly #allowance: Allowance;
  #heardAt: Millis;
  #idle: Cancel;
  #fault: PeerFault | undefined;
  #hasEnded = false;

  constructor(stream: LinkStream, clock: Clock, hooks: TalkHooks) {
    this.#stream = stream;
    this.#clock = clock;
    this.#hooks = hooks;
    this.#heardAt = clock.now();
    this.#allowance = new Allowance(MESSAGES_MAX, MESSAGE_EACH_MS, clock.now());
    this.#idle = this.#watchIdle();
    stream.onDrain = () => stream.resume();
    stream.start(
      (view) => this.#feed(view),
      () => this.#closed(),
    );
  }

  say(message: SendMessage): void {
    if (this.#hasEnded) return;
    this.#heardAt = this.#clock.now();
    if (this.#stream.queuedBytes > QUEUED_MAX) this.#break(new PeerFault('PEER_NOT_READING'));
    // who asks faster than it reads is not heard until it has read
    else if (!this.#stream.send([encodeSendMessage(message)])) this.#stream.pause();
  }

  /** What was said arrives. */
  end(): void {
    this.#stream.end();
  }

  #feed(view: Uint8Array): void {
    if (this.#hasEnded) return;
    this.#heardAt = this.#clock.now();
    try {
      this.#frames.feed(view, (frame) => {
        if (this.#hasEnded) return;
        this.#allowance.take(this.#clock.now());
        this.#hooks.received(decodeSendMessage(frame));
      });
    } catch (error) {
      if (!(error instanceof PeerFault)) throw error;
      this.#break(error);
    }
  }

  #break(fault: PeerFault): void {
    if (this.#fault !== undefined) return;
    this.#fault = fault;
    this.#hooks.faulted(fault);
    this.#stream.close(fault);
  }

  #watchIdle(): Cancel {
    return this.#clock.at(this.#clock.now() + IDLE_MS, () => {
      const isIdle = this.#clock.now() - this.#heardAt >= IDLE_MS;
      if (isIdle && !this.#hooks.isNeeded()) this.end();
      else this.#idle = this.#watchIdle();
    });
  }

  #closed(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#idle();
    this.#hooks.closed(this.#fault !== undefined);
  }
}
