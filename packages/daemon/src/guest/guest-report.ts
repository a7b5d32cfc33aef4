/** What a person is told of a link: its state, and where it can be opened from how far. */
import { isIP, isIPv4 } from 'node:net';
import { LocalFault } from '@coequal/base';
import { scopeOf } from '@coequal/base/node';
import type { Explanation, GuestLink, GuestTransfer } from '@coequal/contract';
import { explain } from '../peer/explain.ts';
import type { Reach } from '../reach.ts';
import { pageAddresses } from '../remote-page/own-names.ts';
import type { OwnNames } from '../remote-page/own-names.ts';
import type { PageCertificate } from '../remote-page/page-certificate.ts';
import type { GuestLinkRecord } from '../store/guest-records.ts';

type Address = GuestLink['addresses'][number];

/** As things are now. */
export interface LinkFigures {
  readonly now: number;
  readonly reach: Reach;
  /** The listener. */
  readonly open:
    | {
        readonly port: number;
        readonly own: OwnNames;
        readonly certificate: PageCertificate | undefined;
        readonly outside: GuestLink['outside'];
      }
    | undefined;
  /** With which it would be opened. */
  readonly certificate: PageCertificate | undefined;
  readonly problem: Explanation | undefined;
  readonly guests: number;
  readonly uploadDirectory: string;
  readonly uploadedBytes: number;
  readonly transfers: readonly GuestTransfer[];
}

export function reportGuestLink(record: GuestLinkRecord, figures: LinkFigures): GuestLink {
  const { id, title, roots, guestsMax, mayUpload, createdAt, expiresAt } = record;
  const { open, guests, uploadDirectory, uploadedBytes } = figures;
  const certificate = open === undefined ? figures.certificate : open.certificate;
  const isForAll =
    open !== undefined &&
    record.expiresAt > figures.now &&
    linkReach(record, figures.reach) === 'internet';
  return {
    id,
    title,
    items: roots.map((root) => ({ ...root })),
    size: roots.reduce((sum, { size }) => sum + size, 0),
    fileCount: roots.reduce((sum, { fileCount }) => sum + fileCount, 0),
    ...stateOf(record, figures),
    createdAt,
    expiresAt,
    ...(guestsMax !== undefined && { guestsMax }),
    guests,
    mayUpload,
    ...(mayUpload && { uploadBytesMax: record.uploadBytesMax, uploadDirectory }),
    uploadedBytes,
    reach: linkReach(record, figures.reach),
    encryption: encryptionBy(certificate),
    ...(certificate !== undefined && { fingerprint: certificate.fingerprint }),
    addresses: addressesOf(record, figures),
    ...(isForAll && open.outside !== undefined && { outside: open.outside }),
    transfers: [...figures.transfers],
  };
}

export function encryptionBy(certificate: PageCertificate | undefined): GuestLink['encryption'] {
  if (certificate === undefined) return 'none';
  return certificate.isOwn ? 'own-certificate' : 'certificate';
}

function stateOf(
  { expiresAt, changedPath, guestsMax }: GuestLinkRecord,
  { now, open, guests, problem }: LinkFigures,
): Pick<GuestLink, 'state' | 'problem'> {
  if (expiresAt <= now) return { state: 'expired' };
  if (changedPath !== undefined) {
    const fault = new LocalFault('GUEST_CONTENT_CHANGED', { path: changedPath });
    return { state: 'changed', problem: explain(fault) };
  }
  if (guestsMax !== undefined && guests >= guestsMax) return { state: 'used-up' };
  if (open !== undefined) return { state: 'open' };
  return problem === undefined ? { state: 'starting' } : { state: 'failed', problem };
}

/** No further than the peer itself. */
function linkReach({ reach }: GuestLinkRecord, peer: Reach): GuestLink['reach'] {
  if (peer === 'loopback') return 'loopback';
  return peer === 'private' ? 'lan' : reach;
}

const REACH_OF = { computer: 'loopback', around: 'lan', everyone: 'internet' } as const;

/** The likeliest first. */
function addressesOf(record: GuestLinkRecord, { open, now, reach }: LinkFigures): Address[] {
  if (open === undefined || record.expiresAt <= now) return [];
  const { own, certificate, port } = open;
  const scheme = certificate === undefined ? 'http' : 'https';
  const isForAll = linkReach(record, reach) === 'internet';
  const outside = isForAll ? outsideAddress(open.outside) : undefined;
  const found = pageAddresses(own, scheme, port, certificate?.isOwn === false);
  const at = (url: string): string => `${url}/${record.secret}/`;
  const addresses = found
    .map(({ host, url }) => ({ host, url: at(url), reach: reachOf(host, own) }))
    .filter((each) => each.reach !== 'internet' || isForAll);
  if (outside === undefined) return addresses;
  const url = at(`${scheme}://${outside}`);
  return [{ host: outside, url, reach: 'internet' }, ...addresses];
}

/** `HOST:PORT` at which the router lets guests in, if it says so. */
export function outsideAddress(outside: GuestLink['outside']): string | undefined {
  if (outside?.state !== 'open' || outside.host === undefined || outside.port === undefined)
    return undefined;
  return `${outside.host}:${outside.port}`;
}

/** No router is before this computer, over IPv4. */
export function isPublic({ addresses }: OwnNames): boolean {
  return addresses.some((host) => isIPv4(host) && scopeOf(host) === 'everyone');
}

/** A name that the person added may lead here from anywhere; the computer's own is known in its network alone. */
function reachOf(host: string, { added }: OwnNames): Address['reach'] {
  if (host === 'localhost') return 'loopback';
  if (isIP(host) !== 0) return REACH_OF[scopeOf(host)];
  return added.includes(host) ? 'internet' : 'lan';
}
