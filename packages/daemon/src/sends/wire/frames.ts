/** Puts frames together from bytes as they come: four bytes of length, then so many. */
import { PeerFault } from '@coequal/base';

const HEAD_LENGTH = 4;

export class FrameBuffer {
  readonly #lengthMax: number;
  readonly #head = new Uint8Array(HEAD_LENGTH);
  #headLength = 0;
  /** Of the frame that is coming: taken once its length is known and allowed. */
  #body: Uint8Array | undefined;
  #bodyLength = 0;

  constructor(lengthMax: number) {
    this.#lengthMax = lengthMax;
  }

  /** Calls `onFrame` with a view of each frame that is whole. Throws PeerFault `BAD_FRAME`. */
  feed(bytes: Uint8Array, onFrame: (frame: Uint8Array) => void): void {
    let rest = bytes;
    while (rest.length > 0) {
      rest = this.#body === undefined ? this.#takeHead(rest) : this.#takeBody(rest, onFrame);
    }
  }

  #takeHead(bytes: Uint8Array): Uint8Array {
    const taken = bytes.subarray(0, HEAD_LENGTH - this.#headLength);
    this.#head.set(taken, this.#headLength);
    this.#headLength += taken.length;
    if (this.#headLength === HEAD_LENGTH) {
      const length = new DataView(this.#head.buffer).getUint32(0);
      if (length === 0 || length > this.#lengthMax) throw new PeerFault('BAD_FRAME', { length });
      this.#body = new Uint8Array(length);
      this.#bodyLength = 0;
      this.#headLength = 0;
    }
    return bytes.subarray(taken.length);
  }

  #takeBody(bytes: Uint8Array, onFrame: (frame: Uint8Array) => void): Uint8Array {
    const body = this.#body ?? new Uint8Array();
    const taken = bytes.subarray(0, body.length - this.#bodyLength);
    body.set(taken, this.#bodyLength);
    this.#bodyLength += taken.length;
    if (this.#bodyLength === body.length) {
      this.#body = undefined;
      onFrame(body);
    }
    return bytes.subarray(taken.length);
  }
}
