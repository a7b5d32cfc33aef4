/** What one peer has sent to whom: read from its writes, where each block has a header of its own. */
import type { Ports } from '@coequal/base';
import { MESSAGE_ID, PIECE_HEADER_LENGTH, PIECE_OVERHEAD } from '../../src/core/wire/peer-wire.ts';
import { tapSends } from './tapped-ports.ts';

/** Of those whose copies are counted, and of nobody else. */
export interface Takers {
  /** What runs at the address: another object after each restart, undefined while nothing does. */
  runningAt(address: string): object | undefined;
  /** One other than who is at the address has told the sender that it has the piece. */
  isHadBy(others: string, piece: number): boolean;
}

export class UploadLedger {
  /** Bytes of blocks by the address they went to. */
  readonly bytesTo: Map<string, number> = new Map();
  /**
   * Bytes to takers that were sent although another taker has the piece, or got the same block before and has been
   * running since: not because a crash took it away.
   */
  bytesAgain = 0;
  readonly #takers: Takers;
  /** By block, to whom it was sent, and what ran there. */
  readonly #gave = new Map<string, Map<string, object>>();

  constructor(takers: Takers) {
    this.#takers = takers;
  }

  /** Ports that count. */
  watch(ports: Ports): Ports {
    return tapSends(ports, ({ host }, chunks) => {
      this.#count(host, chunks);
      return chunks;
    });
  }

  /** To those addresses, or to everyone. */
  sum(isCounted: (address: string) => boolean = () => true): number {
    let sum = 0;
    for (const [address, bytes] of this.bytesTo) if (isCounted(address)) sum += bytes;
    return sum;
  }

  #count(host: string, chunks: readonly Uint8Array[]): void {
    let left = 0;
    for (const chunk of chunks) {
      if (left > 0) {
        left -= chunk.length;
        continue;
      }
      if (chunk.length !== PIECE_HEADER_LENGTH || chunk[4] !== MESSAGE_ID.piece) return;
      const header = new DataView(chunk.buffer, chunk.byteOffset);
      left = header.getUint32(0) - PIECE_OVERHEAD;
      this.bytesTo.set(host, (this.bytesTo.get(host) ?? 0) + left);
      this.#compare(host, header.getUint32(5), header.getUint32(9), left);
    }
  }

  #compare(host: string, piece: number, begin: number, length: number): void {
    const running = this.#takers.runningAt(host);
    if (running === undefined) return;
    const block = `${piece} ${begin}`;
    const before = this.#gave.get(block) ?? new Map<string, object>();
    this.#gave.set(block, before);
    const isStillThere = [...before].some(([at, it]) => this.#takers.runningAt(at) === it);
    if (isStillThere || this.#takers.isHadBy(host, piece)) this.bytesAgain += length;
    before.set(host, running);
  }
}
