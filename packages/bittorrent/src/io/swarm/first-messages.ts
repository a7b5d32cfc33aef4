/** What each side says first on a link: its pieces (BEP 3, 6), and what it can (BEP 10). */
import { assert } from '@coequal/base';
import type { Bitfield } from '../../core/bitfield.ts';
import { parseAddress } from '../../core/compact-peers.ts';
import { wireHashes } from '../../core/ids.ts';
import { DONT_HAVE_EXTENSION, LT_DONTHAVE_ID } from '../../core/wire/dont-have.ts';
import {
  encodeExtendedHandshake,
  EXTENDED_HANDSHAKE_ID,
} from '../../core/wire/extension-protocol.ts';
import { METADATA_EXTENSION } from '../../core/wire/metadata-exchange.ts';
import { UPLOAD_QUEUE_MAX } from '../../core/wire/upload-queue.ts';
import { UT_METADATA_ID } from './metadata-flow.ts';
import { greetingBytes } from './peer-link.ts';
import type { PeerLink } from './peer-link.ts';
import type { SwarmOptions } from './swarm-types.ts';

/** Our handshake when we dial. */
export function greetingOf(
  { hashes, peerId, supportsV2 }: SwarmOptions,
  supportsDht: boolean,
): Uint8Array {
  const [infoHash] = wireHashes(hashes); // v1's, which every program knows
  assert(infoHash, 'a swarm has an info hash');
  return greetingBytes({ infoHash, peerId, supportsV2, supportsDht });
}

/** `have` is undefined while the metadata is not known. */
export function sendPieces(link: PeerLink, have: Bitfield | undefined): void {
  const { fast } = link.peer.supports;
  if (have?.isFull === true && fast) link.send({ type: 'have-all' });
  else if (have !== undefined && have.count > 0) link.send({ type: 'bitfield', bytes: have.bytes });
  else if (fast) link.send({ type: 'have-none' });
}

export interface OwnHandshake {
  readonly clientName: string;
  readonly listenPort: number | undefined;
  readonly metadataSize: number | undefined;
  /** Names and ids of those that public torrents have. */
  readonly publicExtensions: readonly (readonly [string, number])[];
  readonly isUploadOnly: boolean;
}

/** Also later, when something of it has changed. */
export function sendExtendedHandshake(link: PeerLink, own: OwnHandshake): void {
  if (!link.peer.supports.extensions) return;
  const { clientName, listenPort, metadataSize, publicExtensions, isUploadOnly } = own;
  const yourIp = parseAddress(link.remote.host);
  const payload = encodeExtendedHandshake({
    extensions: new Map([
      [METADATA_EXTENSION, UT_METADATA_ID],
      [DONT_HAVE_EXTENSION, LT_DONTHAVE_ID],
      ...publicExtensions,
    ]),
    clientName,
    requestCountMax: UPLOAD_QUEUE_MAX,
    ...(yourIp !== undefined && { yourIp }),
    ...(listenPort !== undefined && { port: listenPort }),
    ...(metadataSize !== undefined && { metadataSize }),
    isUploadOnly,
  });
  link.send({ type: 'extended', id: EXTENDED_HANDSHAKE_ID, payload });
}
