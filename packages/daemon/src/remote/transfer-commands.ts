/** `add`, `list`, `show`, `pause`, `resume`, `remove`, `limit`: thin clients of the running peer. */
import { resolve } from 'node:path';
import type { AddTransfer, Client, Transfer, TransferAction } from '@coequal/contract';
import { count, formatRate } from '../cli/format.ts';
import type { Shell } from '../cli/shell.ts';
import { isMagnet, readTorrentFile } from '../cli/torrent-source.ts';
import { findTransfers } from './find-transfers.ts';
import { inPeer } from './in-peer.ts';
import type { RemoteOptions } from './in-peer.ts';
import { transferLines, transferTable } from './show-transfers.ts';
import { ID_SHOWN } from './pick-by-id.ts';

export interface AddFlags extends RemoteOptions {
  readonly output?: string;
  readonly category?: string;
  readonly tag: readonly string[];
  readonly paused: boolean;
  readonly sequential: boolean;
}

export function addTransfers(sources: readonly string[], flags: AddFlags): Promise<number> {
  const { output, category, tag, paused, sequential } = flags;
  const choices: AddTransfer = {
    ...(output !== undefined && { directory: resolve(output) }),
    ...(category !== undefined && { category }),
    ...(tag.length > 0 && { tags: [...tag] }),
    ...(paused && { isPaused: true }),
    ...(sequential && { isSequential: true }),
  };
  return inPeer(flags, async (client, shell) => {
    for (const source of sources) {
      const body = { ...choices, ...(await sourceOf(source)) };
      const added = await client.call('addTransfer', { body }, shell.stop);
      tell('added', added, shell);
      shell.print(`Added ${added.name} (${added.id.slice(0, ID_SHOWN)})`);
    }
  });
}

/** The peer cannot read our files: it may run as somebody else, or know another current folder. */
async function sourceOf(source: string): Promise<AddTransfer> {
  if (isMagnet(source) || /^https?:\/\//i.test(source)) return { source };
  return { torrent: Buffer.from(await readTorrentFile(source)).toString('base64') };
}

export function listTransfers(options: RemoteOptions): Promise<number> {
  return inPeer(options, async (client, shell) => {
    const transfers = await allOf(client, shell);
    for (const transfer of transfers) tell('transfer', transfer, shell);
    for (const line of transferTable(transfers)) shell.print(line);
  });
}

export function showTransfer(wanted: string, options: RemoteOptions): Promise<number> {
  return inPeer(options, async (client, shell) => {
    for (const { id } of findTransfers([wanted], await allOf(client, shell))) {
      const detail = await client.call('showTransfer', { params: { id } }, shell.stop);
      shell.emit({ event: 'transfer', ...detail });
      for (const line of transferLines(detail, Date.now())) shell.print(line);
    }
  });
}

export function actOn(
  action: TransferAction,
  wanted: readonly string[],
  options: RemoteOptions,
): Promise<number> {
  return inPeer(options, async (client, shell) => {
    const found = findTransfers(wanted, await allOf(client, shell));
    const ids = found.map(({ id }) => id);
    if (ids.length > 0) await client.call('actOnTransfers', { body: { ids, action } }, shell.stop);
    for (const transfer of found) tell(action, transfer, shell);
    shell.print(`${action === 'pause' ? 'Paused' : 'Resumed'} ${count(ids.length, 'transfer')}.`);
  });
}

export interface RemoveFlags extends RemoteOptions {
  readonly deleteData: boolean;
}

export function removeTransfers(wanted: readonly string[], flags: RemoveFlags): Promise<number> {
  const { deleteData } = flags;
  return inPeer(flags, async (client, shell) => {
    const found = findTransfers(wanted, await allOf(client, shell));
    const ids = found.map(({ id }) => id);
    if (ids.length > 0)
      await client.call('removeTransfers', { body: { ids, deleteData } }, shell.stop);
    for (const transfer of found) tell('removed', transfer, shell);
    const data = deleteData ? 'their data are deleted in five minutes' : 'their data are kept';
    shell.print(`Removed ${count(ids.length, 'transfer')}; ${data}.`);
  });
}

export interface LimitFlags extends RemoteOptions {
  /** Bytes per second; `null`: none. */
  readonly up?: number | null;
  readonly down?: number | null;
}

/** Without transfers: the limits of all together. */
export function limitTransfers(wanted: readonly string[], flags: LimitFlags): Promise<number> {
  const { up, down } = flags;
  return inPeer(flags, async (client, shell) => {
    if (wanted.length === 0) {
      const values = {
        ...(up !== undefined && { uploadMax: up }),
        ...(down !== undefined && { downloadMax: down }),
      };
      const report = await client.call('changeSettings', { body: { values } }, shell.stop);
      const { uploadMax, downloadMax } = report.values;
      shell.emit({ event: 'limits', up: uploadMax, down: downloadMax });
      shell.print(`All together: ${rateText(downloadMax)} down, ${rateText(uploadMax)} up.`);
      return;
    }
    const limits = { ...(up !== undefined && { up }), ...(down !== undefined && { down }) };
    for (const { id } of findTransfers(wanted, await allOf(client, shell))) {
      const detail = await client.call(
        'changeTransfer',
        { params: { id }, body: { limits } },
        shell.stop,
      );
      shell.emit({ event: 'limits', id, ...detail.limits });
      const { name } = detail.transfer;
      shell.print(
        `${name}: ${rateText(detail.limits.down)} down, ${rateText(detail.limits.up)} up.`,
      );
    }
  });
}

async function allOf(client: Client, shell: Shell): Promise<readonly Transfer[]> {
  const { changed } = await client.call('listTransfers', { query: {} }, shell.stop);
  return changed.toSorted((one, other) => one.queuePosition - other.queuePosition);
}

function tell(event: string, transfer: Transfer, shell: Shell): void {
  shell.emit({ event, ...transfer });
}

function rateText(rate: number | null): string {
  return rate === null ? 'no limit' : formatRate(rate);
}
