/** What a person is told of a link: its state, and where it can be opened from how far. */
import { isIP } from 'node:net';
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
  const found = pageAddresses(own, scheme, port, certificate?.isOwn === false);
  return found
    .map(({ host, url }) => ({
      host,
      url: `${url}/${record.secret}/`,
      reach: reachOf(host, own),
    }))
    .filter((each) => each.reach !== 'internet' || linkReach(record, reach) === 'internet');
}

/** A name that the person added may lead here from anywhere; the computer's own is known in its network alone. */
function reachOf(host: string, { added }: OwnNames): Address['reach'] {
  if (host === 'localhost') return 'loopback';
  if (isIP(host) !== 0) return REACH_OF[scopeOf(host)];
  return added.includes(host) ? 'internet' : 'lan';
}
