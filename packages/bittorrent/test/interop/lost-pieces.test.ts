/** A file that vanishes under a seed: what libtorrent and we tell each other of it (BEP 54). */
import assert from 'node:assert/strict';
import { cpSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { rootPath } from '@coequal/base';
import { openPorts } from '@coequal/base/node';
import { Engine } from '../../src/engine.ts';
import { assertSameContent, makeContent } from './content.ts';
import type { Content } from './content.ts';
import { libtorrent } from './peers/libtorrent.ts';

const LOOPBACK = '127.0.0.1';
const PIECE_LENGTH = 65_536;
/** Pieces of each of the two files. */
const PIECES = 16;
const limits = { skip: libtorrent.skip, timeout: 120_000 };

function makeTwoFiles(): Promise<Content> {
  const length = PIECES * PIECE_LENGTH;
  const files = new Map([
    ['a.bin', length],
    ['b.bin', length],
  ]);
  return makeContent({ files, name: 'content', pieceLength: PIECE_LENGTH });
}

async function copyOf(content: Content): Promise<string> {
  const copy = await content.folder();
  cpSync(content.directory, copy, { recursive: true });
  return copy;
}

function loseB(directory: string): void {
  rmSync(join(directory, 'content', 'b.bin'));
}

async function until(isReached: () => boolean, signal: AbortSignal): Promise<void> {
  while (!isReached()) {
    signal.throwIfAborted();
    await new Promise((done) => void setImmediate(done));
  }
}

test(
  'we hear from libtorrent which pieces are gone, and take them from another',
  limits,
  async ({ signal }) => {
    await using content = await makeTwoFiles();
    const { torrent, directory } = content;
    const copy = await copyOf(content);
    await using loser = await libtorrent.seed({ torrent, directory: copy }, signal);
    loseB(copy);
    await using ports = openPorts({ workers: 1 });
    const ours = await content.folder();
    const options = {
      downloadDirectory: rootPath(ours),
      port: 0,
      addresses: [LOOPBACK],
      discovery: false,
    };
    await using engine = await Engine.open(options, ports);
    const peers = [{ host: LOOPBACK, port: loser.port }];
    const leech = await engine.add(readFileSync(torrent), { peers, useTrackers: false });
    await until(() => leech.peers[0]?.progress === 1, signal);
    const [link] = leech.swarm.links();
    await until(() => link?.isInterested === false, signal);
    assert.equal(leech.stats.have, PIECES * PIECE_LENGTH);
    await using seed = await libtorrent.seed({ torrent, directory }, signal);
    leech.addPeers([{ host: LOOPBACK, port: seed.port }]);
    await leech.whenCompleted(signal);
    assertSameContent(ours, directory);
  },
);

test(
  'libtorrent hears from us which pieces are gone, and takes them from another',
  limits,
  async ({ signal }) => {
    await using content = await makeTwoFiles();
    const { torrent, directory } = content;
    const copy = await copyOf(content);
    await using ports = openPorts({ workers: 1 });
    const options = {
      downloadDirectory: rootPath(copy),
      port: 0,
      addresses: [LOOPBACK],
      discovery: false,
    };
    await using engine = await Engine.open(options, ports);
    const loser = await engine.add(readFileSync(torrent), { readOnly: true, useTrackers: false });
    await loser.whenCompleted(signal);
    loseB(copy);
    const theirs = await content.folder();
    const job = { torrent, directory: theirs, peers: [engine.port ?? 0] };
    await using leech = await libtorrent.leech(job, signal);
    await until(() => loser.stats.have === PIECES * PIECE_LENGTH, signal);
    // it leaves whoever wants nothing, as we say of us, once it knows that we have nothing for it either
    await until(() => loser.peers.length === 0, signal);
    await using _seed = await libtorrent.seed({ torrent, directory, peers: [leech.port] }, signal);
    await leech.whenComplete();
    assertSameContent(theirs, directory);
  },
);
