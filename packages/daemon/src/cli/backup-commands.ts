/** `coequal backup` and `coequal restore`. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { LocalFault } from '@coequal/base';
import { backUp, restore } from '../backup/backup.ts';
import type { BackupReport } from '../backup/backup.ts';
import { homeDirectory } from '../home.ts';
import { EXIT } from './exit-codes.ts';
import { count, formatBytes } from './format.ts';
import { inShell } from './shell.ts';

/** Shorter ones are guessed, whatever scrypt costs. */
const PASS_PHRASE_LENGTH_MIN = 10;

export interface BackupFlags {
  readonly home?: string;
  readonly passPhraseFile?: string;
  readonly json: boolean;
}

export function backUpPeer(file: string, flags: BackupFlags): Promise<number> {
  return run('backup', flags, async (home, passPhrase) => {
    if (passPhrase.length < PASS_PHRASE_LENGTH_MIN)
      throw new LocalFault('PASS_PHRASE_SHORT', { min: PASS_PHRASE_LENGTH_MIN });
    return await backUp(home, resolve(file), passPhrase);
  });
}

export function restorePeer(file: string, flags: BackupFlags): Promise<number> {
  return run('restored', flags, (home, passPhrase) => restore(resolve(file), home, passPhrase));
}

function run(
  event: 'backup' | 'restored',
  { home = homeDirectory(), passPhraseFile, json }: BackupFlags,
  work: (home: string, passPhrase: string) => Promise<BackupReport>,
): Promise<number> {
  return inShell({ isJson: json }, async (shell) => {
    const passPhrase = await readPassPhrase(passPhraseFile, shell.stop);
    const { files, bytes } = await work(resolve(home), passPhrase);
    shell.emit({ event, files, bytes });
    const done = event === 'backup' ? 'Kept' : 'Restored';
    shell.print(`${done} ${count(files, 'file')} (${formatBytes(bytes)}).`);
    return EXIT.done;
  });
}

/** From a file, or typed where nobody sees it. */
async function readPassPhrase(file: string | undefined, signal: AbortSignal): Promise<string> {
  if (file !== undefined) return readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  process.stderr.write('Pass phrase: ');
  const silence = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({
    input: process.stdin,
    output: silence,
    terminal: process.stdin.isTTY,
  });
  try {
    return await lines.question('', { signal });
  } finally {
    lines.close();
    process.stderr.write('\n');
  }
}
