/** Sends and offers as the API shows them. */
import { LocalFault } from '@coequal/base';
import type { InboxRule, Offer, OfferDetail, Send } from '@coequal/contract';
import type { Torrent } from '@coequal/bittorrent';
import { explain } from '../peer/explain.ts';
import { KINDS } from './file-kinds.ts';
import { OFFER_LIFE_MS } from './inbox-book.ts';
import type { OutboxBook } from './outbox-book.ts';
import type { SendList } from './send-list.ts';
import type { OfferRecord, RuleRecord, SendRecord } from './send-records.ts';

/** As the contract has it. */
const FILES_SHOWN_MAX = 1_000;

export function showSend(
  send: SendRecord,
  book: OutboxBook,
  torrent: Torrent | undefined,
  prepared: number | undefined,
): Send {
  const { id, name, length: size, fileCount: files, note, state, problem, createdAt } = send;
  const { endedAt } = send;
  return {
    id,
    name,
    size,
    files,
    note,
    state,
    createdAt,
    up: Math.round(torrent?.stats.upRate ?? 0),
    canLeave: canLeave(send),
    receivers: send.receivers.map((each) => {
      const { person, name: called, state: at, since } = each;
      return { person, name: called, state: at, since, have: book.haveOf(id, each) };
    }),
    ...(problem !== undefined && { problem }),
    ...(state === 'preparing' && prepared !== undefined && { prepared }),
    ...(endedAt !== undefined && { endedAt }),
  };
}

/** Nobody has to hear of it any more, and whoever is still fetching can fetch from one who has all. */
function canLeave({ state, receivers }: SendRecord): boolean {
  if (state !== 'offered') return state !== 'preparing';
  const states = new Set(receivers.map((receiver) => receiver.state));
  return !states.has('unreached') && !states.has('waiting') && states.has('done');
}

export function showOffer(offer: OfferRecord, torrent: Torrent | undefined): Offer {
  const { id, person, personName, name, length: size, fileCount: files, note, state } = offer;
  const { hasMetainfo: isListed, receivers, receiversDone, receivedAt, problem } = offer;
  const { directory, path, completedAt } = offer;
  const stall = torrent?.stats.stall;
  const isFull = state === 'receiving' && stall?.type === 'disk-full';
  const shownProblem = isFull
    ? explain(new LocalFault('DISK_FULL', { path: stall.path }))
    : problem;
  return {
    id,
    person,
    personName,
    name,
    size,
    files,
    note,
    state,
    isListed,
    kinds: Object.fromEntries(
      KINDS.flatMap((kind, at) => {
        const count = offer.kinds[at] ?? 0;
        return count === 0 ? [] : [[kind, count]];
      }),
    ),
    warnings: offer.warnings.map((each) => ({ ...each })),
    have: offer.have,
    down: Math.round(torrent?.stats.downRate ?? 0),
    sources: torrent?.stats.peers ?? 0,
    receivers,
    receiversDone,
    receivedAt,
    ...(shownProblem !== undefined && { problem: shownProblem }),
    ...(directory !== undefined && { directory }),
    ...(path !== undefined && (state === 'quarantined' || state === 'done') && { path }),
    ...(state === 'waiting' && { expiresAt: receivedAt + OFFER_LIFE_MS }),
    ...(completedAt !== undefined && { completedAt }),
  };
}

export function showDetail(offer: Offer, list: SendList | undefined): OfferDetail {
  const { name, isFolder } = list?.metainfo ?? { name: '', isFolder: false };
  const files = (list?.files ?? []).map(({ path, length, warnings }) => ({
    path: isFolder ? `${name}/${path}` : path,
    size: length,
    warnings: [...warnings],
  }));
  const first = files.toSorted(
    (a, b) => Number(b.warnings.length > 0) - Number(a.warnings.length > 0),
  );
  return { offer, files: first.slice(0, FILES_SHOWN_MAX) };
}

export function showRule(
  { person, sizeMax, directory }: RuleRecord,
  personName: string,
): InboxRule {
  return { person, personName, sizeMax, ...(directory !== undefined && { directory }) };
}
