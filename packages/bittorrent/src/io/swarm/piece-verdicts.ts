/** Right or wrong: what is known of a piece's blocks, from its hash tree (BEP 52) or from a later copy, and what follows for who sent them. */
import type { Ports } from '@coequal/base';
import type { Metainfo } from '../../core/metainfo/metainfo.ts';
import { pieceOfFile } from '../../core/metainfo/piece-digests.ts';
import type { PeerKey } from '../../core/picker/peer-key.ts';
import type { WrongPiece } from '../../core/swarm/wrong-blocks.ts';
import type { PieceStore } from '../storage/piece-store.ts';
import type { Dialer } from './dialer.ts';
import { HashFlow } from './hash-flow.ts';
import type { PeerLink } from './peer-link.ts';
import { Suspects } from './suspects.ts';

export class PieceVerdicts {
  /** Hash trees of v2, fetched and served. */
  readonly hashes: HashFlow;
  readonly #suspects: Suspects;
  #content: { readonly metainfo: Metainfo; readonly store: PieceStore } | undefined;

  constructor(
    dialer: Dialer,
    linkOf: (key: PeerKey) => PeerLink | undefined,
    ports: Pick<Ports, 'clock' | 'hasher'>,
  ) {
    this.#suspects = new Suspects(dialer, linkOf);
    this.hashes = new HashFlow((link, fault) => this.#suspects.lied(link, fault), ports);
  }

  /** The content is open, or its piece layers have come. */
  provide(metainfo: Metainfo, store: PieceStore): void {
    this.#content = { metainfo, store };
    const { pieceRoots } = metainfo;
    if (pieceRoots !== undefined) this.hashes.provide({ ...metainfo, pieceRoots }, store);
  }

  // As of DownloadView

  isWatched(piece: number): boolean {
    return this.#suspects.isWatched(piece);
  }

  async wrongBlocks(
    piece: number,
    wrong: WrongPiece<PeerKey>,
    mayAsk: boolean,
  ): Promise<readonly number[] | undefined> {
    const right = mayAsk ? await this.#rightLeaves(piece) : undefined;
    if (right !== undefined) return this.#suspects.blocksWrong(piece, wrong, right);
    this.#suspects.pieceWrong(piece, wrong);
    return undefined;
  }

  pieceRight(piece: number, leaves: Uint8Array | undefined): void {
    this.#suspects.pieceRight(piece, leaves);
  }

  // As of LinkOwner

  opened(link: PeerLink): void {
    this.hashes.opened(link);
  }

  closed(link: PeerLink): void {
    this.hashes.gone(link);
    this.#suspects.gone(link);
  }

  async #rightLeaves(piece: number): Promise<Uint8Array | undefined> {
    if (this.#content === undefined) return undefined;
    const { metainfo, store } = this.#content;
    const place = pieceOfFile(metainfo, store.map, piece);
    return place && (await this.hashes.blockHashes(place, metainfo.pieceLength));
  }
}
