/** `coequal inbox`: what persons offer and gave; accepts, declines and releases it in the running peer. */
import { resolve } from 'node:path';
import { isAbort, sleep } from '@coequal/base';
import { openClock } from '@coequal/base/node';
import type { Client, Contact, FileWarning, Offer } from '@coequal/contract';
import { EXIT } from '../cli/exit-codes.ts';
import { count, formatBytes, formatPercent, formatRate } from '../cli/format.ts';
import type { Shell } from '../cli/shell.ts';
import { findContact } from './find-contact.ts';
import { inPeer } from './in-peer.ts';
import type { RemoteOptions } from './in-peer.ts';
import { ID_SHOWN, pickById } from './pick-by-id.ts';

/** Between two looks how far it is. */
const LOOK_MS = 1_000;

export function listInbox(options: RemoteOptions): Promise<number> {
  return inPeer(options, async (client, shell) => {
    const { offers, rules } = await client.call('showInbox', {}, shell.stop);
    for (const offer of offers) {
      shell.emit({ event: 'offer', ...offer });
      for (const line of linesOf(offer)) shell.print(line);
    }
    for (const rule of rules) {
      shell.emit({ event: 'rule', ...rule });
      shell.print(
        `From ${rule.personName}, up to ${formatBytes(rule.sizeMax)} are accepted unasked.`,
      );
    }
    if (offers.length === 0) shell.print('The inbox is empty.');
  });
}

export interface AcceptFlags extends RemoteOptions {
  readonly output?: string;
  /** Until all of it is here, or cannot be. */
  readonly wait: boolean;
}

export async function acceptOffers(wanted: readonly string[], flags: AcceptFlags): Promise<number> {
  const { output, wait } = flags;
  const body = output === undefined ? {} : { directory: resolve(output) };
  let isAllHere = true;
  const ended = await inPeer(flags, async (client, shell) => {
    const accepted: string[] = [];
    for (const { id } of await find(wanted, client, shell)) {
      const offer = await client.call('acceptOffer', { params: { id }, body }, shell.stop);
      shell.emit({ event: 'accepted', ...offer });
      shell.print(`"${offer.name}" comes to ${offer.directory}.`);
      accepted.push(id);
    }
    if (!wait) return;
    try {
      isAllHere = await followOffers(new Set(accepted), client, shell);
    } catch (error) {
      if (isAbort(error, shell.stop)) shell.note('The running peer goes on fetching.');
      throw error;
    }
  });
  return ended === EXIT.done && !isAllHere ? EXIT.failed : ended;
}

/** Whether all of them are here, be it in quarantine. */
async function followOffers(
  ids: ReadonlySet<string>,
  client: Client,
  shell: Shell,
): Promise<boolean> {
  let before = '';
  for (;;) {
    const { offers } = await client.call('showInbox', {}, shell.stop);
    const followed = offers.filter(({ id }) => ids.has(id));
    const coming = followed.filter(isComing);
    if (coming.length === 0) {
      for (const offer of followed) {
        shell.emit({ event: 'ended', ...offer });
        for (const line of linesOf(offer)) shell.print(line);
      }
      return followed.every(({ state }) => state === 'done' || state === 'quarantined');
    }
    for (const offer of coming) shell.emit({ event: 'progress', ...offer });
    const line = coming.map(farOf).join(', ');
    if (line !== before) shell.note(line);
    before = line;
    await sleep(openClock(), LOOK_MS, shell.stop);
  }
}

/** On its way, or whole and about to be released by itself: then a person has nothing to look at. */
export function isComing({
  state,
  warnings,
  problem,
}: Pick<Offer, 'state' | 'warnings' | 'problem'>): boolean {
  if (state !== 'quarantined') return state === 'receiving';
  return problem === undefined && warnings.every(({ warning }) => warning === 'NAME_CHANGED');
}

function farOf({ name, have, size, down, sources }: Offer): string {
  if (sources === 0) return `${name}: nobody who has it is there now`;
  return `${name} ${formatPercent(have, size)}${down > 0 ? `, ${formatRate(down)}` : ''}`;
}

export function declineOffers(wanted: readonly string[], options: RemoteOptions): Promise<number> {
  return inPeer(options, async (client, shell) => {
    for (const { id } of await find(wanted, client, shell)) {
      const offer = await client.call('declineOffer', { params: { id } }, shell.stop);
      shell.emit({ event: 'declined', ...offer });
      shell.print(`"${offer.name}" was declined.`);
    }
  });
}

export function releaseOffers(wanted: readonly string[], options: RemoteOptions): Promise<number> {
  return inPeer(options, async (client, shell) => {
    for (const { id } of await find(wanted, client, shell)) {
      const offer = await client.call('releaseOffer', { params: { id } }, shell.stop);
      shell.emit({ event: 'released', ...offer });
      shell.print(`"${offer.name}" is at ${offer.path}. Open it only if you expected it.`);
    }
  });
}

