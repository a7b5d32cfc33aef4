/** `import`: takes over transfers of qBittorrent and Transmission, as a thin client of the running peer. */
import { resolve } from 'node:path';
import { LocalFault } from '@coequal/base';
import { IMPORT_PROGRAM_NAMES } from '@coequal/contract';
import type { Client, ImportItem, ImportPlan, ImportProgram, PlanImport } from '@coequal/contract';
import { count, formatBytes, formatPercent } from '../cli/format.ts';
import type { Shell } from '../cli/shell.ts';
import { inPeer } from './in-peer.ts';
import type { RemoteOptions } from './in-peer.ts';

export interface ImportFlags extends RemoteOptions {
  readonly from?: string;
  readonly dryRun: boolean;
  /** Also what is doubtful. */
  readonly all: boolean;
  /** Names, or beginnings of ids; all when empty. */
  readonly only: readonly string[];
}

export function importTransfers(
  program: ImportProgram | undefined,
  flags: ImportFlags,
): Promise<number> {
  return inPeer(flags, async (client, shell) => {
    const plans: ImportPlan[] = [];
    for (const body of await requestsOf(program, flags, client, shell)) {
      const plan = await client.call('planImport', { body }, shell.stop);
      tellPlan(plan, shell);
      plans.push(plan);
    }
    requireNamed(plans, flags);
    for (const plan of plans) {
      const keys = chosenOf(plan, flags).map(({ key }) => key);
      if (!flags.dryRun) await run(plan, keys, client, shell);
      else shell.print(`${count(keys.length, 'transfer')} would be taken over.`);
    }
  });
}

/** Throws LocalFault `IMPORT_NOT_NAMED` before anything is done. */
function requireNamed(plans: readonly ImportPlan[], { only, all }: ImportFlags): void {
  const usable = plans.flatMap((plan) => chosenOf(plan, { all, only: [] }));
  const wrong = only.find((text) => !usable.some((item) => isNamed(item, text)));
  if (wrong !== undefined) throw new LocalFault('IMPORT_NOT_NAMED', { text: wrong });
}

/** A folder that is named, or all that are found. Throws LocalFault `NO_FOREIGN_STATE`. */
async function requestsOf(
  program: ImportProgram | undefined,
  { from }: ImportFlags,
  client: Client,
  shell: Shell,
): Promise<readonly PlanImport[]> {
  if (from !== undefined)
    return [{ directory: resolve(from), ...(program !== undefined && { program }) }];
  const { places } = await client.call('findImports', {}, shell.stop);
  const wanted = places.filter((place) => program === undefined || place.program === program);
  if (wanted.length === 0) throw new LocalFault('NO_FOREIGN_STATE', { path: '' });
  return wanted.map((place) => ({ program: place.program, directory: place.directory }));
}

function chosenOf(
  { items }: ImportPlan,
  { all, only }: Pick<ImportFlags, 'all' | 'only'>,
): readonly ImportItem[] {
  const usable = items.filter(
    ({ verdict }) => verdict === 'ready' || (verdict === 'doubtful' && all),
  );
  if (only.length === 0) return usable;
  return usable.filter((item) => only.some((text) => isNamed(item, text)));
}

function isNamed({ id, name }: ImportItem, text: string): boolean {
  return text === name || (id?.startsWith(text.toLowerCase()) ?? false);
}

function tellPlan({ program, directory, items, problems }: ImportPlan, shell: Shell): void {
  shell.print(`${IMPORT_PROGRAM_NAMES[program]}, ${directory}: ${count(items.length, 'transfer')}`);
  for (const problem of problems) shell.print(`  ${problem.text}`);
  for (const item of items) {
    shell.emit({ event: 'found', program, ...item });
    shell.print(`  ${lineOf(item)}`);
    for (const { text, hint } of item.problems) {
      shell.print(`      ${text}`);
      if (hint !== undefined) shell.print(`      ${hint}`);
    }
  }
}

function lineOf({ verdict, name, size, claimed, isPaused, directory }: ImportItem): string {
  const marks = { ready: '+', doubtful: '?', blocked: '-' };
  const amount = size === 0 ? 'magnet' : `${formatPercent(claimed, size)} of ${formatBytes(size)}`;
  const state = isPaused ? ', paused' : '';
  return `${marks[verdict]} ${name} (${amount}${state})${directory === undefined ? '' : ` in ${directory}`}`;
}

async function run(
  { program, directory }: ImportPlan,
  keys: readonly string[],
  client: Client,
  shell: Shell,
): Promise<void> {
  const body = { program, directory, keys: [...keys] };
  const { added, refused } = await client.call('runImport', { body }, shell.stop);
  for (const { key, name, problem } of refused) {
    shell.emit({ event: 'refused', key, name, problem });
    shell.print(`  ${name}: ${problem.text}`);
  }
  shell.emit({ event: 'imported', program, added, refused: refused.length });
  shell.print(
    `Took over ${count(added.length, 'transfer')}. What is there is checked, and not fetched again.`,
  );
  if (added.length > 0)
    shell.print(
      `Remove them in ${IMPORT_PROGRAM_NAMES[program]}, keeping their files, or do not start it again.`,
    );
}
