/** The commands of the running peer: `up`, and those that ask it. What each does is loaded when it is called. */
import type { Command } from 'commander';
import type { Transport } from '@coequal/bittorrent';
import type { ImportProgram, Settings } from '@coequal/contract';
import { addIdentityCommands } from './identity-program.ts';
import { addPeopleCommands } from './people-program.ts';
import { addCommonFlags, checked, collected, reachOf } from './flags.ts';
import type { ReachFlags } from './flags.ts';
import { remoteCommand } from './remote-command.ts';
import type { RemoteFlags } from './remote-command.ts';
import { addSending } from './send-program.ts';
import { addLink } from './link-program.ts';
import {
  BadValue,
  parseBind,
  parseHostPort,
  parsePort,
  parseRate,
  parseTransport,
} from './values.ts';
import type { HostPort } from './values.ts';

/** Of the page: nobody else is known to use it. */
const API_PORT = 7_227;

/** Where a command leaves its exit code. */
export interface Result {
  exitCode: number;
}

interface UpFlags extends ReachFlags {
  readonly open: boolean;
  readonly apiPort: number;
  readonly home?: string;
  readonly listen?: number;
  readonly bind?: string;
  readonly transport?: Transport;
  readonly dhtBootstrap: readonly HostPort[];
  readonly portMapping: boolean;
  readonly upLimit?: number;
  readonly downLimit?: number;
  readonly json: boolean;
}

export function addUp(program: Command, result: Result): void {
  addCommonFlags(program.command('up'))
    .description('start the peer and open its page; also what "coequal" alone does')
    .option('--no-open', 'do not open the page in a browser')
    .option(
      '--api-port <PORT>',
      `port of the page, on this computer alone (default: ${API_PORT}, or any if that is taken)`,
      checked(parsePort),
      API_PORT,
    )
    .option('--home <DIR>', 'folder where the peer keeps what it knows (default: $COEQUAL_HOME)')
    .option('--listen <PORT>', 'port for peers', checked(parsePort))
    .option('--bind <ADDRESS>', 'send from this address or interface alone', checked(parseBind))
    .option('--transport <KIND>', 'tcp, utp, or both', checked(parseTransport))
    .option(
      '--dht-bootstrap <HOST:PORT>',
      'a node of the DHT to begin with (repeatable)',
      collected(parseHostPort),
      [],
    )
    .option('--no-port-mapping', 'do not ask the router to let peers in')
    .option('--up-limit <RATE>', 'bytes per second to send at most', checked(parseRate))
    .option('--down-limit <RATE>', 'bytes per second to receive at most', checked(parseRate))
    .addHelpText(
      'after',
      `\nRates are bytes per second: 500k, 20M, 1.5MiB. What is given here cannot be changed on the page. Ctrl-C stops; nothing is lost.`,
    )
    .action(async (flags: UpFlags) => {
      const { up } = await import('./up.ts');
      const { home, json, open, apiPort } = flags;
      const settings = settingsOfFlags(flags);
      result.exitCode = await up({
        open: open && !json,
        apiPort,
        json,
        reach: reachOf(flags),
        flags: settings,
        ...(home !== undefined && { home }),
      });
    });
}

/** Flags stand above all other settings. */
function settingsOfFlags(flags: UpFlags): Partial<Settings> {
  const { listen, bind, transport, dhtBootstrap, portMapping, upLimit, downLimit } = flags;
  return {
    ...(listen !== undefined && { listenPort: listen }),
    ...(bind !== undefined && { bind }),
    ...(transport !== undefined && { transport }),
    ...(dhtBootstrap.length > 0 && { dhtBootstrap: dhtBootstrap.map(formatHostPort) }),
    ...(!portMapping && { mapsPorts: false }),
    ...(upLimit !== undefined && { uploadMax: upLimit }),
    ...(downLimit !== undefined && { downloadMax: downLimit }),
  };
}

function formatHostPort({ host, port }: HostPort): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Those that are there are named by the beginning of their id, by their name, or "all". */
const WHICH = 'beginning of an id, a name, or "all"';

