/**
 * One lane with one device (docs/links.md): streams, in numbered frames that are kept until they are acknowledged, and
 * sent again when another path is used. A machine without I/O: frames and the time go in; it is on the data path (STYLE
 * 5.11), so that what is to be sent is asked for, message by message, by `next`.
 */
import { assert, PeerFault } from '@coequal/base';
import type { Lane, Millis } from '@coequal/base';
import { AckSchedule } from './ack-schedule.ts';
import { FrameLog } from './frame-log.ts';
import { encodeDataHead, encodeFrame } from './frames.ts';
import type { Refusal, StreamFrame } from './frames.ts';
import { SendWindow } from './send-window.ts';
import { SessionStream } from './session-stream.ts';
import type { StreamLimits } from './session-stream.ts';

/** Frames under way: short data beyond them waits, and goes together. */
const FRAMES_MAX = 4_096;

/**
 * Frames without data that wait for their acknowledgement. What we do by ourselves stays far below, so the other side
 * asks for answers and acknowledges none: its session is over.
 */
const ANSWERS_MAX = 4_096;

/** As long as it was not measured. */
const ROUND_TRIP_GUESS_MS: Millis = 50;

/** Ids of streams: the side with the lower key has odd ones. */
const STREAM_ID_MAX = 2 ** 32 - 1;

export interface SessionLimits extends StreamLimits {
  /** Streams of the other side at a time. */
  readonly streamsMax: number;
}

/** What a frame meant. */
export type Received =
  | { readonly type: 'nothing' }
  /** To be answered by `accept` or `refuse`. */
  | { readonly type: 'offered' | 'accepted' | 'ended' | 'reset'; readonly stream: SessionStream }
  | { readonly type: 'refused'; readonly stream: SessionStream; readonly reason: Refusal }
  | { readonly type: 'data'; readonly stream: SessionStream; readonly bytes: Uint8Array };

const NOTHING: Received = { type: 'nothing' };

export class Session {
  readonly window: SendWindow;
  readonly #limits: () => SessionLimits;
  readonly #streams = new Map<number, SessionStream>();
  readonly #log = new FrameLog();
  readonly #acks: AckSchedule;
  #ready: SessionStream[] = [];
  #growth = 0;
  #expected = 0;
  #nextStream: number;
  #lastOther: number;
  #othersOpen = 0;
  /** The window was what held back more, since the last acknowledgement. */
  #isFull = false;
  /** Of the path that is used, as far as known. */
  #roundTripMs: Millis = ROUND_TRIP_GUESS_MS;

  /** @param limits asked for each stream that the other side opens: who it is to us can change */
  constructor(lane: Lane, isLower: boolean, limits: () => SessionLimits) {
    this.window = new SendWindow(lane);
    this.#acks = new AckSchedule(lane);
    this.#limits = limits;
    this.#nextStream = isLower ? 1 : 2;
    this.#lastOther = isLower ? 0 : -1;
  }

  /** Of the next frame that is wanted from the other side. */
  get position(): number {
    return this.#expected;
  }

  /** The other side has not acknowledged all that was sent over the path that is used. */
  get isAwaitingAck(): boolean {
    return this.#log.isAnySent;
  }

  /** The other side has all that was sent. */
  get isSettled(): boolean {
    return this.#log.size === 0;
  }

  /** When an acknowledgement is due that nothing else brings about. */
  get deadline(): Millis | undefined {
    return this.#acks.deadline;
  }

  open(protocol: string, now: Millis): SessionStream {
    const id = this.#nextStream;
    assert(id <= STREAM_ID_MAX, 'a session has no more streams');
    this.#nextStream += 2;
    const limits = this.#limits();
    const stream = new SessionStream(id, protocol, 'opening', 0, limits, now);
    this.#streams.set(id, stream);
    const window = limits.window;
    this.#add(id, (number) => encodeFrame({ type: 'open', number, stream: id, window, protocol }));
    return stream;
  }

  accept(stream: SessionStream): void {
    assert(stream.state === 'offered', 'an offered stream is answered once');
    stream.state = 'open';
    const { id } = stream;
    const { window } = stream;
    this.#add(id, (number) => encodeFrame({ type: 'accepted', number, stream: id, window }));
  }

  refuse(stream: SessionStream, reason: Refusal): void {
    assert(stream.state === 'offered', 'an offered stream is answered once');
    this.#refuse(stream.id, reason);
    this.#remove(stream);
  }

  send(stream: SessionStream, chunks: readonly Uint8Array[], whenDone?: () => void): void {
    stream.push(chunks, whenDone);
    this.#offerTurn(stream);
  }

