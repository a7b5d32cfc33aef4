/**
 * What one uTP connection carries over loopback, from a process that sends to one that receives; beside it
 * utp-native and libtorrent, if they are installed, and what datagrams of that length come to without uTP.
 *
 *   node packages/bittorrent/bench/utp.ts [MIB [ours]]
 */
import { fork, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Conn, Datagram } from '@coequal/base';
import { openClock, openNet, openRandom } from '@coequal/base/node';
import { measure, printMachine, printMeasured } from '../../base/bench/report.ts';
import { loadSocketCalls } from '../../daemon/src/system-calls.ts';
import { UtpHost } from '../src/io/utp/utp-host.ts';
import { makeContent } from '../test/interop/content.ts';
import { libtorrentUtp } from '../test/interop/peers/libtorrent.ts';

const HOST = '127.0.0.1';
const MIB = 1 << 20;
const DATAGRAM_LENGTH = 1_400;
const CHUNK_LENGTH = 262_144;
const ROUNDS = 3;
/** libtorrent gets less: it takes its time. */
const LIBTORRENT_PART = 4;
const never = new AbortController().signal;
const [mode = '128', second = '', third = '', fourth = ''] = process.argv.slice(2);

/** With the calls that Node does not make, or by Node alone. */
type Way = 'calls' | 'node';

async function openHost(way: Way): Promise<{ host: UtpHost; port: number } & AsyncDisposable> {
  const receiver: { host: UtpHost | undefined } = { host: undefined };
  const onDatagrams = (batch: readonly Datagram[]): void => {
    for (const datagram of batch) receiver.host?.receive(datagram);
  };
  const net = openNet(way === 'calls' ? { loadSocketCalls } : {});
  const socket = await net.udp({ host: HOST, port: 0 }, onDatagrams, never);
  const host = new UtpHost(socket, { clock: openClock(), random: openRandom() });
  receiver.host = host;
  return {
    host,
    port: socket.local.port,
    async [Symbol.asyncDispose]() {
      await host[Symbol.asyncDispose]();
      await socket[Symbol.asyncDispose]();
    },
  };
}

/** The process that sends. */
async function send(port: number, length: number, way: Way): Promise<void> {
  await using opened = await openHost(way);
  const conn = await opened.host.dial({ host: HOST, port }, never);
  const closed = Promise.withResolvers<void>();
  conn.start(
    () => {},
    () => closed.resolve(),
  );
  const chunk = new Uint8Array(CHUNK_LENGTH).fill(7);
  let left = length;
  const more = (): void => {
    while (left > 0) {
      left -= chunk.length;
      if (!conn.send([chunk])) return;
    }
  };
  conn.onDrain = more;
  const measured = await measure('  sender', length, async () => {
    more();
    await closed.promise;
  });
  printMeasured(measured);
}

async function receiveOurs(length: number, way: Way): Promise<void> {
  await using opened = await openHost(way);
  const accepted = Promise.withResolvers<Conn>();
  opened.host.onConn = accepted.resolve;
  const script = fileURLToPath(import.meta.url);
  const child = fork(script, ['send', String(opened.port), String(length), way]);
  const exited = once(child, 'exit');
  const conn = await accepted.promise;
  const measured = await measure(
    way === 'calls' ? 'Coequal' : 'Coequal, by Node alone',
    length,
    async () => {
      const done = Promise.withResolvers<void>();
      let received = 0;
      conn.start(
        (view) => {
          received += view.length;
          if (received >= length) done.resolve();
        },
        () => done.resolve(),
      );
      await done.promise;
    },
  );
  printMeasured(measured);
  conn.close();
  await exited;
}

async function firstLine(child: ChildProcess): Promise<AsyncIterator<string>> {
  if (child.stdout === null) throw new Error('it has no output');
  return createInterface({ input: child.stdout })[Symbol.asyncIterator]();
}

async function measureNative(length: number): Promise<void> {
  const script = fileURLToPath(new URL('utp-native.mjs', import.meta.url));
  const stdio = ['ignore', 'pipe', 'ignore'] as const;
  const receiver = spawn(process.execPath, [script, String(length)], { stdio: [...stdio] });
  const lines = await firstLine(receiver);
  const listening = await lines.next();
  if (listening.done === true) {
    console.log('utp-native: not installed');
    return;
  }
  const { port }: { port: number } = JSON.parse(listening.value);
  const sender = spawn(process.execPath, [script, String(length), String(port)], {
    stdio: 'ignore',
  });
  const done = await lines.next();
  const { ms }: { ms: number } = JSON.parse(done.value ?? '{}');
  console.log(`utp-native: ${(length / 1e3 / ms).toFixed(0)} MB/s`);
  sender.kill();
}

async function measureLibtorrent(length: number): Promise<void> {
  if (libtorrentUtp.skip !== false) {
    console.log('libtorrent: not installed');
    return;
  }
  const files = new Map([['file.bin', length]]);
  await using content = await makeContent({ files, pieceLength: MIB });
  const { torrent, directory } = content;
  await using seed = await libtorrentUtp.seedTrusting({ torrent, directory }, never);
  const folder = await content.folder();
  const start = performance.now();
  const job = { torrent, directory: folder, peers: [seed.port] };
  await using leech = await libtorrentUtp.leech(job, never);
  await leech.whenComplete();
  const ms = performance.now() - start;
  console.log(`libtorrent, a whole transfer: ${(length / 1e3 / ms).toFixed(0)} MB/s`);
}

/** Datagrams without more, as fast as they can be sent; some are lost. */
async function flood(port: number, length: number): Promise<void> {
  const net = openNet();
  await using socket = await net.udp({ host: HOST, port: 0 }, () => {}, never);
  const bytes = new Uint8Array(DATAGRAM_LENGTH);
  const to = { host: HOST, port };
  const measured = await measure('  sender', length, async () => {
    for (let sent = 0; sent < length;) {
      for (let i = 0; i < 32; i++, sent += bytes.length) socket.send(bytes, to);
      await new Promise(setImmediate);
    }
  });
  printMeasured(measured);
}

async function measureDatagrams(length: number): Promise<void> {
  let received = 0;
  let since = 0;
  let last = 0;
  const onDatagrams = (batch: readonly Datagram[]): void => {
    last = performance.now();
    if (received === 0) since = last;
    for (const { bytes } of batch) received += bytes.length;
  };
  await using socket = await openNet().udp({ host: HOST, port: 0 }, onDatagrams, never);
  const script = fileURLToPath(import.meta.url);
  const child = fork(script, ['flood', String(socket.local.port), String(length)]);
  await once(child, 'exit');
  const seconds = (last - since) / 1e3;
  const rate = received / 1e6 / seconds;
  const packets = received / DATAGRAM_LENGTH / seconds / 1e3;
  console.log(
    `datagrams of ${DATAGRAM_LENGTH} bytes: ${rate.toFixed(0)} MB/s arrive, ${packets.toFixed(0)} thousand a second`,
  );
}

if (mode === 'send')
  await send(Number(second), Number(third), fourth === 'calls' ? 'calls' : 'node');
else if (mode === 'flood') await flood(Number(second), Number(third));
else {
  const length = Number(mode) * MIB;
  printMachine();
  console.log(`${mode} MiB over loopback between two processes`);
  for (let round = 0; round < ROUNDS; round++) {
    await measureDatagrams(length);
    await receiveOurs(length, 'calls');
    await receiveOurs(length, 'node');
    if (second === 'ours') continue;
    await measureNative(length);
    await measureLibtorrent(length / LIBTORRENT_PART);
  }
}
