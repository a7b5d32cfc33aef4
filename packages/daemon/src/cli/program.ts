/** The commands and their flags. What a command does is loaded when it is called. */
import type { Hasher } from '@coequal/base';
import { Command, CommanderError } from 'commander';
import { VERSION } from '../version.ts';
import { EXIT } from './exit-codes.ts';
import { addCommonFlags, addPeerFlags, checked, collected, networkOf, reachOf } from './flags.ts';
import type { NetworkFlags, ReachFlags } from './flags.ts';
import { addRemoteCommands, addUp } from './peer-program.ts';
import type { Result } from './peer-program.ts';
import {
  parseAmount,
  parseBytes,
  parseCount,
  parsePieceLength,
  parseRate,
  parseSalt,
  parseUrl,
} from './values.ts';

/** More leechers in one process show nothing new. */
const DEMO_PEERS_MAX = 20;

const RATES = 'Rates are bytes per second: 500k, 20M, 1.5MiB.';

/** Resolves to the exit code. `hasher`: the caller's, for a command that hashes. */
export async function runProgram(argv: readonly string[], hasher?: Hasher): Promise<number> {
  const result: Result = { exitCode: EXIT.done };
  const isJson = argv.includes('--json');
  const program = createProgram(result, isJson, hasher);
  process.stdout.on('error', onStdoutError);
  try {
    await program.parseAsync(withCommand(argv), { from: 'user' });
    return result.exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return EXIT.done; // help was asked for
    if (isJson) {
      const message = error.message.replace(/^error: /, '');
      const event = {
        event: 'error',
        code: 'WRONG_USE',
        message,
        hint: 'Add --help for the flags.',
      };
      process.stdout.write(`${JSON.stringify(event)}\n`);
    }
    return EXIT.wrongUse;
  }
}

/** Whoever read our output has gone, as `head` does: there is nobody to work for. */
function onStdoutError(error: Error): void {
  if ('code' in error && error.code === 'EPIPE') process.exit(EXIT.done);
  throw error;
}

/** `coequal` alone, or with nothing but flags, starts the peer. */
function withCommand(argv: readonly string[]): readonly string[] {
  const [first] = argv;
  const isOwnFlag = first !== undefined && ['-h', '--help', '-V', '--version'].includes(first);
  return first === undefined || (first.startsWith('-') && !isOwnFlag) ? ['up', ...argv] : argv;
}

/** Exported for tests, which walk it. */
export function createProgram(result: Result, isJson: boolean, hasher?: Hasher): Command {
  const program = new Command('coequal')
    .description(
      'Makes a computer an equal peer: share and fetch files, and hand them to people, with nobody in the middle.',
    )
    .version(VERSION, '-V, --version')
    .exitOverride()
    .configureHelp({ optionDescription: ({ description }) => description })
    .showHelpAfterError('Add --help for the flags.')
    .configureOutput({ outputError: (text, write) => void (isJson || write(text)) });
  if (isJson) program.showHelpAfterError(false);
  addUp(program, result);
  addRemoteCommands(program, result);
  addGet(program, result);
  addSeed(program, result);
  addCreate(program, result, hasher);
  addInfo(program, result);
  addVerify(program, result, hasher);
  addDemo(program, result);
  return program;
}

interface GetFlags extends NetworkFlags {
  readonly output: string;
  readonly select: readonly string[];
  readonly sequential: boolean;
  readonly seedRatio?: number;
  readonly seedTime?: number;
  readonly json: boolean;
}

function addGet(program: Command, result: Result): void {
  const nothing: readonly string[] = [];
  addPeerFlags(program.command('get'))
    .description('fetch a torrent; done when every byte is verified and written')
    .argument('<source>', 'magnet link, .torrent file, or http(s) address of one')
    .option('-o, --output <DIR>', 'folder to put it in (default: this one)', '.')
    .option(
      '--select <GLOB>',
      'only files that match: "*.pdf", "extras/**" (repeatable)',
      collected(String),
      nothing,
    )
    .option('--sequential', 'from beginning to end', false)
    .option('--down-limit <RATE>', 'bytes per second to receive at most', checked(parseRate))
    .option('--seed-ratio <R>', 'pass on until R times its size was given', checked(parseAmount))
    .option(
      '--seed-time <MIN>',
      'pass on for so many minutes; with --seed-ratio, what comes first',
      checked(parseAmount),
    )
    .addHelpText(
      'after',
      `\n${RATES} Ctrl-C stops; the same command goes on from there.\n` +
        'A link with a key (magnet:?xs=urn:btpk:…) fetches the version that is the newest when it starts;\n' +
        'run it again for a newer one.\n' +
        'Exit codes: 0 done, 1 failed, 2 wrong use, 3 cancelled before done.',
    )
    .action(async (source: string, flags: GetFlags) => {
      const { get } = await import('./get.ts');
      result.exitCode = await get(source, { ...flags, ...networkOf(flags) });
    });
}

