import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { concatBytes, joinPath, LocalFault } from '../../src/index.ts';
import { diskFault } from '../../src/node/disk-fault.ts';
import { withoutFirst } from '../../src/node/disk-file.ts';
import { openDisk } from '../../src/node/disk.ts';
import { describeDisk } from '../contract/disk.ts';
import { localFault } from '../contract/world.ts';
import { openFolder, pump } from './worlds.ts';

describeDisk('the file system of this machine', async () => ({
  ...(await openFolder()),
  disk: openDisk(),
  pump,
}));

void test('what the system says becomes a code of ours', () => {
  const codes = {
    ENOSPC: 'DISK_FULL',
    EDQUOT: 'DISK_FULL',
    ENOENT: 'NOT_FOUND',
    EACCES: 'NOT_PERMITTED',
    EPERM: 'NOT_PERMITTED',
    EISDIR: 'NOT_A_FILE',
    ENOTDIR: 'NOT_A_FILE',
    EROFS: 'READ_ONLY_DISK',
    EMFILE: 'TOO_MANY_OPEN_FILES',
    ENFILE: 'TOO_MANY_OPEN_FILES',
    EIO: 'DISK_FAILED',
  };
  for (const [errno, code] of Object.entries(codes)) {
    const cause = Object.assign(new Error('no'), { code: errno });
    const fault = diskFault(cause, '/a');
    assert.deepEqual(
      [fault.code, fault.details, fault.cause],
      [code, { path: '/a', errno }, cause],
    );
  }
  assert.equal(diskFault('no error at all', '/a').code, 'DISK_FAILED');
  const fault = new LocalFault('TOO_MANY_FILES');
  assert.equal(diskFault(fault, '/a'), fault);
});

void test('a full disk is one', (context) => {
  if (!existsSync('/dev/full')) return context.skip('this system has no /dev/full');
  try {
    writeFileSync('/dev/full', 'x');
    assert.fail('it took a byte');
  } catch (error) {
    assert.equal(diskFault(error, '/dev/full').code, 'DISK_FULL');
  }
});

void test('a named pipe is no file, and is not waited for', async (context) => {
  if (process.platform === 'win32') return context.skip('Windows has no mkfifo');
  await using folder = await openFolder();
  const path = joinPath(folder.root, 'pipe');
  execFileSync('mkfifo', [path]);
  const disk = openDisk();
  await assert.rejects(disk.open(path, 'read'), localFault('NOT_A_FILE'));
  await assert.rejects(disk.open(path, 'modify'), localFault('NOT_A_FILE'));
  await assert.rejects(disk.open(path, 'update'), localFault('NOT_A_FILE'));
  assert.equal((await disk.stat(path))?.type, 'other');
});

void test('stat does not follow a link', async () => {
  await using folder = await openFolder();
  const path = joinPath(folder.root, 'link');
  symlinkSync('/etc/passwd', path);
  const disk = openDisk();
  assert.equal((await disk.stat(path))?.type, 'other');
  await disk.remove(path);
  assert.equal(await disk.stat(path), undefined);
});

void test('after a short write the rest is what was not taken', () => {
  const chunks = fc.array(fc.uint8Array({ maxLength: 4 }), { maxLength: 6 });
  fc.assert(
    fc.property(chunks, fc.nat(24), (all, wanted) => {
      const whole = concatBytes(all);
      const count = Math.min(wanted, whole.length);
      const left = withoutFirst(all, count);
      assert.deepEqual(concatBytes(left), whole.slice(count));
      if (count === whole.length) assert.equal(left.length, 0);
    }),
  );
});

void test(
  'what is opened as secret nobody but its owner can read',
  { skip: process.platform === 'win32' ? 'has no such rights' : false },
  async () => {
    await using folder = await openFolder();
    const path = joinPath(folder.root, 'new', 'key');
    await using _file = await openDisk().open(path, 'secret');
    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.equal(statSync(joinPath(folder.root, 'new')).mode & 0o777, 0o700);
  },
);