  /** What waits is sent, then the end; `whenDone` is called when the other side has it. */
  end(stream: SessionStream): void {
    if (stream.state !== 'open') return;
    stream.state = 'ending';
    this.#release(stream);
    this.#offerTurn(stream);
  }

  /** Returns what is to be called: nothing that was given to send is held any more. */
  reset(stream: SessionStream): (() => void)[] {
    if (stream.state === 'closed') return [];
    const done = this.#remove(stream);
    const { id } = stream;
    this.#add(id, (number) => encodeFrame({ type: 'reset', number, stream: id }));
    return done;
  }

  /** So much of what came was taken by whom it is for. */
  read(stream: SessionStream, bytes: number, now: Millis): void {
    if (stream.state !== 'open') return;
    const before = stream.growth;
    const left = Math.max(this.#limits().growthMax - this.#growth, 0);
    const window = stream.read(bytes, left, this.#roundTripMs, now);
    this.#growth += stream.growth - before;
    this.#grant(stream, window);
  }

  /** The acknowledgement that is due, for the path that is used. */
  acknowledgement(now: Millis): Uint8Array | undefined {
    const delay = this.#acks.take(now);
    if (delay === undefined) return undefined;
    return encodeFrame({ type: 'acknowledge', position: this.#expected, delay });
  }

  /** The next message for the path that is used, in parts; undefined when there is none that may be sent. */
  next(now: Millis): readonly Uint8Array[] | undefined {
    if (this.#log.next === undefined) this.#frameData();
    const frame = this.#log.next;
    if (frame === undefined) return undefined;
    if (frame.length > 0 && !this.#hasRoom) return undefined;
    this.#log.sent(now);
    return frame.parts.length === 0 ? [frame.head] : [frame.head, ...frame.parts];
  }

  /** Another path is used from now on: all that is not acknowledged goes again. */
  usePath(roundTripMs: Millis | undefined, now: Millis): void {
    this.#roundTripMs = roundTripMs ?? ROUND_TRIP_GUESS_MS;
    this.#log.rewind();
    this.window.reset();
    this.#acks.pathChanged(now);
  }

  /**
   * The other side has all frames before `position`, the last since so many milliseconds, undefined when that is not
   * known. Returns what is to be called. Throws PeerFault when that cannot be.
   */
  acknowledge(position: number, delayMs: Millis | undefined, now: Millis): (() => void)[] {
    if (position > this.#log.nextNumber) throw new PeerFault('BAD_ACKNOWLEDGEMENT', { position });
    const done: (() => void)[] = [];
    let bytes = 0;
    let roundTripMs: Millis | undefined;
    for (let frame = this.#log.shift(position); frame !== undefined;) {
      bytes += frame.length;
      for (const run of frame.whenDone) done.push(run);
      const isTimed = delayMs !== undefined && frame.sentAt !== undefined && !frame.isSentAgain;
      roundTripMs = isTimed ? Math.max(now - (frame.sentAt ?? now) - delayMs, 0) : undefined;
      frame = this.#log.shift(position);
    }
    if (bytes > 0) this.window.acknowledged(bytes, roundTripMs, this.#isFull, now);
    this.#isFull = false;
    return done;
  }

  /** Throws PeerFault for what breaks the rules: then the session is over. */
  receive(frame: StreamFrame, now: Millis): Received {
    if (frame.number > this.#expected) throw new PeerFault('FRAME_MISSING');
    if (frame.number < this.#expected) {
      this.#acks.repeated(now); // it came over two paths
      return NOTHING;
    }
    if (this.#log.sizeWithoutData > ANSWERS_MAX) throw new PeerFault('NEVER_ACKNOWLEDGES');
    this.#expected += 1;
    this.#acks.received(frame.type === 'data' ? frame.bytes.length : 0, now);
    if (frame.type === 'open') return this.#receiveOpen(frame, now);
    const stream = this.#streams.get(frame.stream);
    if (stream === undefined) {
      if (!this.#wasOpen(frame.stream)) throw new PeerFault('UNKNOWN_STREAM');
      return NOTHING; // it was sent before the other side knew that the stream is closed
    }
    return this.#receiveOn(stream, frame);
  }

  /** Returns what is to be called for all that was given to send. */
  dispose(): (() => void)[] {
    const done = [...this.#streams.values()].flatMap((stream) => this.#remove(stream));
    this.#ready = [];
    return done;
  }

  #receiveOpen(frame: StreamFrame & { type: 'open' }, now: Millis): Received {
    const { stream: id, protocol, window } = frame;
    const isOthers = (id - this.#lastOther) % 2 === 0;
    if (!isOthers || id <= this.#lastOther) throw new PeerFault('BAD_STREAM_ID', { id });
    this.#lastOther = id;
    const limits = this.#limits();
    if (this.#othersOpen >= limits.streamsMax) {
      this.#refuse(id, 'too-many');
      return NOTHING;
    }
    const stream = new SessionStream(id, protocol, 'offered', window, limits, now);
    this.#streams.set(id, stream);
    this.#othersOpen += 1;
    return { type: 'offered', stream };
  }

  #receiveOn(stream: SessionStream, frame: Exclude<StreamFrame, { type: 'open' }>): Received {
    switch (frame.type) {
      case 'accepted':
        if (stream.state !== 'opening') throw new PeerFault('NOT_OFFERED');
        stream.state = 'open';
        stream.addCredit(frame.window);
        this.#offerTurn(stream);
        return { type: 'accepted', stream };
      case 'refused':
        if (stream.state !== 'opening') throw new PeerFault('NOT_OFFERED');
        this.#remove(stream);
        return { type: 'refused', stream, reason: frame.reason };
      case 'data':
        if (stream.state === 'opening') throw new PeerFault('NOT_ACCEPTED');
        stream.received(frame.bytes.length);
        if (stream.state === 'ending') this.#release(stream);
        if (stream.state === 'ending' || frame.bytes.length === 0) return NOTHING;
        return { type: 'data', stream, bytes: frame.bytes };
      case 'window':
        stream.addCredit(frame.window);
        this.#offerTurn(stream);
        return NOTHING;
      case 'end':
      case 'reset': {
        if (stream.state === 'opening' && frame.type === 'end') throw new PeerFault('NOT_ACCEPTED');
        stream.leftovers = this.#remove(stream);
        return { type: frame.type === 'end' ? 'ended' : 'reset', stream };
      }
    }
  }

  get #hasRoom(): boolean {
    if (this.#log.bytesUnderWay < this.window.bytes) return this.#log.size < FRAMES_MAX;
    this.#isFull = true;
    return false;
  }

  #frameData(): void {
    if (this.#ready.length === 0 || !this.#hasRoom) return;
    const stream = this.#ready.shift();
    assert(stream !== undefined, 'a stream is ready');
    stream.isReady = false;
    const { id } = stream;
    if (stream.canSendData) {
      const { parts, length, whenDone } = stream.take(this.window.chunkLength);
      this.#log.add(id, (number) => encodeDataHead(number, id), parts, length, whenDone);
    } else if (stream.isEndDue) {
      stream.isEndSent = true;
      const closed = (): void => this.#forgetEnded(stream);
      const encode = (number: number): Uint8Array =>
        encodeFrame({ type: 'end', number, stream: id });
      this.#log.add(id, encode, [], 0, [closed]);
    }
    this.#offerTurn(stream);
  }

  #forgetEnded(stream: SessionStream): void {
    if (stream.state === 'closed') return;
    this.#remove(stream);
    stream.onEnded?.();
  }

  /**
   * Nothing that comes is wanted any more, so nothing of it is held back: the other side may have ended as well, with more
   * to send than it may, and its end is behind that.
   */
  #release(stream: SessionStream): void {
    if (stream.queuedBytes > 0) this.#grant(stream, stream.release());
  }

  #grant({ id }: SessionStream, window: number): void {
    if (window === 0) return;
    this.#add(id, (number) => encodeFrame({ type: 'window', number, stream: id, window }));
  }

  #offerTurn(stream: SessionStream): void {
    if (stream.isReady || !(stream.canSendData || stream.isEndDue)) return;
    stream.isReady = true;
    this.#ready.push(stream);
  }

  #refuse(id: number, reason: Refusal): void {
    this.#add(id, (number) => encodeFrame({ type: 'refused', number, stream: id, reason }));
  }

  #add(stream: number, encode: (number: number) => Uint8Array): void {
    this.#log.add(stream, encode);
  }

  #wasOpen(id: number): boolean {
    const isOthers = (id - this.#nextStream) % 2 !== 0;
    return isOthers ? id <= this.#lastOther : id < this.#nextStream;
  }

  #remove(stream: SessionStream): (() => void)[] {
    stream.state = 'closed';
    stream.isReady = false;
    this.#ready = this.#ready.filter((other) => other !== stream);
    this.#streams.delete(stream.id);
    this.#growth -= stream.growth;
    if ((stream.id - this.#nextStream) % 2 !== 0) this.#othersOpen -= 1;
    return [...this.#log.drop(stream.id), ...stream.drop()];
  }
}