/** With its files, those first of which to be careful. */
export function showOffer(wanted: string, options: RemoteOptions): Promise<number> {
  return inPeer(options, async (client, shell) => {
    for (const { id } of await find([wanted], client, shell)) {
      const detail = await client.call('showOffer', { params: { id } }, shell.stop);
      const { offer, files } = detail;
      shell.emit({ event: 'offer', ...detail });
      for (const line of linesOf(offer)) shell.print(line);
      for (const { path, size, warnings } of files) {
        const careful = warnings.map((warning) => WARNINGS[warning]).join('; ');
        shell.print(`  ${formatBytes(size)}  ${path}${careful === '' ? '' : `  (${careful})`}`);
      }
      if (!offer.isListed) shell.print('  The list of its files is not here yet.');
      else if (files.length < offer.files)
        shell.print(`  … and ${count(offer.files - files.length, 'file')} more`);
    }
  });
}

export function forgetOffers(wanted: readonly string[], options: RemoteOptions): Promise<number> {
  return inPeer(options, async (client, shell) => {
    for (const { id, name } of await find(wanted, client, shell)) {
      await client.call('forgetOffer', { params: { id } }, shell.stop);
      shell.emit({ event: 'forgotten', id });
      shell.print(`"${name}" is off the list; what came of it stays where it is.`);
    }
  });
}

type Named = Pick<Contact, 'person' | 'name'>;

export interface RuleFlags extends RemoteOptions {
  /** Bytes; undefined: ask again. */
  readonly max?: number;
  readonly output?: string;
}

export function setInboxRule(
  contact: string,
  { max, output, ...options }: RuleFlags,
): Promise<number> {
  return inPeer(options, async (client, shell) => {
    if (max === undefined) {
      const { person, name } = await personOfRule(contact, client, shell);
      await client.call('removeInboxRule', { params: { person } }, shell.stop);
      shell.emit({ event: 'rule-removed', person });
      return shell.print(`Nothing of ${name} is accepted unasked any more.`);
    }
    const { person, name, trust } = await findContact(contact, client, shell);
    const body = { sizeMax: max, ...(output !== undefined && { directory: resolve(output) }) };
    const rule = await client.call('putInboxRule', { params: { person }, body }, shell.stop);
    shell.emit({ event: 'rule', ...rule });
    shell.print(
      `From ${name}, up to ${formatBytes(max)} are accepted unasked, while you trust them.`,
    );
    if (trust !== 'trusted')
      shell.print(`You do not yet: "coequal contacts trust ${quoted(name)} trusted" says so.`);
  });
}

/** Whom a rule is for who is no contact any more. */
async function personOfRule(text: string, client: Client, shell: Shell): Promise<Named> {
  const { rules } = await client.call('showInbox', {}, shell.stop);
  const rule = rules.find(({ person, personName }) => person === text || personName === text);
  return rule === undefined
    ? await findContact(text, client, shell)
    : { person: rule.person, name: rule.personName };
}

const CODES = { none: 'NO_SUCH_OFFER', ambiguous: 'OFFER_AMBIGUOUS' };

/** By name, or the beginning of an id. Throws LocalFault `NO_SUCH_OFFER`, `OFFER_AMBIGUOUS`. */
async function find(
  wanted: readonly string[],
  client: Client,
  shell: Shell,
): Promise<readonly Offer[]> {
  const { offers } = await client.call('showInbox', {}, shell.stop);
  return [...new Set(wanted.map((text) => pickById(text, offers, CODES)))];
}

/** As a shell takes it for one word. */
function quoted(text: string): string {
  return /^[\w.-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

const STATES: Readonly<Record<Offer['state'], string>> = {
  waiting: 'waits for your answer',
  receiving: 'comes',
  quarantined: 'is in quarantine',
  done: 'is here',
  declined: 'was declined',
  withdrawn: 'was taken back',
  expired: 'was too late',
  failed: 'failed',
};

const WARNINGS: Readonly<Record<FileWarning, string>> = {
  PROGRAM: 'programs',
  SCRIPT: 'scripts, or pages that can run some',
  MACROS: 'documents that can hold programs',
  LAUNCHER: 'shortcuts, disk images, or settings that change something when opened',
  DOUBLE_EXTENSION: 'names that pretend to be something else',
  TURNED_NAME: 'names with marks that turn the reading order',
  DISGUISED: 'programs whose names do not say so',
  PROGRAM_INSIDE: 'archives that hold programs',
  UNSEEN_INSIDE: 'archives that could not be looked into',
  NAME_CHANGED: 'names that were changed, because not every system can keep them',
};

function linesOf(offer: Offer): string[] {
  const { id, name, personName, files, size, note, state, have, path, problem, warnings } = offer;
  const far = state === 'receiving' ? ` (${formatPercent(have, size)})` : '';
  return [
    `${id.slice(0, ID_SHOWN)}  ${name}, from ${personName}: ${count(files, 'file')}, ${formatBytes(size)}; ${STATES[state]}${far}`,
    ...(note === '' ? [] : [`      "${note}"`]),
    ...(path === undefined ? [] : [`      ${path}`]),
    ...(problem === undefined ? [] : [`      ${problem.text}`]),
    ...warnings.map(
      (each) => `      careful, ${count(each.files, 'file')}: ${WARNINGS[each.warning]}`,
    ),
  ];
}
