/** Frames of our protocols over a stream: a length (u32), then as many bytes, of which the first is a type. */
import { concatBytes, PeerFault } from '@coequal/base';
import { encodeU32 } from './encode-u32.ts';

const HEAD_LENGTH = 4;

export function encodeFrame(body: Uint8Array): Uint8Array {
  return concatBytes([encodeU32(body.length), body]);
}

/** Gathers bytes to frames. Holds no more than one frame that is not whole. */
export class FrameBuffer {
  readonly #lengthMax: number;
  readonly #head = new Uint8Array(HEAD_LENGTH);
  #headLength = 0;
  #body: Uint8Array | undefined;
  #bodyLength = 0;

  constructor(lengthMax: number) {
    this.#lengthMax = lengthMax;
  }

  /** Copies of the frames that are whole now. Throws PeerFault `BAD_FRAME` before a long one is held. */
  take(view: Uint8Array): Uint8Array[] {
    const frames: Uint8Array[] = [];
    let at = 0;
    while (at < view.length) {
      if (this.#body === undefined) {
        this.#head[this.#headLength++] = view[at++] ?? 0;
        if (this.#headLength === HEAD_LENGTH) this.#begin();
        continue;
      }
      const part = view.subarray(at, at + this.#body.length - this.#bodyLength);
      this.#body.set(part, this.#bodyLength);
      this.#bodyLength += part.length;
      at += part.length;
      if (this.#bodyLength < this.#body.length) break;
      frames.push(this.#body);
      this.#body = undefined;
    }
    return frames;
  }

  #begin(): void {
    const length = new DataView(this.#head.buffer).getUint32(0);
    if (length === 0 || length > this.#lengthMax) throw new PeerFault('BAD_FRAME', { length });
    this.#headLength = 0;
    this.#body = new Uint8Array(length);
    this.#bodyLength = 0;
  }
}
