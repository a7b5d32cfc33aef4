/** The streams of one lane: between their users, who open, send and close, and the session, which has the frames. */
import { LocalFault, PeerFault } from '@coequal/base';
import type { Cancel, Clock, DeviceKey, Lane, LinkStream, Millis } from '@coequal/base';
import type { StreamFrame } from '../../core/session/frames.ts';
import { Session } from '../../core/session/session.ts';
import type { SessionLimits } from '../../core/session/session.ts';
import type { SessionStream } from '../../core/session/session-stream.ts';
import type { CarrierPath } from './carrier-path.ts';
import { callSoon, MeshStream } from './mesh-stream.ts';
import type { StreamHost } from './mesh-stream.ts';

/** A stream is asked for again when the other side turns out to have begun anew; not for ever. */
const OPENINGS_MAX = 4;

export interface StreamsHost {
  readonly lane: Lane;
  readonly remote: DeviceKey;
  readonly isLower: boolean;
  limits(): SessionLimits;
  /** Who is to be given a stream that the other side opens; undefined when it may not. */
  listenerFor(protocol: string): ((stream: LinkStream, from: DeviceKey) => void) | undefined;
  /** A user did something: there may be something to send, or a path to be found. */
  onWork(): void;
}

interface Opening {
  readonly protocol: string;
  readonly resolve: (stream: LinkStream) => void;
  readonly reject: (reason: unknown) => void;
  core: SessionStream;
  count: number;
}

export class LaneStreams implements StreamHost {
  readonly lane: Lane;
  readonly remote: DeviceKey;
  readonly #host: StreamsHost;
  readonly #clock: Clock;
  #session: Session;
  readonly #streams = new Map<SessionStream, MeshStream>();
  readonly #openings = new Map<SessionStream, Opening>();
  /** They wait to be told that there is room. */
  readonly #overBound = new Set<MeshStream>();
  #isPumping = false;

  constructor(host: StreamsHost, clock: Clock) {
    this.lane = host.lane;
    this.remote = host.remote;
    this.#host = host;
    this.#clock = clock;
    this.#session = this.#newSession();
  }

  get session(): Session {
    return this.#session;
  }

  /** Someone has a stream: a path is looked for as long as the session is kept. */
  get hasStreams(): boolean {
    return this.#streams.size > 0;
  }

  /** Nobody has one, or waits for one. */
  get isIdle(): boolean {
    return this.#streams.size === 0 && this.#openings.size === 0;
  }

