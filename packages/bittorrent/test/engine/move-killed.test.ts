import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, statSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { rootPath } from '@coequal/base';
import { openPorts } from '@coequal/base/node';
import { Engine } from '../../src/engine.ts';
import { createTorrent } from '../../src/io/create-torrent.ts';
import { NEVER } from './lab.ts';

/** A file system in memory, which Linux has beside that of temporary files. */
const MEMORY = '/dev/shm';
const hasTwoDisks = existsSync(MEMORY) && statSync(MEMORY).dev !== statSync(tmpdir()).dev;
const TWO_DISKS = hasTwoDisks ? false : 'there is no second file system at /dev/shm';
const LENGTH = 24 * 2 ** 20;

/** Real folders, and a torrent whose content is in the first. */
async function prepare(parent: string): Promise<{
  readonly from: string;
  readonly to: string;
  readonly resume: string;
  readonly file: string;
  readonly content: Uint8Array;
  [Symbol.asyncDispose](): Promise<void>;
}> {
  const own = await mkdtemp(join(tmpdir(), 'coequal-move-'));
  const other = await mkdtemp(join(parent, 'coequal-move-'));
  const [from, to, resume] = [join(own, 'from'), join(other, 'to'), join(own, 'resume')];
  await mkdir(join(from, 'films'), { recursive: true });
  const content = new Uint8Array(LENGTH).map((_, at) => (at * 31 + (at >> 12)) & 0xff);
  await writeFile(join(from, 'films', 'a.bin'), content);
  await writeFile(join(from, 'films', 'b.bin'), content.subarray(0, 1_000_001));
  await using ports = openPorts();
  const path = rootPath(join(from, 'films'));
  const made = { path, version: 'v1', pieceLength: 262_144 } as const;
  const file = join(own, 'films.torrent');
  await writeFile(file, await createTorrent(made, ports, NEVER));
  return {
    from,
    to,
    resume,
    file,
    content,
    async [Symbol.asyncDispose]() {
      await rm(own, { recursive: true });
      await rm(other, { recursive: true });
    },
  };
}

/** Runs the child until it has said a line that is accepted, and kills it. Returns its last line. */
async function killAt(
  args: readonly string[],
  isEnough: (line: string) => boolean,
): Promise<string> {
  const script = fileURLToPath(new URL('move-child.ts', import.meta.url));
  const child = spawn(process.execPath, [script, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close');
  let last = '';
  for await (const line of createInterface({ input: child.stdout })) {
    last = line;
    if (isEnough(line)) child.kill('SIGKILL');
  }
  await ended;
  return last;
}

describe('a process that is killed while it moves content on a real disk', () => {
  for (const [what, parent, skip, moments] of [
    ['within a disk', tmpdir(), false, [0]],
    ['to another disk', MEMORY, TWO_DISKS, [0, 1, 50, 99, 100]],
  ] as const) {
    test(`${what}, loses nothing, and the next goes on`, { skip }, async () => {
      for (const percent of moments) {
        await using place = await prepare(parent);
        const { from, to, resume, file, content } = place;
        await killAt([file, from, resume, to], (line) => !(Number(line) < percent));
        await using ports = openPorts();
        await using engine = await Engine.open(
          { downloadDirectory: from, resumeDirectory: resume, port: false, discovery: false },
          ports,
        );
        const torrent = await engine.add(await readFile(file));
        await torrent.whenCompleted(NEVER);
        const at = torrent.contentPath ?? '';
        const there = at === join(to, 'films');
        assert.ok(there || at === join(from, 'films'), at);
        assert.deepEqual(await readdir(at), ['a.bin', 'b.bin']);
        assert.equal(Buffer.compare(await readFile(join(at, 'a.bin')), content), 0);
        const gone = there ? from : to;
        assert.deepEqual(existsSync(gone) ? await readdir(gone) : [], [], `left in ${gone}`);
        if (!there) await torrent.move(to, NEVER);
        await torrent.recheck(NEVER);
        assert.equal(torrent.state.type, 'seeding');
        assert.equal(torrent.contentPath, join(to, 'films'));
      }
    });
  }

  test('is not killed, and has moved it', { skip: TWO_DISKS }, async () => {
    await using place = await prepare(MEMORY);
    const last = await killAt([place.file, place.from, place.resume, place.to], () => false);
    assert.equal(last, 'moved');
    assert.deepEqual(await readdir(place.from), []);
    const moved = await readFile(join(place.to, 'films', 'a.bin'));
    assert.equal(Buffer.compare(moved, place.content), 0);
  });
});
