// WebTorrent 3 for loopback: plain TCP, or uTP, and no discovery.
import { registerHooks } from 'node:module';

// WebRTC needs a native module, which not every system has, and no test uses.
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

const { default: WebTorrent } = await import('webtorrent');

// Ends the process when the client fails.
export function openClient(options) {
  const client = new WebTorrent({
    torrentPort: 0,
    dht: false,
    lsd: false,
    utPex: false,
    secure: 0,
    utp: false,
    natUpnp: false,
    natPmp: false,
    ...options,
  });
  client.on('error', fail);
  return client;
}

export function tell(event, fields) {
  console.log(JSON.stringify({ event, ...fields }));
}

export function fail(error) {
  console.error(error);
  process.exit(1);
}

// Calls it on SIGTERM, or when standard input ends.
export function atEnd(end) {
  process.on('SIGTERM', end);
  process.stdin.on('end', end).resume();
}
