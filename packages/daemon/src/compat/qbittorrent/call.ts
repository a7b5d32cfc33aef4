/** What answers a call, and what all of them share. */
import { LocalFault } from '@coequal/base';
import { ROUTES } from '@coequal/contract';
import type {
  AddTransfer,
  ChangeTransfer,
  Settings,
  Transfer,
  TransferAction,
} from '@coequal/contract';
import { setImmediate } from 'node:timers/promises';
import { requestReader } from '../../api/request-reader.ts';
import type { CompatParts } from '../compat.ts';
import { badField, listOf } from './given.ts';
import type { Given } from './given.ts';
import type { SyncBook } from './sync-book.ts';
import { infoOf } from './words.ts';
import type { TorrentInfo } from './words.ts';

export interface Call {
  readonly parts: CompatParts;
  readonly given: Given;
  /** Who asks, for what is remembered of it. */
  readonly caller: string;
  /** Throws LocalFault `SCOPE_MISSING`, and as a change of settings. */
  changeSettings(values: Partial<Settings>): void;
  readonly sync: SyncBook;
  readonly signal: AbortSignal;
}

/** Text, JSON, or nothing to say. */
export type Answer = string | object | undefined;

export interface CallType {
  /** Only by POST. */
  readonly changes: boolean;
  answer(call: Call): Answer | Promise<Answer>;
}

export type Calls = Readonly<Record<string, CallType>>;

export function reads(answer: CallType['answer']): CallType {
  return { changes: false, answer };
}

export function changes(answer: CallType['answer']): CallType {
  return { changes: true, answer };
}

export function rowsOf({ parts }: Call): readonly Transfer[] {
  return parts.transfers.since(undefined).changed;
}

export function infosOf(call: Call): TorrentInfo[] {
  return rowsOf(call).map((row) => infoOf(row, call.parts.transfers.get(row.id)));
}

/** Throws LocalFault `BAD_REQUEST`, `NO_SUCH_TRANSFER`. */
export function idOf({ parts, given }: Call): string {
  const id = given.need('hash').toLowerCase();
  if (!parts.transfers.has(id)) throw new LocalFault('NO_SUCH_TRANSFER', { id });
  return id;
}

/** Those that are there, as qBittorrent does. Throws LocalFault `BAD_REQUEST`. */
export function idsOf(call: Call): string[] {
  const text = call.given.need('hashes');
  if (text === 'all') return rowsOf(call).map(({ id }) => id);
  const ids = listOf(text.toLowerCase(), '|');
  return ids.filter((id) => call.parts.transfers.has(id));
}

export function act(
  call: Call,
  action: TransferAction,
  ids: readonly string[] = idsOf(call),
): undefined {
  const { parts } = call;
  parts.transfers.act(ids, action);
  if ((action === 'resume' || action === 'force') && ids.length > 0) parts.setUp();
  parts.publish();
}

const readAdd = requestReader(ROUTES.addTransfer);
const readChange = requestReader(ROUTES.changeTransfer);
const readCategory = requestReader(ROUTES.putCategory);
const readMove = requestReader(ROUTES.moveTransfer);
const readRename = requestReader(ROUTES.renameTransfer);
const ANY_ID = '0'.repeat(40);

/** What is asked for here is looked at as what the API is asked for. Each throws LocalFault `BAD_REQUEST`. */
export const CHECK = {
  add: (body: AddTransfer): unknown => readAdd({ params: {}, query: {}, body }),
  change: (body: ChangeTransfer): unknown =>
    readChange({ params: { id: ANY_ID }, query: {}, body }),
  category: (name: string, directory: string | undefined): unknown =>
    readCategory({
      params: { name },
      query: {},
      body: directory === undefined ? {} : { directory },
    }),
  move: (directory: string): unknown =>
    readMove({ params: { id: ANY_ID }, query: {}, body: { directory } }),
  rename: (name: string): unknown =>
    readRename({ params: { id: ANY_ID }, query: {}, body: { name } }),
};

/** `changesOf` what is to be of each. */
export async function changeAll(
  call: Call,
  changesOf: ChangeTransfer | ((id: string) => ChangeTransfer),
  ids: readonly string[] = idsOf(call),
): Promise<undefined> {
  const { transfers } = call.parts;
  for (const id of ids) {
    const wanted = typeof changesOf === 'function' ? changesOf(id) : changesOf;
    CHECK.change(wanted);
    if (transfers.has(id)) transfers.change(id, wanted);
    await setImmediate(); // of ten thousand, others are answered in between
  }
  call.parts.publish();
}

/** Makes the category if need be, as qBittorrent does when a torrent is added. Throws LocalFault `BAD_REQUEST`. */
export function needCategory({ parts }: Call, name: string): void {
  if (parts.categories.get(name) !== undefined) return;
  CHECK.category(name, undefined);
  parts.categories.put({ name });
  parts.publishCategories();
}

/** Throws LocalFault `BAD_REQUEST`. */
export function needNumber(value: number | undefined, name: string): number {
  if (value === undefined) throw badField(name, 'is missing');
  return value;
}
