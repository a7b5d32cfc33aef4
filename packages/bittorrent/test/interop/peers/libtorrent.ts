/** libtorrent 2, by its Python binding. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { lineProgram } from './line-peer.ts';
import type { Helper, LineProgram } from './line-peer.ts';
import { skipWithout } from './program.ts';

/** The system's, for which Debian packages the binding. */
export const PYTHON = '/usr/bin/python3';

const helper: Helper = {
  name: 'libtorrent',
  skip: skipWithout(isInstalled(), 'install the Debian package python3-libtorrent'),
  command: PYTHON,
  script: fileURLToPath(new URL('libtorrent-peer.py', import.meta.url)),
};

export const libtorrent: LineProgram = lineProgram(helper);

/** The same with uTP alone. */
export const libtorrentUtp: LineProgram = lineProgram({ ...helper, flags: ['--utp'] });

function isInstalled(): boolean {
  try {
    execFileSync(PYTHON, ['-c', 'import libtorrent'], { stdio: 'ignore' });
    return true;
  } catch {
    return false; // no Python here, or not this module
  }
}
