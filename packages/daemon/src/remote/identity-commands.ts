/** `coequal id`: who one is. A thin client; secrets are typed or piped in, never flags. */
import { LocalFault } from '@coequal/base';
import type { Client, Identity, WordsReport } from '@coequal/contract';
import { Asker } from '../cli/asker.ts';
import type { Shell } from '../cli/shell.ts';
import { inPeer } from './in-peer.ts';
import type { RemoteOptions } from './in-peer.ts';

const WORD_COUNT = 24;
const WORDS_A_LINE = 4;

const STATES: Readonly<Record<Identity['state'], string>> = {
  none: 'There is no identity yet: "coequal id create" makes one, "coequal id restore" and "coequal devices join" bring one here.',
  created: 'Made here. Whether the words were written down is not checked yet: "coequal id check".',
  checked: 'Made here; the words were written down.',
  restored: 'Restored from words.',
  member: 'Joined another device, which has the words.',
};

const WHAT_WORDS_ARE_FOR = [
  'Write them down on paper, in this order, and keep them where nobody else looks.',
  'They restore who you are to your contacts, and the coins of the wallet; not history, files or',
  'payment channels: those come back from another device of yours, or from "coequal backup".',
] as const;

export interface NewIdentityFlags extends RemoteOptions {
  readonly name?: string;
}

export function showIdentity(options: RemoteOptions): Promise<number> {
  return inPeer(options, async (client, shell) => {
    const identity = await client.call('showIdentity', {}, shell.stop);
    shell.emit({ event: 'identity', ...identity });
    shell.print(STATES[identity.state]);
    if (identity.person !== undefined) shell.print(`  you     ${identity.person}`);
    if (identity.device !== undefined)
      shell.print(`  device  ${identity.device.name} (${identity.device.key})`);
    if (identity.isRevoked)
      shell.print(
        '  This device was revoked on another one: it is nobody’s any more, and contacts refuse it.',
      );
    if (identity.problem !== undefined) {
      shell.print(`  ${identity.problem.text}`);
      if (identity.problem.hint !== undefined) shell.print(`  ${identity.problem.hint}`);
    }
    if (identity.needsSigning)
      shell.print('  The device list has to be signed anew: "coequal devices list" asks for it.');
    if (['created', 'checked', 'restored'].includes(identity.state))
      shell.print(
        identity.isSealed
          ? '  The words are sealed by a pass phrase.'
          : '  The words lie unsealed in your account: "coequal id passphrase" seals them.',
      );
  });
}

export function createIdentity({ name, ...options }: NewIdentityFlags): Promise<number> {
  return asking(options, async (client, shell, asker) => {
    const { state } = await client.call('showIdentity', {}, shell.stop);
    if (state !== 'none') throw new LocalFault('IDENTITY_EXISTS');
    const passPhrase = await newPassPhrase(asker);
    const body = {
      ...(name !== undefined && { deviceName: name }),
      ...(passPhrase !== undefined && { passPhrase }),
    };
    const { identity, words } = await client.call('createIdentity', { body }, shell.stop);
    shell.emit({ event: 'created', person: identity.person, words });
    printWords(words, shell);
    shell.print('Then type some of them: "coequal id check".');
  });
}

export function checkWords(options: RemoteOptions): Promise<number> {
  return asking(options, async (client, shell, asker) => {
    await unlock(client, shell, asker);
    const { positions } = await client.call('askForWords', {}, shell.stop);
    const answers: { position: number; word: string }[] = [];
    for (const position of positions)
      answers.push({ position, word: (await asker.secret(`Word ${position}: `)).trim() });
    const { state } = await client.call('checkWords', { body: { answers } }, shell.stop);
    shell.emit({ event: 'checked', state });
    shell.print('Right. The words are shown again only with the pass phrase.');
  });
}

