/** `coequal up`: starts the peer, prints its page's address, and serves until it is stopped. */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LocalFault, untilAborted } from '@coequal/base';
import type { Settings } from '@coequal/contract';
import { homeDirectory } from '../home.ts';
import { RunningPeer } from '../peer/running-peer.ts';
import type { Reach } from '../reach.ts';
import { openRunningClient } from '../remote/running-client.ts';
import { EXIT } from './exit-codes.ts';
import { openInBrowser } from './open-in-browser.ts';
import { inShell } from './shell.ts';
import type { Shell } from './shell.ts';

/** A peer that ends because of bugs may not be able to end well: after so long it ends at once. */
const LAST_RESORT_MS = 10_000;

export interface UpOptions {
  readonly open: boolean;
  readonly apiPort: number;
  readonly home?: string;
  readonly json: boolean;
  readonly reach: Reach;
  /** Settings that were given as flags. */
  readonly flags: Partial<Settings>;
}

export async function up(options: UpOptions): Promise<number> {
  const home = resolve(options.home ?? homeDirectory());
  let running: RunningPeer | undefined;
  const takesBug = (error: unknown): boolean => {
    running?.bug(error);
    return running !== undefined;
  };
  const shellOptions = { isJson: options.json, exitWhenStopped: EXIT.done, takesBug };
  return await inShell(shellOptions, async (shell) => {
    await using peer = await openPeer(home, options, shell);
    if (peer === undefined) return EXIT.done;
    running = peer;
    tellPage(peer.loginLink().url, options.open, shell);
    shell.note('The link signs in one browser, once. Ctrl-C stops the peer.');
    shell.note('"coequal demo" shows six peers at work, on this computer alone.');
    await untilStopped(peer, shell.stop);
    return EXIT.done;
  });
}

/** Undefined: one runs already, and its page was shown. */
async function openPeer(
  home: string,
  options: UpOptions,
  shell: Shell,
): Promise<RunningPeer | undefined> {
  try {
    return await RunningPeer.open({
      home,
      downloadDirectory: join(homedir(), 'Downloads'), // where people look for what they fetched
      reach: options.reach,
      apiPort: options.apiPort,
      flags: options.flags,
      environment: process.env,
      pageDirectory: pageDirectory(),
    });
  } catch (error) {
    if (!(error instanceof LocalFault) || error.code !== 'HOME_IN_USE') throw error;
    const link = await linkOfRunning(home, shell.stop);
    if (link === undefined) throw error;
    tellPage(link, options.open, shell, { isRunning: true });
    shell.note('It was running already; the flags of this command hold for a peer that it starts.');
    return undefined;
  }
}

/** Undefined: it cannot be asked. It may be just starting or stopping, or somebody else's. */
async function linkOfRunning(home: string, signal: AbortSignal): Promise<string | undefined> {
  try {
    const { url } = await openRunningClient(home).call('makeLoginLink', {}, signal);
    return url;
  } catch (error) {
    if (signal.aborted) throw error;
    return undefined;
  }
}

function tellPage(url: string, open: boolean, shell: Shell, more: object = {}): void {
  shell.emit({ event: 'ready', url, ...more });
  shell.print(`Coequal runs. Its page: ${url}`);
  if (open) openInBrowser(url);
}

/** Rejects with what made the peer end, if it was not asked to. */
async function untilStopped(peer: RunningPeer, signal: AbortSignal): Promise<void> {
  const ever = new Promise<never>(() => undefined);
  try {
    await untilAborted(ever, AbortSignal.any([signal, peer.stopSignal]));
  } catch (error) {
    if (error instanceof LocalFault) {
      setTimeout(() => process.exit(EXIT.failed), LAST_RESORT_MS).unref();
      throw error;
    }
    if (!peer.stopSignal.aborted) throw error;
  }
}

/** In the checkout `packages/web/dist`; in the installed command beside it. */
function pageDirectory(): string | undefined {
  const places = ['../../../web/dist/', '../page/'].map((path) =>
    fileURLToPath(new URL(path, import.meta.url)),
  );
  return places.find((place) => existsSync(place));
}
