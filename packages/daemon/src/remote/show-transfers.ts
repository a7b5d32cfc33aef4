/** Transfers as lines of text: a table, and one in detail. */
import type { Transfer, TransferDetail } from '@coequal/contract';
import { formatBytes, formatPercent, formatRate } from '../cli/format.ts';

/** Digits of an id that are shown: enough to tell one's own transfers apart. */
const ID_SHOWN = 8;

export function transferTable(transfers: readonly Transfer[]): string[] {
  if (transfers.length === 0) return ['No transfers. Add one: coequal add <magnet or .torrent>'];
  const rows = transfers.map((transfer) => [
    transfer.id.slice(0, ID_SHOWN),
    transfer.state,
    // of a magnet link nothing is known at first
    transfer.wanted === 0 ? '' : formatPercent(transfer.have, transfer.wanted),
    transfer.wanted === 0 ? '' : formatBytes(transfer.wanted),
    rateText(transfer.down),
    rateText(transfer.up),
    transfer.name,
  ]);
  return table(['ID', 'STATE', 'HERE', 'SIZE', 'DOWN', 'UP', 'NAME'], rows);
}

export function transferLines({ transfer, ...detail }: TransferDetail): string[] {
  const ratio = transfer.wanted === 0 ? 0 : transfer.uploaded / transfer.wanted;
  return [
    transfer.name,
    ...pairs([
      ['id', transfer.id],
      [
        'state',
        transfer.reason === undefined
          ? transfer.state
          : `${transfer.state}: ${transfer.reason.text}`,
      ],
      [
        'here',
        transfer.wanted === 0
          ? undefined
          : `${formatBytes(transfer.have)} of ${formatBytes(transfer.wanted)} (${formatPercent(transfer.have, transfer.wanted)})`,
      ],
      ['speed', `${formatRate(transfer.down)} down, ${formatRate(transfer.up)} up`],
      ['given', `${formatBytes(transfer.uploaded)} (ratio ${ratio.toFixed(2)})`],
      ['peers', `${transfer.peers}, ${transfer.seeds} of them have all`],
      ['folder', transfer.directory],
      ['category', transfer.category],
      ['tags', transfer.tags.join(', ')],
      ['files', detail.fileCount === 0 ? undefined : String(detail.fileCount)],
      ['limits', limitsText(detail.limits)],
      ['magnet', detail.magnet],
    ]),
    ...detail.trackers.map(
      ({ url, state, problem }) =>
        `  tracker   ${url}: ${state}${problem === undefined ? '' : ` (${problem})`}`,
    ),
  ];
}

function limitsText({ up, down }: TransferDetail['limits']): string | undefined {
  if (up === null && down === null) return undefined;
  const text = (rate: number | null): string => (rate === null ? 'none' : formatRate(rate));
  return `${text(down)} down, ${text(up)} up`;
}

function rateText(rate: number): string {
  return rate === 0 ? '' : formatRate(rate);
}

function pairs(given: readonly (readonly [string, string | undefined])[]): string[] {
  return given.flatMap(([name, value]) => (value ? [`  ${name.padEnd(9)} ${value}`] : []));
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  return [head, ...rows].map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
