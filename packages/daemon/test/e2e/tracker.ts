/**
 * A tracker over HTTP and UDP (BEPs 3, 7, 15, 23) that also gives away a file: a program of its own, so that it runs
 * in a network namespace. Arguments: its port, and the file. Prints a JSON line for whatever it is asked.
 */
import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { isIPv4 } from 'node:net';

const INTERVAL_S = 1_800;
const [port = '0', file] = process.argv.slice(2);

/** Compact addresses by info hash, in hexadecimal digits. */
const swarms = new Map<string, Set<string>>();

function tell(event: string, fields: object): void {
  console.log(JSON.stringify({ event, ...fields }));
}

/** Compact addresses of the other peers of that family. */
function announce(infoHash: string, from: string, peerPort: number, over: string): Buffer {
  const others = swarms.get(infoHash) ?? new Set();
  const own = isIPv4(from) ? compact(from, peerPort) : undefined;
  const told = [...others].filter((other) => other !== own).join('');
  if (own !== undefined) swarms.set(infoHash, others.add(own));
  tell('announced', { infoHash, from, port: peerPort, over, given: told.length / 12 });
  return Buffer.from(told, 'hex');
}

function compact(host: string, peerPort: number): string {
  const bytes = Buffer.from([...host.split('.').map(Number), 0, 0]);
  bytes.writeUInt16BE(peerPort, 4);
  return bytes.toString('hex');
}

/** Of what a query escapes, which is no UTF-8; in hexadecimal digits. */
function bytesOf(escaped: string): string {
  const hex = (byte: string): string => byte.charCodeAt(0).toString(16).padStart(2, '0');
  return escaped.replaceAll(/%(..)|(.)/g, (_, digits: string | undefined, plain: string) =>
    digits === undefined ? hex(plain) : digits.toLowerCase(),
  );
}

createServer((request, response) => {
  const [path = '', query = ''] = (request.url ?? '').split('?');
  const from = request.socket.remoteAddress?.replace('::ffff:', '') ?? '';
  if (path === '/file' && file !== undefined) {
    tell('gave-file', { from });
    response.end(readFileSync(file));
    return;
  }
  const field = (name: string): string => new RegExp(`(^|&)${name}=([^&]*)`).exec(query)?.[2] ?? '';
  const peers = announce(bytesOf(field('info_hash')), from, Number(field('port')), 'http');
  const head = `d8:intervali${INTERVAL_S}e5:peers${peers.length}:`;
  response.end(Buffer.concat([Buffer.from(head), peers, Buffer.from('e')]));
}).listen(Number(port), '::', () => tell('listening', {}));

const socket = createSocket('udp6');
socket.on('message', (message, { address, port: fromPort }) => {
  const from = address.replace('::ffff:', '');
  const action = message.readUInt32BE(8);
  const head = Buffer.concat([message.subarray(8, 16), Buffer.alloc(action === 0 ? 8 : 12)]);
  if (action === 0) {
    socket.send(head, fromPort, address); // of which the last 8 bytes are the connection id
    return;
  }
  head.writeUInt32BE(INTERVAL_S, 8);
  const infoHash = message.subarray(16, 36).toString('hex');
  const peers = announce(infoHash, from, message.readUInt16BE(96), 'udp');
  socket.send(Buffer.concat([head, peers]), fromPort, address);
});
socket.bind(Number(port), '::');