function addSeed(program: Command, result: Result): void {
  addPeerFlags(program.command('seed'))
    .description('serve content that is here, until stopped')
    .argument('<torrent>', '.torrent file')
    .argument('<path>', 'the content, or the folder that holds it')
    .option('--trust', 'take files of the right length as good, without checking them', false)
    .option(
      '--super-seed',
      'give each piece away once, until others have them all: for what nobody else has (BEP 16)',
      false,
    )
    .option(
      '--publish <KEYFILE>',
      'make it the newest version under the key in this file, which is made if missing (BEP 46); prints the magnet link',
    )
    .option(
      '--salt <TEXT>',
      'with --publish: tells several things apart that one key publishes',
      checked(parseSalt),
    )
    .addHelpText(
      'after',
      `\n${RATES} What is incomplete is served as far as it is good; nothing is fetched and no file changed.`,
    )
    .action(
      async (torrent: string, path: string, flags: NetworkFlags & SeedFlags, command: Command) => {
        if (flags.salt !== undefined && flags.publish === undefined)
          command.error('error: --salt is of use with --publish alone');
        const { seed } = await import('./seed.ts');
        result.exitCode = await seed(torrent, path, { ...flags, ...networkOf(flags) });
      },
    );
}

interface SeedFlags {
  readonly trust: boolean;
  readonly superSeed: boolean;
  readonly publish?: string;
  readonly salt?: Uint8Array;
  readonly json: boolean;
}

interface CreateFlags extends ReachFlags {
  readonly output?: string;
  readonly v1?: true;
  readonly v2?: true;
  readonly hybrid?: true;
  readonly tracker: readonly string[];
  readonly webSeed: readonly string[];
  readonly private: boolean;
  readonly pieceLength?: number;
  readonly comment?: string;
  readonly force: boolean;
  readonly json: boolean;
}

function addCreate(program: Command, result: Result, hasher: Hasher | undefined): void {
  const nothing: readonly string[] = [];
  addCommonFlags(program.command('create'))
    .description('make a .torrent of a file or folder')
    .argument('<path>', 'the file or folder to share')
    .option('-o, --output <FILE>', 'where to write it; NAME.torrent here if not given')
    .option('--v1', 'as every client reads it')
    .option('--v2', 'as only newer clients read it (BEP 52)')
    .option('--hybrid', 'both in one (default)')
    .option(
      '--tracker <URL>',
      'a tracker to announce to (repeatable; asked in this order)',
      collected(parseUrl(['http', 'https', 'udp', 'ws', 'wss'])),
      nothing,
    )
    .option(
      '--web-seed <URL>',
      'where the files are on the web, too (repeatable)',
      collected(parseUrl(['http', 'https'])),
      nothing,
    )
    .option('--private', 'peers come from the trackers alone (BEP 27)', false)
    .option(
      '--piece-length <N>',
      'a power of two such as 256KiB; suits the size if not given',
      checked(parsePieceLength),
    )
    .option('--comment <TEXT>', 'a word about it, for whoever opens it')
    .option('--force', 'replace the .torrent if it is there', false)
    .addHelpText(
      'after',
      '\nHybrid is the default because it serves everyone: clients of any age read its v1 half, newer\n' +
        'ones verify each file by itself with its v2 half. It costs a few kilobytes more.',
    )
    .action(async (path: string, flags: CreateFlags, command: Command) => {
      const versions = (['v1', 'v2', 'hybrid'] as const).filter((each) => flags[each] === true);
      if (versions.length > 1)
        command.error('error: only one of --v1, --v2 and --hybrid can be chosen');
      const { create } = await import('./create.ts');
      result.exitCode = await create(path, { ...flags, version: versions[0] ?? 'hybrid' }, hasher);
    });
}

interface InfoFlags extends ReachFlags {
  readonly all: boolean;
  readonly scrape: boolean;
  readonly json: boolean;
}

function addInfo(program: Command, result: Result): void {
  addCommonFlags(program.command('info'))
    .description('say what a torrent holds')
    .argument('<source>', '.torrent file or magnet link')
    .option('--all', 'list all files, not only the first ones', false)
    .option('--scrape', 'ask its trackers how many share it', false)
    .action(async (source: string, flags: InfoFlags) => {
      const { info } = await import('./info.ts');
      result.exitCode = await info(source, { ...flags, reach: reachOf(flags) });
    });
}

function addVerify(program: Command, result: Result, hasher: Hasher | undefined): void {
  addCommonFlags(program.command('verify'))
    .description('check content against its torrent; changes nothing')
    .argument('<torrent>', '.torrent file')
    .argument('<path>', 'the content, or the folder that holds it')
    .addHelpText('after', '\nExit codes: 0 all good, 1 something is missing or damaged.')
    .action(async (torrent: string, path: string, flags: { readonly json: boolean }) => {
      const { verify } = await import('./verify.ts');
      result.exitCode = await verify(torrent, path, flags, hasher);
    });
}

interface DemoFlags {
  readonly peers: number;
  readonly size: number;
  readonly keep: boolean;
  readonly json: boolean;
}

function addDemo(program: Command, result: Result): void {
  addCommonFlags(program.command('demo'))
    .description('watch several peers on this computer share a folder, and check that all got it')
    .option(
      '--peers <N>',
      'peers that fetch (default: 5)',
      checked(parseCount(1, DEMO_PEERS_MAX)),
      5,
    )
    .option('--size <BYTES>', 'size of the folder (default: 24M)', checked(parseBytes), 24_000_000)
    .option('--keep', 'leave the folders in place', false)
    .action(async (flags: DemoFlags) => {
      const { demo } = await import('./demo.ts');
      result.exitCode = await demo(flags);
    });
}
