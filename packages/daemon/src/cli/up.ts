/** `coequal up`: starts the peer, prints its page's address, and serves until it is stopped. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { untilAborted } from '@coequal/base';
import type { Settings } from '@coequal/contract';
import { homeDirectory } from '../home.ts';
import { RunningPeer } from '../peer/running-peer.ts';
import type { Reach } from '../reach.ts';
import { EXIT } from './exit-codes.ts';
import { inShell } from './shell.ts';

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
  const shellOptions = { isJson: options.json, exitWhenStopped: EXIT.done };
  return await inShell(shellOptions, async (shell) => {
    await using peer = await RunningPeer.open({
      home: options.home ?? homeDirectory(),
      downloadDirectory: downloadDirectory(),
      reach: options.reach,
      apiPort: options.apiPort,
      flags: options.flags,
      environment: process.env,
      pageDirectory: pageDirectory(),
    });
    const { url } = peer.loginLink();
    shell.emit({ event: 'ready', url });
    shell.print(`Coequal runs. Its page: ${url}`);
    shell.note('The link signs in one browser, once. Ctrl-C stops the peer.');
    if (options.open) openInBrowser(url);
    try {
      await untilAborted(
        new Promise<never>(() => undefined),
        AbortSignal.any([shell.stop, peer.stopSignal]),
      );
    } catch (error) {
      if (!peer.stopSignal.aborted) throw error;
    }
    return EXIT.done;
  });
}

/** Where people look for what they fetched. */
function downloadDirectory(): string {
  return join(homedir(), 'Downloads');
}

/** In the checkout `packages/web/dist`; in the installed command beside it. */
function pageDirectory(): string | undefined {
  const places = ['../../../web/dist/', '../page/'].map((path) =>
    fileURLToPath(new URL(path, import.meta.url)),
  );
  return places.find((place) => existsSync(place));
}

/** Whatever the system opens addresses with; nothing happens where there is none. */
function openInBrowser(url: string): void {
  const [command, ...before] = { darwin: ['open'], win32: ['cmd', '/c', 'start', '""'] }[
    process.platform as string
  ] ?? ['xdg-open'];
  if (command === undefined) return;
  const opener = spawn(command, [...before, url], { stdio: 'ignore', detached: true });
  opener.on('error', () => undefined); // the address was printed
  opener.unref();
}
