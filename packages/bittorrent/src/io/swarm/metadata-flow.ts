/** The info dictionary, from peers and to peers (BEP 9), over the links of a swarm. */
import type { Cancel, Ports } from '@coequal/base';
import { assert, LeanMap, PeerFault } from '@coequal/base';
import {
  decodeMetadataMessage,
  encodeMetadataMessage,
  METADATA_EXTENSION,
  MetadataServe,
} from '../../core/wire/metadata-exchange.ts';
import type { MetadataMessage } from '../../core/wire/metadata-exchange.ts';
import { MetadataFetch } from '../../core/wire/metadata-fetch.ts';
import type { MetadataFetchInput, MetadataHashes } from '../../core/wire/metadata-fetch.ts';
import type { PeerLink } from './peer-link.ts';

/** Our id for `ut_metadata` messages, told in the extended handshake (BEP 10). */
export const UT_METADATA_ID = 1;

type MetadataState =
  | { readonly type: 'fetching'; readonly machine: MetadataFetch<PeerLink> }
  | { readonly type: 'known'; readonly infoBytes: Uint8Array };

export class MetadataFlow {
  readonly #ports: Pick<Ports, 'clock' | 'hasher'>;
  readonly #onFetched: (infoBytes: Uint8Array) => void;
  readonly #serving = new LeanMap<PeerLink, MetadataServe>();
  #state: MetadataState;
  #timer: Cancel | undefined;

  constructor(
    hashes: MetadataHashes,
    onFetched: (infoBytes: Uint8Array) => void,
    ports: Pick<Ports, 'clock' | 'hasher'>,
  ) {
    this.#ports = ports;
    this.#onFetched = onFetched;
    const machine = new MetadataFetch<PeerLink>(hashes, (bytes, kind) =>
      ports.hasher.hash(bytes, kind),
    );
    this.#state = { type: 'fetching', machine };
  }

  /** Bytes of the info dictionary, for the extended handshake; undefined while it is not known. */
  get size(): number | undefined {
    return this.#state.type === 'known' ? this.#state.infoBytes.length : undefined;
  }

  /** It is known, from a file or from the fetch: from here on it is served. */
  provide(infoBytes: Uint8Array): void {
    this.dispose();
    this.#state = { type: 'known', infoBytes };
  }

  /** A peer has told, in an extended handshake, whether it has the metadata. */
  offered(link: PeerLink): void {
    const { extended } = link.peer;
    if (extended?.metadataSize === undefined || !extended.extensions.has(METADATA_EXTENSION)) {
      this.#step({ type: 'peer-gone', peer: link }); // a later handshake may take it back
    } else {
      this.#step({ type: 'peer-offers', peer: link, size: extended.metadataSize });
    }
  }

  received(link: PeerLink, payload: Uint8Array): void {
    const message = decodeMetadataMessage(payload);
    switch (message.type) {
      case 'request':
        this.#answer(link, message.piece);
        return;
      case 'data':
        this.#step({ ...message, peer: link });
        return;
      case 'reject':
        this.#step({ type: 'reject', piece: message.piece, peer: link });
        return;
      case 'unknown':
    }
  }

  gone(link: PeerLink): void {
    this.#serving.delete(link);
    this.#step({ type: 'peer-gone', peer: link });
  }

  dispose(): void {
    this.#timer?.();
    this.#timer = undefined;
  }

  #answer(link: PeerLink, piece: number): void {
    if (this.#state.type === 'fetching') {
      this.#send(link, { type: 'reject', piece });
      return;
    }
    const now = this.#ports.clock.now();
    const serve = this.#serving.get(link) ?? new MetadataServe(this.#state.infoBytes, now);
    this.#serving.set(link, serve);
    this.#send(link, serve.answer(piece, now));
  }

  #send(link: PeerLink, message: MetadataMessage): void {
    const id = link.peer.extended?.extensions.get(METADATA_EXTENSION);
    if (id === undefined) link.close(new PeerFault('METADATA_NOT_AGREED'));
    else link.send({ type: 'extended', id, payload: encodeMetadataMessage(message) });
  }

  #step(input: MetadataFetchInput<PeerLink> | { readonly type: 'timeout' }): void {
    if (this.#state.type !== 'fetching') return;
    const { machine } = this.#state;
    const { clock } = this.#ports;
    for (const output of machine.step(input, clock.now())) {
      switch (output.type) {
        case 'request':
          this.#send(output.peer, { type: 'request', piece: output.piece });
          break;
        case 'fault':
          output.peer.close(output.fault);
          break;
        case 'done':
          assert(this.#state.type === 'fetching', 'metadata is fetched once');
          this.#onFetched(output.infoBytes);
      }
    }
    this.#timer?.();
    this.#timer =
      machine.deadline === undefined
        ? undefined
        : clock.at(machine.deadline, () => this.#step({ type: 'timeout' }));
  }
}