export function addRemoteCommands(program: Command, result: Result): void {
  addAdd(program, result);
  remoteCommand(program, 'list', 'list the transfers of the running peer').action(
    async (flags: RemoteFlags) => {
      const { listTransfers } = await import('../remote/transfer-commands.ts');
      result.exitCode = await listTransfers(flags);
    },
  );
  remoteCommand(program, 'show', 'show a transfer of the running peer')
    .argument('<transfer>', WHICH)
    .action(async (transfer: string, flags: RemoteFlags) => {
      const { showTransfer } = await import('../remote/transfer-commands.ts');
      result.exitCode = await showTransfer(transfer, flags);
    });
  for (const action of ['pause', 'resume'] as const) {
    remoteCommand(program, action, `${action} transfers of the running peer`)
      .argument('<transfer...>', WHICH)
      .action(async (transfers: string[], flags: RemoteFlags) => {
        const { actOn } = await import('../remote/transfer-commands.ts');
        result.exitCode = await actOn(action, transfers, flags);
      });
  }
  addSending(program, result);
  addImport(program, result);
  addRemove(program, result);
  addLimit(program, result);
  addPair(program, result);
  addLink(program, result);
  addCare(program, result);
  addIdentityCommands(program, result);
  addPeopleCommands(program, result);
  addBackup(program, result);
  addService(program, result);
}

function addAdd(program: Command, result: Result): void {
  const nothing: readonly string[] = [];
  remoteCommand(program, 'add', 'have the running peer fetch torrents')
    .argument('<source...>', 'magnet link, .torrent file, or http(s) address of one')
    .option('-o, --output <DIR>', 'folder to put it in')
    .option('--category <NAME>', 'a category that is there')
    .option('--tag <TAG>', 'a word to find it by (repeatable)', collected(String), nothing)
    .option('--paused', 'do not begin yet', false)
    .option('--sequential', 'from beginning to end', false)
    .action(async (sources: string[], flags: RemoteFlags & AddChoices) => {
      const { addTransfers } = await import('../remote/transfer-commands.ts');
      result.exitCode = await addTransfers(sources, flags);
    });
}

interface AddChoices {
  readonly output?: string;
  readonly category?: string;
  readonly tag: readonly string[];
  readonly paused: boolean;
  readonly sequential: boolean;
}

function addImport(program: Command, result: Result): void {
  const nothing: readonly string[] = [];
  const command = remoteCommand(
    program,
    'import',
    'take over transfers of qBittorrent or Transmission, with their content where it lies',
  );
  command
    .addArgument(
      command
        .createArgument('[program]', 'whose; both without')
        .choices(['qbittorrent', 'transmission']),
    )
    .option('--from <DIR>', 'folder in which it keeps them (default: the usual ones)')
    .option(
      '--only <TRANSFER>',
      'a name, or the beginning of an id (repeatable)',
      collected(String),
      nothing,
    )
    .option('--all', 'also those of which files are missing: these are fetched again', false)
    .option('--dry-run', 'say what would be done, and do nothing', false)
    .addHelpText('after', '\nClose the other program first. Nothing of what it keeps is changed.')
    .action(async (from: ImportProgram | undefined, flags: RemoteFlags & ImportChoices) => {
      const { importTransfers } = await import('../remote/import-commands.ts');
      result.exitCode = await importTransfers(from, flags);
    });
}

interface ImportChoices {
  readonly from?: string;
  readonly only: readonly string[];
  readonly all: boolean;
  readonly dryRun: boolean;
}

function addRemove(program: Command, result: Result): void {
  remoteCommand(program, 'remove', 'remove transfers from the running peer; their data are kept')
    .argument('<transfer...>', WHICH)
    .option('--delete-data', 'delete what was fetched, too, after five minutes', false)
    .action(async (transfers: string[], flags: RemoteFlags & { deleteData: boolean }) => {
      const { removeTransfers } = await import('../remote/transfer-commands.ts');
      result.exitCode = await removeTransfers(transfers, flags);
    });
}

