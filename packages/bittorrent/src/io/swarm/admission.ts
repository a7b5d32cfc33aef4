/**
 * Who is let into a swarm: not ourselves, not who lied, nobody twice, and not too many. Who has to go
 * when there are as many as there may be.
 */
import { PeerFault } from '@coequal/base';
import type { Millis } from '@coequal/base';
import { networkOf } from '../../core/swarm/network.ts';
import { Turnover } from '../../core/swarm/turnover.ts';
import type { Standing } from '../../core/swarm/turnover.ts';
import type { Handshake } from '../../core/wire/handshake.ts';
import { truncateInfoHash, wireHashes } from '../../core/ids.ts';
import type { PeerId, TorrentHashes } from '../../core/ids.ts';
import type { Dialer } from './dialer.ts';
import type { Admission, PeerLink } from './peer-link.ts';

/** Links of one torrent: more than these add cost but hardly speed. */
export const LINKS_MAX = 80;

/** What handshakes are compared with. */
export interface OwnIdentity {
  readonly hashes: TorrentHashes;
  readonly peerId: PeerId;
}

/** The links of the swarm. */
export interface LinkTable {
  links(): Iterable<PeerLink>;
  linkOf(key: number): PeerLink | undefined;
}

export class Admissions {
  readonly #own: OwnIdentity;
  readonly #dialer: Dialer;
  readonly #table: LinkTable;
  readonly #turnover = new Turnover();

  constructor(own: OwnIdentity, dialer: Dialer, table: LinkTable) {
    this.#own = own;
    this.#dialer = dialer;
    this.#table = table;
  }

  /** As whom to greet it. Throws PeerFault to refuse it. */
  admit(handshake: Handshake, link: PeerLink): Pick<Admission, 'infoHash' | 'isV2'> {
    const { hashes, peerId } = this.#own;
    if (handshake.peerId === peerId) {
      this.#dialer.metOurselves(link);
      throw new PeerFault('SELF_CONNECTION');
    }
    if (this.#dialer.isBanned(link)) throw new PeerFault('BANNED');
    if (!wireHashes(hashes).includes(handshake.infoHash)) throw new PeerFault('UNKNOWN_TORRENT');
    this.#settleTwin(handshake.peerId, link);
    if (link.dialled === undefined) this.#makeRoom(link);
    return agreedHash(handshake, link, hashes);
  }

  /** A link is given up for an address that has not been tried, if there are both. */
  turnOver(now: Millis): void {
    const { pool } = this.#dialer;
    if (now < (pool.deadline ?? Infinity)) return;
    const standings = this.#standings(now);
    if (standings.length >= LINKS_MAX) this.#dismiss(this.#turnover.forCandidate(standings, now));
  }

  /** Throws PeerFault `TOO_MANY_PEERS` when none of the others has to go for this one. */
  #makeRoom(link: PeerLink): void {
    const now = link.clock.now();
    const standings = this.#standings(now);
    if (standings.length < LINKS_MAX) return;
    const leaver = this.#turnover.forNewcomer(networkOf(link.remote.host), standings, now);
    if (leaver === undefined) throw new PeerFault('TOO_MANY_PEERS');
    this.#dismiss(leaver);
  }

  #dismiss(key: number | undefined): void {
    if (key !== undefined) this.#table.linkOf(key)?.close(new PeerFault('TOO_MANY_PEERS'));
  }

  /** Of links that are being closed nothing is expected any more. */
  #standings(now: Millis): readonly Standing[] {
    const open = Array.from(this.#table.links()).filter(({ isOpen }) => isOpen);
    return open.map((link) => ({
      key: link.key,
      network: networkOf(link.remote.host),
      openedAt: link.openedAt,
      rate: link.downMeter.rate(now) + link.upMeter.rate(now),
      priority: this.#dialer.priorityOf(this.#dialer.endpointOf(link)),
    }));
  }

  /** Throws PeerFault `CONNECTED_TWICE`, or closes the other link to the same peer with it. */
  #settleTwin(peerId: PeerId, link: PeerLink): void {
    const twin = [...this.#table.links()].find((other) => other.peerId === peerId);
    if (twin === undefined) return;
    // both dialled at once: each side must drop the same one, so the higher peer id's dial stays
    const crossed = (twin.dialled === undefined) !== (link.dialled === undefined);
    const linkStays = crossed && (link.dialled !== undefined) === this.#own.peerId > peerId;
    const [stays, goes] = linkStays ? [link, twin] : [twin, link];
    this.#dialer.joined(stays, goes);
    if (goes === link) throw new PeerFault('CONNECTED_TWICE');
    goes.close(new PeerFault('CONNECTED_TWICE'));
  }
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