export function restoreIdentity({ name, ...options }: NewIdentityFlags): Promise<number> {
  return asking(options, async (client, shell, asker) => {
    const words = await readWords(client, shell, asker);
    const passPhrase = await newPassPhrase(asker);
    const body = {
      words,
      ...(name !== undefined && { deviceName: name }),
      ...(passPhrase !== undefined && { passPhrase }),
    };
    const identity = await client.call('restoreIdentity', { body }, shell.stop);
    shell.emit({ event: 'restored', person: identity.person });
    shell.print(`You are ${identity.person} here, too.`);
    shell.print('Contacts come back from another device of yours, or from "coequal backup".');
  });
}

export function showWords(options: RemoteOptions): Promise<number> {
  return asking(options, async (client, shell, asker) => {
    const { isSealed } = await client.call('showIdentity', {}, shell.stop);
    const body = isSealed ? { passPhrase: await asker.secret('Pass phrase: ') } : {};
    const { words } = await client.call('showWords', { body }, shell.stop);
    shell.emit({ event: 'words', words });
    printWords(words, shell);
  });
}

export function changePassPhrase(options: RemoteOptions): Promise<number> {
  return asking(options, async (client, shell, asker) => {
    const { isSealed } = await client.call('showIdentity', {}, shell.stop);
    const current = isSealed ? await asker.secret('Pass phrase now: ') : undefined;
    const next = (await newPassPhrase(asker)) ?? null;
    const body = { next, ...(current !== undefined && { current }) };
    const identity = await client.call('changePassPhrase', { body }, shell.stop);
    shell.emit({ event: 'pass-phrase', isSealed: identity.isSealed });
    shell.print(identity.isSealed ? 'The words are sealed.' : 'The words lie unsealed.');
  });
}

/** For commands that ask: on a terminal, or line by line of what is piped in. */
export function asking(
  options: RemoteOptions,
  work: (client: Client, shell: Shell, asker: Asker) => Promise<void>,
): Promise<number> {
  return inPeer(options, async (client, shell) => {
    using asker = new Asker(shell.stop);
    await work(client, shell, asker);
  });
}

/** Asks for the pass phrase where one is needed to sign. */
export async function unlock(client: Client, shell: Shell, asker: Asker): Promise<void> {
  const { isSealed, isUnlocked } = await client.call('showIdentity', {}, shell.stop);
  if (!isSealed || isUnlocked) return;
  const body = { passPhrase: await asker.secret('Pass phrase: ') };
  await client.call('unlockIdentity', { body }, shell.stop);
}

/** Undefined for an empty one. */
async function newPassPhrase(asker: Asker): Promise<string | undefined> {
  const first = await asker.secret('New pass phrase (empty: none): ');
  if (first === '') return undefined;
  if ((await asker.secret('Once more: ')) !== first) throw new LocalFault('PASS_PHRASES_DIFFER');
  return first;
}

/** Over as many lines as they are typed on; says which are wrong, and asks again for all. */
async function readWords(client: Client, shell: Shell, asker: Asker): Promise<string> {
  for (;;) {
    let words = '';
    let report: WordsReport;
    do {
      words += ` ${await asker.secret(words === '' ? 'The 24 words: ' : 'Go on: ')}`;
      report = await client.call('examineWords', { body: { words } }, shell.stop);
    } while (report.wrong.length === 0 && report.count < WORD_COUNT);
    if (report.isGood) return words;
    if (!process.stdin.isTTY) return words; // refused with what is wrong
    for (const { position, word, near } of report.wrong)
      shell.note(`Word ${position}, "${word}", is none of the list. ${nearText(near)}`);
    if (report.isMixedUp)
      shell.note(
        'Each is one of the list, but together they are not right: one is another, or two are swapped.',
      );
  }
}

function nearText(near: readonly string[]): string {
  return near.length === 0 ? '' : `Is it ${near.join(', or ')}?`;
}

function printWords(words: readonly string[], shell: Shell): void {
  shell.print('');
  for (let at = 0; at < words.length; at += WORDS_A_LINE)
    shell.print(
      words
        .slice(at, at + WORDS_A_LINE)
        .map((word, i) => `${String(at + i + 1).padStart(4)} ${word.padEnd(9)}`)
        .join(''),
    );
  shell.print('');
  for (const line of WHAT_WORDS_ARE_FOR) shell.print(line);
}
