/** Transfers as lines of text: a table, and one in detail. */
import { ratioOf } from '@coequal/contract';
import type { PeerSourceReport, Transfer, TransferDetail } from '@coequal/contract';
import { count, formatBytes, formatDuration, formatPercent, formatRate } from '../cli/format.ts';
import { SOURCE_NAMES } from '../cli/source-words.ts';
import { ID_SHOWN } from './pick-by-id.ts';

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

export function transferLines({ transfer, ...detail }: TransferDetail, now: number): string[] {
  const ratio = ratioOf(transfer) ?? 0;
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
        `  tracker   ${url}: ${state}${problem === undefined ? '' : ` (${problem.text})`}`,
    ),
    ...detail.sources.map((source) => `  peers     ${sourceLine(source, now)}`),
  ];
}

/** `from the DHT: working, 34 nodes, asked again in 5 min 00 s; 12 named, 3 connected now, 4.0 MB fetched`. */
function sourceLine(report: PeerSourceReport, now: number): string {
  const { source, state, why, problem, nextTryAt, nodes, given, connected, downloaded } = report;
  const wait = nextTryAt === undefined ? undefined : Math.max(0, (nextTryAt - now) / 1_000);
  const parts = [
    why === undefined ? state : `${state}, ${OFF_WORDS[why]}`,
    ...(problem === undefined ? [] : [problem.text]),
    ...(nodes === undefined ? [] : [count(nodes, 'node')]),
    ...(wait === undefined ? [] : [`asked again in ${formatDuration(Math.ceil(wait))}`]),
  ];
  const yielded =
    given === 0
      ? ''
      : `; ${given} named, ${connected} connected now, ${formatBytes(downloaded)} fetched`;
  return `${SOURCE_NAMES[source]}: ${parts.join(', ')}${yielded}`;
}

const OFF_WORDS: Readonly<Record<NonNullable<PeerSourceReport['why']>, string>> = {
  'not-yet': 'what is on disk is looked at first',
  private: 'it is private',
  'switched-off': 'switched off',
  'none-named': 'none was named',
  'not-listening': 'nobody can reach this peer',
  'no-network': 'there is no network for it',
};

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
