/** Who is let into a swarm: not ourselves, not who lied, nobody twice, and not too many. */
import { PeerFault } from '@coequal/base';
import type { Handshake } from '../../core/wire/handshake.ts';
import { truncateInfoHash, wireHashes } from '../../core/ids.ts';
import type { PeerId, TorrentHashes } from '../../core/ids.ts';
import type { Dialer } from './dialer.ts';
import type { Admission, PeerLink } from './peer-link.ts';

/** Links of one torrent: more than these add cost but hardly speed. */
export const LINKS_MAX = 80;

/** What is asked of the swarm. */
export interface AdmissionView {
  readonly hashes: TorrentHashes;
  readonly peerId: PeerId;
  readonly dialer: Dialer;
  readonly linkCount: number;
  links(): Iterable<PeerLink>;
}

/** As whom to greet it. Throws PeerFault to refuse it. */
export function admitLink(
  handshake: Handshake,
  link: PeerLink,
  view: AdmissionView,
): Pick<Admission, 'infoHash' | 'isV2'> {
  const { dialer } = view;
  if (handshake.peerId === view.peerId) {
    dialer.metOurselves(link);
    throw new PeerFault('SELF_CONNECTION');
  }
  if (dialer.isBanned(link)) throw new PeerFault('BANNED');
  if (!wireHashes(view.hashes).includes(handshake.infoHash)) throw new PeerFault('UNKNOWN_TORRENT');
  if (link.dialled === undefined && view.linkCount >= LINKS_MAX)
    throw new PeerFault('TOO_MANY_PEERS');
  settleTwin(handshake.peerId, link, view);
  return agreedHash(handshake, link, view.hashes);
}

/**
 * Who dials a hybrid by its v1 info hash, and can do v2, is answered with the v2 info hash: so both know
 * that from here on they are peers of v2 (BEP 52, "Upgrade Path").
 */
function agreedHash(
  { infoHash, supports }: Handshake,
  link: PeerLink,
  { infoHashV2 }: TorrentHashes,
): Pick<Admission, 'infoHash' | 'isV2'> {
  const v2 = infoHashV2 === undefined ? undefined : truncateInfoHash(infoHashV2);
  const isUpgraded = v2 !== undefined && supports.v2 && link.dialled === undefined;
  return isUpgraded ? { infoHash: v2, isV2: true } : { infoHash, isV2: infoHash === v2 };
}

/** Throws PeerFault `CONNECTED_TWICE`, or closes the other link to the same peer with it. */
function settleTwin(peerId: PeerId, link: PeerLink, view: AdmissionView): void {
  const twin = [...view.links()].find((other) => other.peerId === peerId);
  if (twin === undefined) return;
  // both dialled at once: each side must drop the same one, so the higher peer id's dial stays
  const crossed = (twin.dialled === undefined) !== (link.dialled === undefined);
  const linkStays = crossed && (link.dialled !== undefined) === view.peerId > peerId;
  const [stays, goes] = linkStays ? [link, twin] : [twin, link];
  view.dialer.joined(stays, goes);
  if (goes === link) throw new PeerFault('CONNECTED_TWICE');
  goes.close(new PeerFault('CONNECTED_TWICE'));
}
