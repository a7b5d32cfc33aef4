/** Live updates: numbered events to all who listen, with resume for those who come back soon. */
import { LocalFault } from '@coequal/base';
import type { PeerEvent } from '@coequal/contract';

/** Events that are kept for who comes back: about five minutes of a busy peer. */
const KEPT_MAX = 500;
const KEPT_LENGTH_MAX = 8_000_000;
/** Streams of one caller, and of all: each holds a connection. */
const STREAMS_OF_ONE_MAX = 12;
const STREAMS_MAX = 64;
/** Bytes that may wait for a reader; who is slower loses events, and is told so. */
const WAITING_LENGTH_MAX = 4_000_000;
/** Who has not read all that waits by so many keep-alives, a minute, has gone without saying so. */
const STALLED_BEATS_MAX = 4;

/** Where a stream is written to. */
export interface EventSink {
  /** Bytes accepted and not yet sent. */
  readonly waitingBytes: number;
  write(text: string): void;
  /** Also of one that does not read. */
  end(): void;
}

interface Stream {
  readonly caller: string;
  readonly sink: EventSink;
  dropped: number;
  stalledBeats: number;
}

interface Kept {
  readonly number: number;
  readonly text: string;
}

export class EventHub {
  /** Tells one run of the peer from another. */
  readonly #run: string;
  readonly #streams = new Set<Stream>();
  readonly #kept: Kept[] = [];
  #keptLength = 0;
  #last = 0;

  constructor(run: string) {
    this.#run = run;
  }

  get readerCount(): number {
    return this.#streams.size;
  }

  publish(event: PeerEvent): void {
    const number = ++this.#last;
    const text = this.#format(number, event);
    this.#keep({ number, text });
    for (const stream of this.#streams) this.#send(stream, text);
  }

  /**
   * `lastId`: what the reader has seen. If what followed is not kept any more, it is told that it lagged. Throws
   * LocalFault `TOO_MANY_REQUESTS`. Returns what ends the stream.
   */
  open(caller: string, lastId: string | undefined, sink: EventSink): () => void {
    const own = [...this.#streams].filter((stream) => stream.caller === caller).length;
    if (own >= STREAMS_OF_ONE_MAX || this.#streams.size >= STREAMS_MAX)
      throw new LocalFault('TOO_MANY_REQUESTS', { streams: own });
    const stream: Stream = { caller, sink, dropped: 0, stalledBeats: 0 };
    sink.write(': hello\n\n');
    for (const text of this.#missed(lastId)) sink.write(text);
    this.#streams.add(stream);
    return () => void this.#streams.delete(stream);
  }

  /** A comment now and then, so that whoever stands between does not end what is silent. */
  keepAlive(): void {
    for (const stream of this.#streams) {
      if (stream.sink.waitingBytes > 0) {
        stream.stalledBeats += 1;
        if (stream.stalledBeats >= STALLED_BEATS_MAX) this.#end(stream);
        continue;
      }
      stream.stalledBeats = 0;
      this.#tellDropped(stream);
      stream.sink.write(': here\n\n');
    }
  }

  /** Of a caller that may not listen any more. */
  closeOf(caller: string): void {
    for (const stream of this.#streams) if (stream.caller === caller) this.#end(stream);
  }

  close(): void {
    for (const stream of this.#streams) this.#end(stream);
  }

  #end(stream: Stream): void {
    this.#streams.delete(stream);
    stream.sink.end();
  }

  #missed(lastId: string | undefined): readonly string[] {
    if (lastId === undefined) return [];
    const [run, text] = lastId.split('-');
    const seen = Number(text);
    const first = this.#kept[0]?.number ?? this.#last + 1;
    if (run !== this.#run || !Number.isSafeInteger(seen) || seen > this.#last)
      return [this.#format(this.#last, { type: 'lagged', dropped: this.#last })];
    if (seen + 1 < first)
      return [this.#format(this.#last, { type: 'lagged', dropped: this.#last - seen })];
    return this.#kept.filter(({ number }) => number > seen).map((kept) => kept.text);
  }

  #send(stream: Stream, text: string): void {
    if (stream.sink.waitingBytes > WAITING_LENGTH_MAX) {
      stream.dropped += 1;
      return;
    }
    this.#tellDropped(stream, this.#last - 1);
    stream.sink.write(text);
  }

  /** `last`: the newest of those that are gone. */
  #tellDropped(stream: Stream, last = this.#last): void {
    if (stream.dropped === 0) return;
    stream.sink.write(this.#format(last, { type: 'lagged', dropped: stream.dropped }));
    stream.dropped = 0;
  }

  #keep(kept: Kept): void {
    this.#kept.push(kept);
    this.#keptLength += kept.text.length;
    while (this.#kept.length > KEPT_MAX || this.#keptLength > KEPT_LENGTH_MAX)
      this.#keptLength -= this.#kept.shift()?.text.length ?? 0;
  }

  #format(number: number, event: PeerEvent): string {
    return `id: ${this.#run}-${number}\ndata: ${JSON.stringify(event)}\n\n`;
  }
}
