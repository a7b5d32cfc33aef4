// idle-webtorrent.mjs FOLDER: as idle-coequal.ts beside it, by WebTorrent 3. It is told to take the absent files as good, and
// seeds: else it would try to read each of their pieces.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  atEnd,
  fail,
  openClient,
  tell,
} from '../../packages/bittorrent/test/interop/peers/webtorrent-offline.mjs';

const [folder] = process.argv.slice(2);
const client = openClient({ tracker: false });
const names = readdirSync(folder).filter((name) => name.endsWith('.torrent'));
let missing = names.length;
client.setMaxListeners(0);
for (const name of names) {
  const options = { path: join(folder, 'content'), skipVerify: true };
  const torrent = client.add(join(folder, name), options);
  torrent.on('error', fail);
  torrent.on('ready', () => {
    missing -= 1;
    if (missing === 0) tell('added');
  });
}
atEnd(() => process.exit(0));
