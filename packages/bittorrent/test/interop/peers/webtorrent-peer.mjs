// One torrent in WebTorrent 3 over plain TCP on loopback. Writes a JSON object a line: listening,
// metadata, complete, summary. Ends on SIGTERM, or when its standard input does.
import { registerHooks } from 'node:module';
import { parseArgs } from 'node:util';

// WebRTC needs a native module, which not every system has, and none of these transfers uses.
const NO_WEBRTC = `data:text/javascript,
  export class RTCPeerConnection {}
  export class RTCSessionDescription {}
  export class RTCIceCandidate {}
  export default {};`;

registerHooks({
  resolve(specifier, context, next) {
    const isWebRtc = /^(webrtc-polyfill|node-datachannel)(\/|$)/.test(specifier);
    return isWebRtc ? { url: NO_WEBRTC, shortCircuit: true } : next(specifier, context);
  },
});

const { values: options, positionals } = parseArgs({
  options: {
    peer: { type: 'string', multiple: true, default: [] },
    trust: { type: 'boolean' },
    'up-limit': { type: 'string', default: '-1' },
  },
  allowPositionals: true,
});
const [source, directory] = positionals;
const { default: WebTorrent } = await import('webtorrent');

const client = new WebTorrent({
  torrentPort: 0,
  dht: false,
  lsd: false,
  utPex: false,
  secure: 0,
  utp: false,
  natUpnp: false,
  natPmp: false,
  uploadLimit: Number(options['up-limit']), // -1: none
});
client.on('error', fail);
const torrent = client.add(source, { path: directory, skipVerify: options.trust ?? false });
torrent.on('error', fail);
torrent.on('metadata', () => tell('metadata'));
torrent.on('done', () => tell('complete'));
torrent.on('infoHash', () => {
  for (const port of options.peer) torrent.addPeer(`127.0.0.1:${port}`);
});
client.on('listening', () => tell('listening', { port: client.torrentPort }));
process.on('SIGTERM', end);
process.stdin.on('end', end).resume();

function tell(event, fields) {
  console.log(JSON.stringify({ event, ...fields }));
}

function end() {
  const { downloaded, uploaded, received } = torrent;
  tell('summary', { downloaded, uploaded, wasted: received - downloaded });
  process.exit(0);
}

function fail(error) {
  console.error(error);
  process.exit(1);
}
