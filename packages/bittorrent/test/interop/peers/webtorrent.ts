/** WebTorrent 3 on Node. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { lineProgram } from './line-peer.ts';
import type { Helper, LineProgram } from './line-peer.ts';
import { skipWithout } from './program.ts';

const helper: Helper = {
  name: 'webtorrent',
  skip: skipWithout(isInstalled(), 'install the npm package webtorrent'),
  command: process.execPath,
  script: fileURLToPath(new URL('webtorrent-peer.mjs', import.meta.url)),
};

export const webtorrent: LineProgram = lineProgram(helper);

/** The same with uTP alone: it ends where it is connected over TCP. */
export const webtorrentUtp: LineProgram = lineProgram({
  ...helper,
  skip: skipWithout(
    isNativeInstalled(),
    'install the npm package utp-native where it can be built',
  ),
  flags: ['--utp'],
});

function isInstalled(): boolean {
  try {
    import.meta.resolve('webtorrent');
    return true;
  } catch {
    return false; // not among the packages here
  }
}

/** It comes built for some systems; the process that loads it ends, for it may not. */
function isNativeInstalled(): boolean {
  const load = "import('utp-native').catch(() => process.exit(1))";
  try {
    execFileSync(process.execPath, ['-e', load], { cwd: import.meta.dirname, stdio: 'ignore' });
    return true;
  } catch {
    return false; // not among the packages here, or not for this system
  }
}
