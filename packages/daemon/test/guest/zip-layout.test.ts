import assert from 'node:assert/strict';
import {
  createReadStream,
  openSync,
  writeSync,
  closeSync,
  ftruncateSync,
  writeFileSync,
  mkdirSync,
} from 'node:fs';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { AT_ONCE, FileSums, zipBytes } from '../../src/guest/guest-bytes.ts';
import { takeSnapshot } from '../../src/guest/content-snapshot.ts';
import { ZipLayout } from '../../src/guest/zip-layout.ts';
import { secondsOf } from '../../src/guest/live-link.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { run, writeHoliday } from './guest-in-test.ts';

const NEVER = new AbortController().signal;

async function zipOf(path: string, first = 0, last?: number): Promise<Buffer> {
  const { files } = await takeSnapshot([path], NEVER);
  const layout = new ZipLayout(files.map((file) => ({ ...file, modifiedAt: secondsOf(file) })));
  const end = last ?? layout.length - 1;
  return Buffer.concat(
    await Array.fromAsync(zipBytes(layout, files, new FileSums(files), first, end, AT_ONCE)),
  );
}

void test('a ZIP of a folder has the length that was said, and other programs take it apart', async () => {
  using folder = temporaryFolder();
  const holiday = writeHoliday(folder.path);
  const { files } = await takeSnapshot([holiday], NEVER);
  const bytes = await zipOf(holiday);
  assert.equal(
    bytes.length,
    new ZipLayout(files.map((file) => ({ ...file, modifiedAt: 0 }))).length,
  );
  writeFileSync(folder.at('all.zip'), bytes);
  const script = `import zipfile,sys
z=zipfile.ZipFile(sys.argv[1])
assert z.testzip() is None
for i in z.infolist(): print(i.filename, i.file_size, i.date_time[0] >= 2026, oct(i.external_attr >> 16))`;
  const { code, out } = await run('/usr/bin/python3', '-c', script, folder.at('all.zip'));
  assert.equal(code, 0);
  assert.equal(
    out,
    'Holiday 2026/Süden/what_ a _day_.txt 4 True 0o100644\n' +
      'Holiday 2026/empty.txt 0 True 0o100644\n' +
      'Holiday 2026/lake at dawn.jpg 200000 True 0o100644\n',
  );
});

void test('from whatever byte on it is the same ZIP', async () => {
  using folder = temporaryFolder();
  const holiday = writeHoliday(folder.path);
  const whole = await zipOf(holiday);
  await fc.assert(
    fc.asyncProperty(fc.nat(whole.length - 1), fc.nat(whole.length - 1), async (one, other) => {
      const [first, last] = [Math.min(one, other), Math.max(one, other)];
      const part = await zipOf(holiday, first, last);
      assert.ok(part.equals(whole.subarray(first, last + 1)));
    }),
    { numRuns: 40 },
  );
});

void test('files of more than 4 GiB, and places beyond, are written as ZIP64 says', async () => {
  using folder = temporaryFolder();
  mkdirSync(folder.at('big'));
  const length = 2 ** 32 + 5;
  const file = openSync(folder.at('big', 'a.bin'), 'w');
  ftruncateSync(file, length); // sparse: nothing of it is on the disk
  writeSync(file, 'end', length - 3);
  closeSync(file);
  writeFileSync(folder.at('big', 'b.txt'), 'beyond');
  const { files } = await takeSnapshot([folder.at('big')], NEVER);
  const layout = new ZipLayout(files.map((each) => ({ ...each, modifiedAt: secondsOf(each) })));
  const sums = new FileSums(files);
  // of the big one it is not looked at what it is: that is what takes long
  sums.note(0, 0x1234_5678);
  const edges = layout
    .parts(0, layout.length - 1)
    .filter(({ type }) => type !== 'content')
    .map(({ begin, length: long }) => [begin, begin + long - 1] as const);
  const target = openSync(folder.at('big.zip'), 'w');
  for (const [first, last] of edges) {
    let at = first;
    for await (const chunk of zipBytes(layout, files, sums, first, last, AT_ONCE)) {
      writeSync(target, chunk, 0, chunk.length, at);
      at += chunk.length;
    }
    assert.equal(at, last + 1);
  }
  const [, , , , content] = layout.parts(0, layout.length - 1);
  writeSync(target, 'beyond', content?.begin ?? 0);
  closeSync(target);
  const script = `import zipfile,sys
z=zipfile.ZipFile(sys.argv[1])
a,b=z.infolist()
print(a.filename, a.file_size, hex(a.CRC), b.header_offset > 2**32, z.read(b).decode())`;
  const { out } = await run('/usr/bin/python3', '-c', script, folder.at('big.zip'));
  assert.equal(out, `big/a.bin ${length} 0x12345678 True beyond\n`);
});

void test('a checksum is computed once, and is that of the file', async () => {
  using folder = temporaryFolder();
  const { files } = await takeSnapshot([writeHoliday(folder.path)], NEVER);
  const sums = new FileSums(files);
  const [lake] = files.filter(({ name }) => name.endsWith('.jpg'));
  const number = lake === undefined ? -1 : files.indexOf(lake);
  const expected = crc32(await buffer(createReadStream(lake?.path ?? '')));
  assert.deepEqual(await Promise.all([sums.of(number), sums.of(number)]), [expected, expected]);
});
