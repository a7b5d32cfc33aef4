import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { concatBytes, encodeUtf8, rootPath } from '@coequal/base';
import type { Conn, Ports } from '@coequal/base';
import { openPorts } from '@coequal/base/node';
import { encodeBencode } from '../../src/core/bencode.ts';
import type { InfoHash } from '../../src/core/ids.ts';
import { encodeDontHave, LT_DONTHAVE_ID } from '../../src/core/wire/dont-have.ts';
import { encodeHandshake, HANDSHAKE_LENGTH } from '../../src/core/wire/handshake.ts';
import { encodeMetadataMessage } from '../../src/core/wire/metadata-exchange.ts';
import { createPeerId } from '../../src/core/wire/peer-id.ts';
import { encodePeerMessage } from '../../src/core/wire/peer-wire.ts';
import type { PeerMessage } from '../../src/core/wire/peer-wire.ts';
import { Engine } from '../../src/engine.ts';
import { createTorrent } from '../../src/io/create-torrent.ts';
import type { Torrent } from '../../src/torrent.ts';

const never = new AbortController().signal;
const LOOPBACK = '127.0.0.1';
const CONNECTIONS = 20;
const PIECES = 64;
/** By which the attackers take messages of ut_metadata. */
const THEIR_ID = 9;
/** A hundred times as many messages may cost that much more: less than half a byte for each. */
const GROWTH_MAX = 4 * 1_048_576;

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

function memoryHeld(): number {
  collectGarbage();
  collectGarbage(); // waits for what the first only began to free: buffers are freed in the background
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** All that a peer may say without being closed for it, each time a little different. */
function chatter(index: number, hasMetadata: boolean): readonly PeerMessage[] {
  const piece = hasMetadata ? index % (PIECES - 1) : index; // a seed would leave who has all
  const block = { piece, begin: 0, length: 16_384 };
  const v = `client ${index}`;
  const hello = encodeBencode({ m: { ut_metadata: THEIR_ID, [`x${index % 40}`]: 1 }, v });
  const borne: readonly PeerMessage[] = [
    { type: 'have', piece },
    { type: 'extended', id: LT_DONTHAVE_ID, payload: encodeDontHave(index % PIECES) },
    { type: 'suggest', piece },
    { type: 'allowed-fast', piece },
    { type: index % 2 === 0 ? 'interested' : 'not-interested' },
    { type: index % 2 === 0 ? 'unchoke' : 'choke' },
    { type: 'cancel', ...block },
    { type: 'reject', ...block },
    { type: 'port', port: index & 0xffff },
    { type: 'extended', id: 0, payload: hello },
    { type: 'extended', id: 200, payload: encodeUtf8(v) },
    { type: 'extended', id: 1, payload: encodeMetadataMessage({ type: 'reject', piece: index }) },
    { type: 'keep-alive' },
  ];
  return hasMetadata ? [...borne, { type: 'request', ...block }] : borne;
}

/** A connection that says all that, and is there until it is closed. */
async function talk(
  ports: Ports,
  port: number,
  infoHash: InfoHash,
  messages: readonly Uint8Array[],
): Promise<Conn> {
  const conn = await ports.net.dial({ host: LOOPBACK, port }, never);
  const { promise: answered, resolve, reject } = Promise.withResolvers<void>();
  // the answer to the last request, which nothing else resembles
  const last = Buffer.from('5:piecei777777e');
  let tail: Uint8Array = new Uint8Array(0);
  let received = 0;
  conn.start(
    (view) => {
      received += view.length;
      const bytes = concatBytes([tail, view]);
      tail = bytes.slice(-last.length); // no more is kept: it would count as the victim's
      if (received > HANDSHAKE_LENGTH && Buffer.from(bytes).includes(last)) resolve();
    },
    (why) => reject(why ?? new Error('the victim closed the connection')),
  );
  const supports = { fast: true, extensions: true, dht: false, v2: false };
  conn.send([encodeHandshake({ infoHash, peerId: createPeerId(ports.random), supports })]);
  for (const message of messages) {
    if (conn.send([message])) continue;
    const drained = Promise.withResolvers<void>();
    conn.onDrain = drained.resolve;
    await Promise.race([drained.promise, answered]);
  }
  const payload = encodeMetadataMessage({ type: 'request', piece: 777_777 });
  conn.send([encodePeerMessage({ type: 'extended', id: 1, payload })]);
  await answered;
  return conn;
}

/** What is held while all connections are open, after each said that many messages of each kind. */
async function attack(ports: Ports, victim: Victim, count: number): Promise<number> {
  const { port, infoHash, hasMetadata } = victim;
  const messages = Array.from({ length: count }, (_, index) =>
    concatBytes(chatter(index, hasMetadata).map((message) => encodePeerMessage(message))),
  );
  const conns = await Promise.all(
    Array.from({ length: CONNECTIONS }, () => talk(ports, port, infoHash, messages)),
  );
  messages.length = 0;
  assert.equal(victim.torrent.peers.length, CONNECTIONS);
  const held = memoryHeld();
  for (const conn of conns) conn.close();
  while (victim.torrent.peers.length > 0) await new Promise((done) => void setImmediate(done));
  return held;
}

interface Victim {
  readonly port: number;
  readonly infoHash: InfoHash;
  readonly torrent: Torrent;
  readonly hasMetadata: boolean;
}

async function openVictim(
  ports: Ports,
  directory: string,
  source: Uint8Array | string,
  resources: AsyncDisposableStack,
): Promise<Victim> {
  const options = {
    downloadDirectory: directory,
    port: 0,
    addresses: [LOOPBACK],
    discovery: false,
  };
  const engine = resources.use(await Engine.open(options, ports));
  const torrent = await engine.add(source, { useTrackers: false });
  const hasMetadata = torrent.metainfo !== undefined;
  if (hasMetadata) await torrent.whenCompleted(never);
  const [infoHash] = torrent.infoHashes;
  assert.ok(infoHash !== undefined && engine.port !== undefined);
  return { port: engine.port, infoHash, torrent, hasMetadata };
}

test('a hundred times as much chatter costs no more memory, and an honest transfer after it none', async () => {
  await using resources = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), 'coequal-test-'));
  resources.defer(() => rm(directory, { recursive: true, force: true }));
  const ports = resources.use(openPorts({ workers: 1 }));
  const path = join(directory, 'content.bin');
  await writeFile(path, ports.random.bytes(PIECES * 16_384));
  const made = { path: rootPath(path), version: 'v1', pieceLength: 16_384 } as const;
  const file = await createTorrent(made, ports, never);
  const seed = await openVictim(ports, directory, file, resources);
  const source = `magnet:?xt=urn:btih:${seed.infoHash}`;
  const magnet = await openVictim(ports, join(directory, 'theirs'), source, resources);
  for (const victim of [seed, magnet]) {
    await attack(ports, victim, 40); // what is set up once is not counted
    const small = await attack(ports, victim, 40);
    const large = await attack(ports, victim, 4_000);
    const grown = large - small;
    const name = victim.hasMetadata ? 'a seed' : 'who waits for metadata';
    assert.ok(grown < GROWTH_MAX, `${name} grew by ${grown} bytes`);
  }
  magnet.torrent.addPeers([{ host: LOOPBACK, port: seed.port }]);
  await magnet.torrent.whenCompleted(never);
});
