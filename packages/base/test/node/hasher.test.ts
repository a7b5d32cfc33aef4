import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readlinkSync } from 'node:fs';
import { test } from 'node:test';
import { formatHex, joinPath, LocalFault } from '../../src/index.ts';
import type { SafePath, WritePlan } from '../../src/index.ts';
import { openDisk } from '../../src/node/disk.ts';
import { openHasher } from '../../src/node/hasher.ts';
import { openPorts } from '../../src/node/index.ts';
import { describeHasher } from '../contract/hasher.ts';
import { content, digest, localFault } from '../contract/world.ts';
import { openFolder, pump } from './worlds.ts';

const never = new AbortController().signal;

describeHasher('the worker threads of this process', async () => {
  const folder = await openFolder();
  const hasher = openHasher();
  return {
    hasher,
    disk: openDisk(),
    root: folder.root,
    pump,
    async [Symbol.asyncDispose]() {
      await hasher[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
});

function plan(path: SafePath, slots: readonly number[], piece: Uint8Array): WritePlan {
  return {
    slots,
    length: piece.length,
    spans: [{ type: 'file', path, position: 0, length: piece.length }],
    digests: { sha1: true },
    expected: { sha1: createHash('sha1').update(piece).digest() },
  };
}

void test('a worker that dies fails its jobs, and the next one has another', async () => {
  await using folder = await openFolder();
  await using hasher = openHasher({ workers: 1 });
  const path = joinPath(folder.root, 'a');
  const piece = content(1_000);
  hasher.slot(3).set(piece);
  const results = await Promise.allSettled([
    hasher.hashAndWrite(plan(path, [hasher.slotCount + 5], piece)), // a bug of the caller
    hasher.readAndHash({ spans: [{ type: 'zeros', length: 1 }], digests: { sha1: true } }, never),
  ]);
  for (const result of results) {
    assert.ok(result.status === 'rejected' && result.reason instanceof LocalFault);
    assert.equal(result.reason.code, 'HASH_WORKER_FAILED');
    assert.match(String(result.reason.cause), /slot 261 does not exist/);
  }
  assert.deepEqual(await hasher.hashAndWrite(plan(path, [3], piece)), { isWritten: true });
});

void test('a hasher that starts at once does its work, and ends without any', async () => {
  await using folder = await openFolder();
  {
    await using hasher = openHasher({ startsAtOnce: 'first' });
    const piece = content(1_000);
    hasher.slot(0).set(piece);
    const { isWritten } = await hasher.hashAndWrite(plan(joinPath(folder.root, 'a'), [0], piece));
    assert.equal(isWritten, true);
  }
  await using idle = openHasher({ workers: 2, startsAtOnce: 'all' });
  await idle.release(folder.root); // its threads answer
});

void test('ports over a hasher that is given leave it open', async () => {
  await using hasher = openHasher({ workers: 1 });
  {
    await using ports = openPorts({ hasher });
    assert.equal(ports.hasher, hasher);
  }
  const spans = [{ type: 'zeros', length: 1 }] as const;
  assert.ok(await hasher.readAndHash({ spans, digests: { sha1: true } }, never));
});

void test('jobs that waited behind a worker that died are done by the next', async () => {
  await using folder = await openFolder();
  await using hasher = openHasher({ workers: 1 });
  const path = joinPath(folder.root, 'a');
  const piece = content(1_000);
  hasher.slot(0).set(piece);
  const results = await Promise.allSettled([
    hasher.hashAndWrite(plan(path, [999], piece)),
    ...Array.from({ length: 20 }, () => hasher.hashAndWrite(plan(path, [0], piece))),
  ]);
  const done = results.filter(({ status }) => status === 'fulfilled');
  assert.equal(results[0]?.status, 'rejected');
  assert.ok(done.length >= 16, `${done.length} of 20`);
});

void test('files beyond the number a worker keeps open are written as well', async () => {
  await using folder = await openFolder();
  await using hasher = openHasher({ workers: 1 });
  const piece = content(100);
  hasher.slot(0).set(piece);
  const disk = openDisk();
  for (let round = 0; round < 2; round++) {
    for (let i = 0; i < 100; i++) {
      const path = joinPath(folder.root, String(i));
      assert.deepEqual(await hasher.hashAndWrite(plan(path, [0], piece)), { isWritten: true });
    }
  }
  assert.equal((await disk.list(folder.root, 1_000)).length, 100);
  if (process.platform !== 'linux') return;
  const open = readdirSync('/proc/self/fd').filter((fd) => isBelow(folder.root, fd));
  assert.ok(open.length > 0 && open.length <= 64, `${open.length} files open`);
  await hasher.release(folder.root);
  assert.deepEqual(
    readdirSync('/proc/self/fd').filter((fd) => isBelow(folder.root, fd)),
    [],
  );
});

void test('at rest no file is open and the memory is another; files of workers that go are let go of', async () => {
  await using folder = await openFolder();
  await using hasher = openHasher({ workers: 2 });
  const path = joinPath(folder.root, 'a');
  const before = hasher.slot(0);
  before.set(content(1_000));
  await hasher.hashAndWrite(plan(path, [0], content(1_000)));
  const resting = hasher.rest();
  await hasher.release(folder.root);
  if (process.platform === 'linux')
    assert.ok(!readdirSync('/proc/self/fd').some((fd) => isBelow(folder.root, fd)));
  await resting;
  assert.notEqual(hasher.slot(0).buffer, before.buffer);
});

function isBelow(root: string, fd: string): boolean {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`).startsWith(root);
  } catch {
    return false; // the descriptor that listed them is closed by now
  }
}

void test('many workers share the jobs and give each its own answer', async () => {
  await using folder = await openFolder();
  await using hasher = openHasher({ workers: 3 });
  const path = joinPath(folder.root, 'a');
  await using file = await openDisk().open(path, 'update');
  const bytes = content(100_000);
  await file.writeAt([bytes], 0);
  const found = await Promise.all(
    Array.from({ length: 100 }, (_, i) =>
      hasher.readAndHash(
        {
          spans: [{ type: 'file', path, position: i * 1_000, length: 1_000 }],
          digests: { sha1: true },
        },
        never,
      ),
    ),
  );
  const expected = found.map((_, i) => digest('sha1', bytes.subarray(i * 1_000, (i + 1) * 1_000)));
  assert.deepEqual(
    found.map((digests) => formatHex(digests?.sha1 ?? new Uint8Array(0))),
    expected,
  );
});

void test('a disposed hasher does what it has and refuses what comes', async () => {
  await using folder = await openFolder();
  const hasher = openHasher({ workers: 1 });
  const path = joinPath(folder.root, 'a');
  const piece = content(1_000);
  hasher.slot(0).set(piece);
  const writing = hasher.hashAndWrite(plan(path, [0], piece));
  await Promise.all([hasher[Symbol.asyncDispose](), hasher[Symbol.asyncDispose]()]);
  assert.deepEqual(await writing, { isWritten: true });
  await assert.rejects(hasher.hashAndWrite(plan(path, [0], piece)), localFault('HASHER_CLOSED'));
  await hasher.release(path);
});

void test('idle workers keep no process alive, busy ones do', async () => {
  const source = `
    import { openHasher } from ${JSON.stringify(import.meta.resolve('../../src/node/hasher.ts'))};
    const spans = [{ type: 'zeros', length: 1e7 }];
    const found = openHasher().readAndHash({ spans, digests: { sha1: true } }, new AbortController().signal);
    found.then(({ sha1 }) => console.log('hashed', sha1.length));
  `;
  const child = execFile(process.execPath, ['--input-type=module', '--eval', source]);
  let output = '';
  child.stdout?.on('data', (text) => (output += String(text)));
  const [exitCode] = await once(child, 'close');
  assert.deepEqual([exitCode, output], [0, 'hashed 20\n']);
});
