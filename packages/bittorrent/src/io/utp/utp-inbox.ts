/**
 * Payload on its way to who reads it: of the datagrams of one turn, one after the other, so that it is handed over
 * once. Part of the data path (STYLE 5.11): to hand over each datagram by itself, 1,380 bytes, took the reader of
 * a download 1.2 us for each; one more copy of it takes 0.1.
 */

/** Datagrams of one batch of a busy socket, as long as Ethernet's. */
const INBOX_LENGTH = 96 * 1_024;

interface Reader {
  /** The bytes are valid during the call. */
  handOver(bytes: Uint8Array): void;
}

/** For all connections of a host, one at a time. */
export class UtpInbox<R extends Reader> {
  readonly #bytes = new Uint8Array(INBOX_LENGTH);
  #length = 0;
  #reader: R | undefined;

  /** `flush` is to be called before anything else is told to the reader, and soon. */
  add(reader: R, bytes: Uint8Array): void {
    if (reader !== this.#reader || this.#length + bytes.length > INBOX_LENGTH) this.flush();
    this.#reader = reader;
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  flush(): void {
    const reader = this.#reader;
    const length = this.#length;
    this.#reader = undefined;
    this.#length = 0;
    if (length > 0) reader?.handOver(this.#bytes.subarray(0, length));
  }
}
