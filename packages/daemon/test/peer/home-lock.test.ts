import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, readdirSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { lockHome, readOwner } from '../../src/peer/home-lock.ts';
import { fault } from '../faults.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const ME = { pid: process.pid, startedAt: 1 };
const MODULE = new URL('../../src/peer/home-lock.ts', import.meta.url).href;

/** Takes the lock in a process of its own, says so or why not, and keeps it until it is killed. */
async function taker(home: string) {
  const script = `
    const { lockHome } = await import(${JSON.stringify(MODULE)});
    try {
      globalThis.lock = lockHome(${JSON.stringify(home)}, { pid: process.pid, startedAt: 1 });
      console.log('taken');
      setInterval(() => {}, 1_000);
    } catch (error) { console.log(error.code); }`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const [said] = (await once(child.stdout, 'data')) as [Buffer];
  return {
    pid: child.pid,
    said: String(said).trim(),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

void test('a second peer is refused, and told who has the folder and where to ask it', () => {
  using folder = temporaryFolder();
  {
    using lock = lockHome(folder.path, ME);
    assert.deepEqual(readOwner(folder.path), { ...ME, url: undefined });
    lock.announce('http://127.0.0.1:1');
    const details = { home: folder.path, pid: process.pid, url: 'http://127.0.0.1:1' };
    assert.throws(() => lockHome(folder.path, ME), fault('HOME_IN_USE', details));
  }
  assert.equal(readOwner(folder.path), undefined);
  lockHome(folder.path, ME)[Symbol.dispose]();
});

void test('what was killed owns nothing, and its successor says who it is', async () => {
  using folder = temporaryFolder();
  {
    await using first = await taker(folder.path);
    assert.equal(first.said, 'taken');
    const details = { home: folder.path, pid: first.pid };
    assert.throws(() => lockHome(folder.path, ME), fault('HOME_IN_USE', details));
  }
  assert.notEqual(readOwner(folder.path), undefined); // it had no time to take that away
  using _lock = lockHome(folder.path, ME);
  assert.equal(readOwner(folder.path)?.pid, process.pid);
});

void test('of many that race for what a dead peer left one has it', async () => {
  using folder = temporaryFolder();
  {
    await using _dead = await taker(folder.path);
  }
  const takers = await Promise.all(Array.from({ length: 6 }, () => taker(folder.path)));
  const said = takers.map((each) => each.said).toSorted();
  const winner = takers.find((each) => each.said === 'taken');
  const owner = readOwner(folder.path);
  for (const each of takers) await each[Symbol.asyncDispose]();
  assert.deepEqual(said, [...Array<string>(5).fill('HOME_IN_USE'), 'taken']);
  assert.equal(owner?.pid, winner?.pid);
});

void test('an owner file with nonsense is nobody, and replaced', () => {
  using folder = temporaryFolder();
  for (const text of ['', '{', '[]', '{"pid":"1"}', 'null']) {
    writeFileSync(folder.at('owner.json'), text);
    assert.equal(readOwner(folder.path), undefined);
  }
  using _lock = lockHome(folder.path, ME);
  assert.equal(readOwner(folder.path)?.pid, process.pid);
  assert.deepEqual(readdirSync(folder.path).toSorted(), ['daemon.lock', 'owner.json']);
});

void test(
  'a folder that may not be written to is told',
  { skip: process.getuid?.() === 0 && 'root may write everywhere' },
  () => {
    using folder = temporaryFolder();
    chmodSync(folder.path, 0o500);
    assert.throws(() => lockHome(folder.path, ME), fault('HOME_UNUSABLE', { home: folder.path }));
  },
);
