/** WebTorrent 3 on Node. */
import { fileURLToPath } from 'node:url';
import { lineProgram } from './line-peer.ts';
import type { LineProgram } from './line-peer.ts';
import { skipWithout } from './program.ts';

export const webtorrent: LineProgram = lineProgram({
  name: 'webtorrent',
  skip: skipWithout(isInstalled(), 'install the npm package webtorrent'),
  command: process.execPath,
  script: fileURLToPath(new URL('webtorrent-peer.mjs', import.meta.url)),
});

function isInstalled(): boolean {
  try {
    import.meta.resolve('webtorrent');
    return true;
  } catch {
    return false; // not among the packages here
  }
}
