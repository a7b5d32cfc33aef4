/** One transfer, of which only that is looked up which a client asks for. */
import type { Metainfo } from '@coequal/bittorrent';
import type { Transfer, TransferDetail, TransferFile, TransferPeer } from '@coequal/contract';
import { filesOf, peersOf, piecesOf } from '../../files/transfer-detail.ts';
import type { TransferEntry } from '../../files/transfer-entry.ts';
import type { Transfers } from '../../files/transfers.ts';

export class Reading {
  readonly number: number;
  readonly row: Transfer;
  readonly entry: TransferEntry;
  readonly changedAt: number;
  readonly #transfers: Transfers;
  #detail: TransferDetail | undefined;
  #metainfo: { readonly value: Metainfo | undefined } | undefined;
  #files: readonly TransferFile[] | undefined;
  #peers: readonly TransferPeer[] | undefined;
  #pieces: { readonly states: Uint8Array; readonly availability: Uint8Array } | undefined;

  constructor(row: Transfer, number: number, changedAt: number, transfers: Transfers) {
    this.row = row;
    this.number = number;
    this.changedAt = changedAt;
    this.entry = transfers.get(row.id);
    this.#transfers = transfers;
  }

  get detail(): TransferDetail {
    this.#detail ??= this.#transfers.detail(this.row.id);
    return this.#detail;
  }

  get metainfo(): Metainfo | undefined {
    this.#metainfo ??= { value: this.#transfers.metainfo(this.row.id) };
    return this.#metainfo.value;
  }

  get files(): readonly TransferFile[] {
    this.#files ??= filesOf(this.entry, this.metainfo);
    return this.#files;
  }

  /** With the folder of the torrent in front, as Transmission has them. */
  pathOf({ path }: TransferFile): string {
    const { row, metainfo } = this;
    return metainfo?.isFolder === true ? `${row.name}/${path}` : row.name;
  }

  get peers(): readonly TransferPeer[] {
    this.#peers ??= peersOf(this.entry);
    return this.#peers;
  }

  /** A byte a piece. */
  get pieces(): { readonly states: Uint8Array; readonly availability: Uint8Array } {
    if (this.#pieces === undefined) {
      const { states, availability } = piecesOf(this.entry, this.metainfo);
      this.#pieces = {
        states: Buffer.from(states, 'base64'),
        availability: Buffer.from(availability, 'base64'),
      };
    }
    return this.#pieces;
  }
}