  async open(protocol: string, signal: AbortSignal): Promise<LinkStream> {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<LinkStream>();
    const core = this.#session.open(protocol, this.#clock.now());
    const opening: Opening = { protocol, resolve, reject, core, count: 1 };
    this.#openings.set(core, opening);
    const onAbort = (): void => {
      if (!this.#openings.delete(opening.core)) return;
      this.#session.reset(opening.core);
      reject(signal.reason);
      this.#host.onWork();
    };
    signal.addEventListener('abort', onAbort, { once: true });
    this.#host.onWork();
    try {
      return await promise;
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** No way there: those that wait for their first one are told. */
  failOpenings(why: Error): void {
    const openings = [...this.#openings.values()];
    this.#openings.clear();
    for (const { core, reject } of openings) {
      this.#session.reset(core);
      reject(why);
    }
  }

  /** The session is over. Who waits for a stream waits for one of the next, unless it is not to be. */
  replace(why: Error, isReopened: boolean): void {
    const done = this.#session.dispose();
    const streams = [...this.#streams.values()];
    const openings = [...this.#openings.values()];
    this.#streams.clear();
    this.#openings.clear();
    this.#overBound.clear();
    this.#session = this.#newSession();
    for (const stream of streams) stream.finish(why);
    void callSoon(done);
    for (const opening of openings) {
      opening.count += 1;
      if (isReopened && opening.count <= OPENINGS_MAX) {
        opening.core = this.#session.open(opening.protocol, this.#clock.now());
        this.#openings.set(opening.core, opening);
      } else {
        opening.reject(unreachable(this.remote, why));
      }
    }
  }

  /** Throws PeerFault, as `Session.receive`. */
  onStreamFrame(frame: StreamFrame): void {
    const received = this.#session.receive(frame, this.#clock.now());
    switch (received.type) {
      case 'nothing':
        return;
      case 'data':
        this.#streams.get(received.stream)?.receive(received.bytes);
        return;
      case 'offered':
        this.#offered(received.stream);
        return;
      case 'accepted':
        this.#accepted(received.stream);
        return;
      case 'refused': {
        const opening = this.#openings.get(received.stream);
        this.#openings.delete(received.stream);
        const code = received.reason === 'too-many' ? 'TOO_MANY_STREAMS' : 'PROTOCOL_REFUSED';
        opening?.reject(new PeerFault(code, { protocol: received.stream.protocol }));
        return;
      }
      case 'ended':
      case 'reset':
        this.#othersClosed(received.stream, received.type);
    }
  }

  onAcknowledged(position: number, delayMs: Millis | undefined): void {
    const done = this.#session.acknowledge(position, delayMs, this.#clock.now());
    for (const run of done) run();
  }

  /** All that may be sent over the path goes out. */
  pump(path: CarrierPath): void {
    if (this.#isPumping) return;
    this.#isPumping = true;
    do {
      const now = this.#clock.now();
      const acknowledgement = path.isBlocked ? undefined : this.#session.acknowledgement(now);
      if (acknowledgement !== undefined) path.send([acknowledgement]);
      while (!path.isBlocked && path.isProven) {
        const message = this.#session.next(now);
        if (message === undefined) break;
        path.send(message);
        path.health.step(SENT, now);
      }
    } while (this.#tellDrained());
    this.#isPumping = false;
  }

  send(stream: MeshStream, chunks: readonly Uint8Array[], onSent: (() => void) | undefined): void {
    this.#session.send(stream.core, chunks, onSent);
    this.#host.onWork();
    if (stream.isOverBound) this.#overBound.add(stream);
  }

  read(stream: MeshStream, bytes: number): void {
    this.#session.read(stream.core, bytes, this.#clock.now());
    this.#host.onWork();
  }

  end(stream: MeshStream): void {
    this.#overBound.delete(stream);
    this.#session.end(stream.core);
    this.#host.onWork();
  }

  reset(stream: MeshStream): void {
    this.#streams.delete(stream.core);
    this.#overBound.delete(stream);
    void callSoon(this.#session.reset(stream.core));
    this.#host.onWork();
  }

  /** Returns whether anyone was told. */
  #tellDrained(): boolean {
    let isAny = false;
    for (const stream of this.#overBound) {
      if (stream.isOverBound) continue;
      this.#overBound.delete(stream);
      stream.onDrain?.();
      isAny = true;
    }
    return isAny;
  }

  #offered(core: SessionStream): void {
    const listener = this.#host.listenerFor(core.protocol);
    if (listener === undefined) {
      this.#session.refuse(core, 'not-spoken');
      return;
    }
    this.#session.accept(core);
    listener(this.#give(core), this.remote);
  }

  #accepted(core: SessionStream): void {
    const opening = this.#openings.get(core);
    this.#openings.delete(core);
    opening?.resolve(this.#give(core));
  }

  /** What nobody starts in this turn is closed. */
  #give(core: SessionStream): MeshStream {
    const stream = new MeshStream(this, core);
    this.#streams.set(core, stream);
    core.onEnded = () => {
      this.#streams.delete(core);
      stream.finish(undefined);
    };
    const cancel: Cancel = this.#clock.at(this.#clock.now(), () => {
      cancel();
      if (!stream.isStarted) stream.close(new LocalFault('STREAM_NOT_STARTED'));
    });
    return stream;
  }

  #othersClosed(core: SessionStream, how: 'ended' | 'reset'): void {
    const opening = this.#openings.get(core);
    this.#openings.delete(core);
    opening?.reject(new PeerFault('PROTOCOL_REFUSED', { protocol: core.protocol }));
    const stream = this.#streams.get(core);
    this.#streams.delete(core);
    if (stream !== undefined) this.#overBound.delete(stream);
    void callSoon(core.leftovers);
    if (how === 'ended') stream?.otherEnded();
    else stream?.otherReset();
  }

  #newSession(): Session {
    return new Session(this.#host.lane, this.#host.isLower, () => this.#host.limits());
  }
}

const SENT = { type: 'sent' } as const;

export function unreachable(device: DeviceKey, cause: unknown, reason?: string): LocalFault {
  return new LocalFault('DEVICE_UNREACHABLE', { device, reason }, { cause });
}