function addLimit(program: Command, result: Result): void {
  remoteCommand(program, 'limit', 'limit the speed of transfers, or of all together')
    .argument('[transfer...]', `${WHICH}; without any: the sum of all`)
    .option('--up <RATE>', 'bytes per second, or "none"', checked(parseLimit))
    .option('--down <RATE>', 'bytes per second, or "none"', checked(parseLimit))
    .action(async (transfers: string[], flags: RemoteFlags & LimitChoices) => {
      const { limitTransfers } = await import('../remote/transfer-commands.ts');
      result.exitCode = await limitTransfers(transfers, flags);
    });
}

interface LimitChoices {
  readonly up?: number | null;
  readonly down?: number | null;
}

/** Throws BadValue. */
function parseLimit(text: string): number | null {
  if (text === 'none') return null;
  const rate = parseRate(text);
  if (rate < 1) throw new BadValue('at least one byte per second, or "none"');
  return rate;
}

interface PairFlags extends RemoteFlags {
  readonly open: boolean;
  readonly close: boolean;
  readonly address?: string;
}

function addPair(program: Command, result: Result): void {
  remoteCommand(program, 'pair', 'let the browser of a phone or another computer use the page')
    .option('--open', 'open the page to other devices first, over https', false)
    .option('--close', 'close it to them, and sign all of them out', false)
    .option('--address <HOST>', 'address or name of this computer that the QR code leads to')
    .action(async (flags: PairFlags) => {
      const { pair } = await import('../remote/pair.ts');
      result.exitCode = await pair(flags);
    });
}

function addCare(program: Command, result: Result): void {
  remoteCommand(program, 'status', 'say how the running peer is').action(
    async (flags: RemoteFlags) => {
      const { showStatus } = await import('../remote/peer-commands.ts');
      result.exitCode = await showStatus(flags);
    },
  );
  remoteCommand(program, 'doctor', 'look for what is wrong with the running peer').action(
    async (flags: RemoteFlags) => {
      const { examinePeer } = await import('../remote/peer-commands.ts');
      result.exitCode = await examinePeer(flags);
    },
  );
  remoteCommand(program, 'stop', 'stop the running peer; nothing is lost').action(
    async (flags: RemoteFlags) => {
      const { stopPeer } = await import('../remote/peer-commands.ts');
      result.exitCode = await stopPeer(flags);
    },
  );
}

function addBackup(program: Command, result: Result): void {
  const command = (name: string, description: string): Command =>
    remoteCommand(program, name, description)
      .argument('<file>', 'the sealed file')
      .option(
        '--pass-phrase-file <FILE>',
        'file with the pass phrase, which is asked for otherwise',
      );
  command(
    'backup',
    'keep transfers, settings and progress in one sealed file; the peer may run',
  ).action(async (file: string, flags: RemoteFlags & { passPhraseFile?: string }) => {
    const { backUpPeer } = await import('./backup-commands.ts');
    result.exitCode = await backUpPeer(file, flags);
  });
  command('restore', 'begin a new home with what a sealed file holds').action(
    async (file: string, flags: RemoteFlags & { passPhraseFile?: string }) => {
      const { restorePeer } = await import('./backup-commands.ts');
      result.exitCode = await restorePeer(file, flags);
    },
  );
}

function addService(program: Command, result: Result): void {
  const service = program
    .command('service')
    .description('have the peer start when you sign in (systemd; docs/service.md has the others)');
  const tasks = {
    install: 'start it now, and whenever you sign in',
    uninstall: 'stop it, and leave starting it to you; data are kept',
    status: 'say whether it runs; exit code 1 if it does not',
  } as const;
  for (const task of ['install', 'uninstall', 'status'] as const) {
    remoteCommand(service, task, tasks[task]).action(async (flags: RemoteFlags) => {
      const { runService } = await import('./service.ts');
      result.exitCode = await runService(task, flags);
    });
  }
}
