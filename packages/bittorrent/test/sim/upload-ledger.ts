/** What one peer has sent to whom: read from its writes, where each block has a header of its own. */
import type { Ports } from '@coequal/base';
import { MESSAGE_ID, PIECE_HEADER_LENGTH, PIECE_OVERHEAD } from '../../src/core/wire/peer-wire.ts';
import { tapSends } from './tapped-ports.ts';

export class UploadLedger {
  /** Bytes of blocks by the address they went to. */
  readonly bytesTo: Map<string, number> = new Map();

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
      left = new DataView(chunk.buffer, chunk.byteOffset).getUint32(0) - PIECE_OVERHEAD;
      this.bytesTo.set(host, (this.bytesTo.get(host) ?? 0) + left);
    }
  }
}
