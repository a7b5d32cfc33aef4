import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concatBytes } from '@coequal/base';
import { Lab, NEVER } from './lab.ts';
import type { AddOptions } from '../../src/engine.ts';
import type { LabNode } from './lab.ts';
import { listenAsSeed } from './raw-peer.ts';

const FILES = { 'a.bin': 320_000, 'b.bin': 320_000, 'c.bin': 320_000 };
const BLOCK = 16_384;

/** A leech whose pieces have one block, and which it asks for, in order. */
async function watchRequests(
  lab: Lab,
  add: AddOptions,
): Promise<{ readonly leech: LabNode; readonly asked: number[] }> {
  const host = lab.world.host('fake');
  const asked: number[] = []; // pieces
  const content = concatBytes([...lab.content.values()]);
  await lab.run(() =>
    listenAsSeed({
      host,
      infoHash: lab.infoHash,
      answer: ({ piece, begin, length }) => {
        const at = piece * lab.metainfo.pieceLength + begin;
        asked.push(piece);
        return [{ type: 'piece', piece, begin, block: content.subarray(at, at + length) }];
      },
    }),
  );
  const leech = await lab.leech('leech', [], { add });
  leech.torrent.addPeers([{ host: host.address, port: 6881 }]);
  return { leech, asked };
}

test('files of a higher priority come first, those of a lower one last', async () => {
  await using lab = await Lab.open({ content: FILES, pieceLength: BLOCK });
  const { leech, asked } = await watchRequests(lab, {});
  const priorities = new Map([
    [1, 'low'],
    [2, 'high'],
  ] as const);
  await lab.run(() => leech.torrent.setFilePriorities(priorities));
  assert.deepEqual(leech.torrent.filePriorities, ['normal', 'low', 'high']);
  await lab.untilSeeding(leech);
  // pieces that two files share have the priority of the higher one: 19 and 39
  assert.ok(
    asked.slice(0, 20).every((piece) => piece >= 39),
    asked.join(' '),
  );
  assert.ok(
    asked.slice(-19).every((piece) => piece > 19 && piece < 39),
    asked.join(' '),
  );
});

test('a file that is skipped is wanted again later, with what came of it', async () => {
  await using lab = await Lab.open({ content: FILES, pieceLength: BLOCK });
  const seed = await lab.seed();
  const leech = await lab.leech('leech', [seed], { add: { firstAndLastFirst: true } });
  const { torrent } = leech;
  // said before the files are known to the engine, and one after another without waiting
  await lab.run(async () => {
    const said = [
      torrent.setFilePriorities(new Map([[0, 'skip']])),
      torrent.setFilePriorities(new Map([[1, 'skip']])),
    ];
    await Promise.all(said);
    await torrent.whenCompleted(NEVER);
  });
  lab.assertFile(leech, lab.pathOf('c.bin'));
  assert.deepEqual([...torrent.wantedFiles], [2]);
  await lab.run(async () => {
    const said = [
      torrent.setFilePriorities(new Map([[0, 'low']])),
      torrent.setFilePriorities(new Map([[1, 'normal']])),
    ];
    await Promise.all(said);
    await torrent.whenCompleted(NEVER);
  });
  lab.assertContent(leech);
  assert.equal(torrent.stats.downloaded, lab.length);
  await assert.rejects(torrent.setFilePriorities(new Map([[3, 'high']])), { code: 'NO_SUCH_FILE' });
});

test('the ends of files come first, while the rest is fetched in order', async () => {
  await using lab = await Lab.open({ content: FILES, pieceLength: BLOCK });
  const { leech, asked } = await watchRequests(lab, {});
  leech.torrent.setSequential(true);
  leech.torrent.setFirstAndLastFirst(true);
  assert.ok(leech.torrent.isSequential && leech.torrent.isFirstAndLastFirst);
  await lab.untilSeeding(leech);
  const ends = [0, 19, 39, 58]; // the files share pieces 19 and 39
  assert.deepEqual(asked.slice(0, 4), ends);
  const rest = Array.from({ length: 59 }, (_, piece) => piece).filter((at) => !ends.includes(at));
  assert.deepEqual(asked.slice(4), rest);
});

test('a torrent in the middle goes on in order from when it is told to, and out of order again', async () => {
  const half = 3_000_000;
  await using lab = await Lab.open({ content: { 'a.bin': half, 'b.bin': half } });
  const seed = await lab.seed('seed', { host: { bandwidth: { up: 200_000, down: 200_000 } } });
  const leech = await lab.leech('leech', [seed]);
  await lab.until(() => leech.torrent.stats.have > 100_000);
  leech.torrent.setSequential(true);
  await lab.until(() => leech.torrent.stats.have > half * 1.4);
  const [a, b = 0] = leech.torrent.fileProgress;
  assert.ok(a === half && b < half / 2, leech.torrent.fileProgress.join(' '));
  leech.torrent.setSequential(false);
  await lab.untilSeeding(leech);
});
