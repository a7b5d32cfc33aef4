/** Places for packets: those sent and not acknowledged, and those received before their turn. */

/** UDP payload that passes nearly everywhere; with the headers of IPv6 and UDP below what Ethernet carries. */
export const DATAGRAM_LENGTH_MAX = 1_400;

/** What a place holds: more than we send, since others fill the packets of Ethernet. */
const PLACE_LENGTH = 1_500;

/** Kept for use by all connections of a host; more than two fast ones need at a time. */
const FREE_MAX = 2_048;

/** In use by all connections of a host, 48 MiB: beyond it each has only what it needs to go on. */
const IN_USE_MAX = 32_768;

/** Bytes of receive windows beyond what each connection has at first, for all connections of a host. */
const GRANTED_MAX = 16 * 1_024 * 1_024;

/** One packet with what is known of it. Fields mean what the window that has it says. */
export class PacketBuffer {
  readonly bytes: Uint8Array;
  type = 0;
  seq = 0;
  /** Of the header and extensions; what follows is payload. */
  payloadAt = 0;
  payloadLength = 0;
  /** Of the whole datagram. */
  length = 0;
  sentAt = 0;
  /** Counts transmissions of the connection: who was sent later has the greater one. */
  order = 0;
  transmissions = 0;
  isLost = false;
  /** It was taken to be lost because later ones arrived. */
  isOvertaken = false;
  /** Longer than what is known to pass. */
  isProbe = false;
  #view: Uint8Array;

  constructor(capacity: number) {
    this.bytes = new Uint8Array(capacity);
    this.#view = this.bytes;
  }

  /** The datagram. */
  get view(): Uint8Array {
    if (this.#view.length !== this.length) this.#view = this.bytes.subarray(0, this.length);
    return this.#view;
  }
}

export class PacketPool {
  readonly #free: PacketBuffer[] = [];
  #inUse = 0;
  #granted = 0;

  /** So many are in use that only who has none may take one. */
  get isScarce(): boolean {
    return this.#inUse >= IN_USE_MAX;
  }

  get inUse(): number {
    return this.#inUse;
  }

  /** Whether a connection may have so much more to keep packets in. */
  grant(bytes: number): boolean {
    if (this.#granted + bytes > GRANTED_MAX) return false;
    this.#granted += bytes;
    return true;
  }

  takeBack(bytes: number): void {
    this.#granted -= bytes;
  }

  /** `length` is what must fit. */
  take(length: number): PacketBuffer {
    this.#inUse += 1;
    if (length > PLACE_LENGTH) return new PacketBuffer(length);
    const packet = this.#free.pop() ?? new PacketBuffer(PLACE_LENGTH);
    packet.transmissions = 0;
    packet.isLost = false;
    packet.isOvertaken = false;
    packet.isProbe = false;
    return packet;
  }

  give(packet: PacketBuffer): void {
    this.#inUse -= 1;
    if (packet.bytes.length === PLACE_LENGTH && this.#free.length < FREE_MAX) {
      this.#free.push(packet);
    }
  }
}
