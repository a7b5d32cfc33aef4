// One torrent in WebTorrent 3 on loopback, over plain TCP or, with --utp, over uTP alone. Writes a JSON
// object a line: listening, metadata, complete, summary. Ends on SIGTERM, or when its standard input does.
import { parseArgs } from 'node:util';
import { atEnd, fail, openClient, tell } from './webtorrent-offline.mjs';

const { values: options, positionals } = parseArgs({
  options: {
    peer: { type: 'string', multiple: true, default: [] },
    trust: { type: 'boolean' },
    utp: { type: 'boolean', default: false },
    'up-limit': { type: 'string', default: '-1' },
  },
  allowPositionals: true,
});
const [source, directory] = positionals;

const client = openClient({
  uploadLimit: Number(options['up-limit']), // -1: none
  utp: options.utp,
});
const torrent = client.add(source, { path: directory, skipVerify: options.trust ?? false });
torrent.on('error', fail);
torrent.on('metadata', () => tell('metadata'));
torrent.on('wire', ({ type }) => {
  // it takes TCP where uTP fails, and there is no way to tell it not to
  if (options.utp && !type.startsWith('utp')) fail(new Error(`a connection over ${type}`));
});
torrent.on('done', () => tell('complete'));
torrent.on('infoHash', () => {
  for (const port of options.peer) torrent.addPeer(`127.0.0.1:${port}`);
});
client.on('listening', () => tell('listening', { port: client.torrentPort }));
atEnd(() => {
  const { downloaded, uploaded, received } = torrent;
  tell('summary', { downloaded, uploaded, wasted: received - downloaded });
  process.exit(0);
});
