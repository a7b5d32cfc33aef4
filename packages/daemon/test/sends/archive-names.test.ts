import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readFileSync } from 'node:fs';
import { crc32, gunzipSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { PeerFault } from '@coequal/base';
import type { DiskFile } from '@coequal/base';
import { World } from '@coequal/simulator';
import fc from 'fast-check';
import { archiveFormOf } from '../../src/sends/file-kinds.ts';
import { examineContent } from '../../src/sends/examine-content.ts';
import { namesIn } from '../../src/sends/archive/archive-names.ts';
import type { ArchiveForm } from '../../src/sends/archive/archive-names.ts';
import { LookBudget } from '../../src/sends/archive/window.ts';

const NEVER = new AbortController().signal;

/** Made by zipfile of Python 3.11, the first with a comment at its end. */
const ZIPS = {
  harmless:
    'UEsDBBQAAAAAAAAAe10K6pscAwAAAAMAAAAMAAAAcGhvdG9zL2EuanBneHh4UEsDBBQAAAgAAAAAe10K6pscAwAAAAMAAAANAAAAcGhvdG9zL8O8LnBuZ3h4eFBLAQIUAxQAAAAAAAAAe10K6pscAwAAAAMAAAAMAAAAAAAAAAAAAACAAQAAAABwaG90b3MvYS5qcGdQSwECFAMUAAAIAAAAAHtdCuqbHAMAAAADAAAADQAAAAAAAAAAAAAAgAEtAAAAcGhvdG9zL8O8LnBuZ1BLBQYAAAAAAgACAHUAAABbAAAABQBoZWxsbw==',
  program:
    'UEsDBBQAAAAAAAAAe10K6pscAwAAAAMAAAAMAAAAcGhvdG9zL2EuanBneHh4UEsDBBQAAAAAAAAAe10K6pscAwAAAAMAAAAQAAAAcGhvdG9zL3NldHVwLkVYRXh4eFBLAQIUAxQAAAAAAAAAe10K6pscAwAAAAMAAAAMAAAAAAAAAAAAAACAAQAAAABwaG90b3MvYS5qcGdQSwECFAMUAAAAAAAAAHtdCuqbHAMAAAADAAAAEAAAAAAAAAAAAAAAgAEtAAAAcGhvdG9zL3NldHVwLkVYRVBLBQYAAAAAAgACAHgAAABeAAAAAAA=',
};
/** Made by GNU tar 1.34 in its own form, in that of POSIX.1-2001, and as ustar; then compressed. */
const TARS = {
  gnu: 'H4sIAAAAAAACA+3WMQ6CMBTG8c6eoicoFChdPQCXwAXQhBJBE29vI4vpAFNR8f9b2rRNl5fv5Q2tm9yY1Oo8NCKS1CuL4rV64erlb3t/rrX1z2UqNnAbp/oqpbg6Ny29W7v/UW13EPhfw5z/Pppkzr81ZiH/wT4v8tLn35D/6FSikmPl+qbq+suH+n+e6rD/G2uErKj/DvIf72t1P4108O+v//r8l4X93+qM+W8LD8Y/AAAAAAAAAAAAYDee+uybbAAoAAA=',
  pax: 'H4sIAAAAAAACA+3WMQ6CMBiGYWZPwQkAW1on7+AV6iI60AbQ6O39I4vpAFOJwvssbUoDIX+/tqHxg+9LV9zCJUukErauP62IW6G/+jK+10qm51W2gHs/uE4+33k/TM2bex7/3J9orrsM2xXG/LfJlGM0DsZM5D/qa2Ot5N+Q/xXU/+Tm9n+9V1H9tZIjIX8uWf+N5l9VKg9uaI7pF0K6VxePc88x9qP5b9v5+1+cf6tkS+D+t4AXuQEAAAAAAAAAAABW4w1azcuKACgAAA==',
  ustar:
    'H4sIAAAAAAACA+3UQQqDMBCF4ax7Ck+gaUzseSyV2m4SNAWP36FuSgRdmSL9v82EJBDC8Cb0PvqxastnuKudaNFY+6kiraL+Wsv+uTZyvdAqg9cY20GeH7yPa/e2ztPPHUT/OCn8rzDn/9Z1odoz/xfnVvKvl/lvVOHIf9b+X8s4xZ/Mf5P03xqjmf85TIx/AAAAAAAAAAAAAAAO7w1wvlx+ACgAAA==',
};
const LONG = 'n'.repeat(90);

const fromBase64 = (text: string): Buffer => Buffer.from(text, 'base64');

/** Reads as a disk does, and counts the bytes. */
function fileOf(content: Uint8Array): { readonly file: DiskFile; readonly read: () => number } {
  let read = 0;
  const file = {
    async readAt(into: Uint8Array, position: number) {
      const part = content.subarray(position, position + into.length);
      into.set(part);
      read += part.length;
      return part.length;
    },
    length: async () => content.length,
  } as DiskFile; // nothing else is asked of it
  return { file, read: () => read };
}

const budget = (now: () => number = () => 0): LookBudget => new LookBudget({ now }, NEVER);

async function listed(content: Uint8Array, form: ArchiveForm, stem = 'file'): Promise<string[]> {
  const names: string[] = [];
  const archive = { file: fileOf(content).file, form, stem };
  for await (const some of namesIn(archive, budget())) names.push(...some);
  return names;
}

function sample(name: string): Buffer {
  return readFileSync(new URL(`archives/${name}`, import.meta.url));
}

/** The head of a file in a tar archive, of so many bytes. */
function tarOf(name: string, size = 0): Buffer {
  const head = Buffer.from(gunzipSync(fromBase64(TARS.ustar)).subarray(0, 512));
  head.fill(0, 0, 100);
  head.write(name, 0, 'latin1');
  head.fill(0, 124, 136);
  head.writeBigUInt64BE(BigInt(size), 128);
  head[124] = 0x80;
  head.fill(' ', 148, 156);
  const sum = head.reduce((total, byte) => total + byte, 0);
  head.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return head;
}

const PHOTOS = [
  'photos',
  'photos/deep',
  'photos/empty.txt',
  'photos/a.jpg',
  'photos/deep/ü – 漢字.txt',
  'photos/setup.EXE',
];

function isOdd(error: unknown): boolean {
  return error instanceof PeerFault && error.code === 'ARCHIVE_ODD';
}

describe('names in a ZIP file', () => {
  const zip = fromBase64(ZIPS.program);

  test('are those of its list', async () => {
    assert.deepEqual(await listed(fromBase64(ZIPS.harmless), 'zip'), [
      'photos/a.jpg',
      'photos/ü.png',
    ]);
    assert.deepEqual(await listed(zip, 'zip'), ['photos/a.jpg', 'photos/setup.EXE']);
  });

  test('are not looked for in what programs may read in several ways', async () => {
    const longer = Buffer.concat([Buffer.alloc(10), zip]);
    await assert.rejects(listed(longer, 'zip'), isOdd);
    await assert.rejects(listed(zip.subarray(0, -1), 'zip'), isOdd);
    await assert.rejects(listed(Buffer.alloc(100), 'zip'), isOdd);
    const otherEntry = Buffer.from(zip);
    otherEntry[zip.indexOf('PK\u0001\u0002')] = 0;
    await assert.rejects(listed(otherEntry, 'zip'), isOdd);
  });

  test('are not read when they are too many', async () => {
    const list = Buffer.alloc(8 * 1024 * 1024 + 1);
    const end = Buffer.from(zip.subarray(-22));
    end.writeUInt32LE(list.length, 12);
    end.writeUInt32LE(0, 16);
    const { file, read } = fileOf(Buffer.concat([list, end]));
    const names = namesIn({ file, form: 'zip', stem: 'file' }, budget());
    await assert.rejects(names.next(), { code: 'ARCHIVE_TOO_LONG' });
    assert.ok(read() < 200_000, `${read()} bytes`);
  });
});

describe('names in a tar archive', () => {
  test('are whole in each form, also long ones', async () => {
    const long = ['photos/a.jpg', `photos/${LONG}/`, `photos/${LONG}/${LONG}.vbs`];
    assert.deepEqual(await listed(gunzipSync(fromBase64(TARS.gnu)), 'tar'), long);
    assert.deepEqual(await listed(gunzipSync(fromBase64(TARS.pax)), 'tar'), long);
    assert.deepEqual(await listed(gunzipSync(fromBase64(TARS.ustar)), 'tar'), [
      'photos/a.jpg',
      'photos/deep/',
      'photos/deep/b.txt',
    ]);
  });

  test('are not believed when a sum is wrong', async () => {
    const tar = gunzipSync(fromBase64(TARS.ustar));
    tar[3] = 0x7a;
    await assert.rejects(listed(tar, 'tar'), isOdd);
  });

  test('are at most so many', async () => {
    const empty = tarOf('photos/a.jpg');
    const many = Buffer.concat(Array.from({ length: 20_001 }, () => empty));
    assert.equal((await listed(many.subarray(0, 20_000 * 512), 'tar')).length, 20_000);
    await assert.rejects(listed(many, 'tar'), { code: 'ARCHIVE_TOO_LONG' });
  });
});

describe('names in a RAR archive', () => {
  const HERE = ['file2.txt', 'long fn.txt', 'file.txt', 'file1.txt'];

  test('are whole in both versions, in every alphabet', async () => {
    const five = await listed(sample('rar5-subdirs.rar'), 'rar');
    assert.equal(five.length, 10);
    assert.deepEqual(
      five.slice(0, 4).map((name) => name.split('/').at(-1)),
      HERE,
    );
    assert.equal(five[2], 'sub/üȵĩöḋè/file.txt');
    const three = await listed(sample('rar3-subdirs.rar'), 'rar');
    assert.ok(three.includes('sub\\üȵĩöḋè\\file.txt'));
    assert.ok((await listed(sample('unicode2.rar'), 'rar')).includes('уииоотивл.txt'));
    assert.deepEqual(await listed(sample('rar5-quick-open.rar'), 'rar'), [
      'stest1.txt',
      'stest2.txt',
    ]);
  });

  test('are not there when they are encrypted, and not believed when a sum is wrong', async () => {
    for (const name of ['rar5-hpsw.rar', 'rar3-comment-hpsw.rar'])
      await assert.rejects(listed(sample(name), 'rar'), { code: 'ARCHIVE_CLOSED' });
    for (const name of ['rar5-subdirs.rar', 'rar3-subdirs.rar']) {
      const bytes = sample(name);
      const at = bytes.indexOf('file2.txt');
      bytes[at] = 0x7a;
      await assert.rejects(listed(bytes, 'rar'), isOdd);
      await assert.rejects(listed(sample(name).subarray(0, at), 'rar'), isOdd);
    }
    await assert.rejects(listed(Buffer.from('MZ and then Rar!'), 'rar'), isOdd);
  });
});

describe('names in a 7z archive', () => {
  test('are those of its header, compressed or not, also when the content is encrypted', async () => {
    for (const name of ['plain.7z', 'loose.7z', 'locked.7z'])
      assert.deepEqual(await listed(sample(name), '7z'), PHOTOS, name);
  });

  test('are not there when they are encrypted, and not believed when a sum is wrong', async () => {
    await assert.rejects(listed(sample('closed.7z'), '7z'), { code: 'ARCHIVE_CLOSED' });
    for (const at of [20, sample('plain.7z').length - 1]) {
      const bytes = sample('plain.7z');
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      await assert.rejects(listed(bytes, '7z'), isOdd);
    }
  });

  test('are not unpacked when they are too many', async () => {
    const bytes = sample('plain.7z');
    bytes.writeUIntLE(5_000_000, 20, 6);
    bytes.writeUInt32LE(crc32(bytes.subarray(12, 32)), 8);
    await assert.rejects(listed(bytes, '7z'), { code: 'ARCHIVE_TOO_LONG' });
  });
});

describe('names in what is compressed as a whole', () => {
  const tar = gunzipSync(fromBase64(TARS.gnu));
  const long = ['photos/a.jpg', `photos/${LONG}/`, `photos/${LONG}/${LONG}.vbs`];

  test('are those of the tar archive in it', async () => {
    assert.deepEqual(await listed(gzipSync(tar), 'gz'), long);
    assert.deepEqual(await listed(zstdCompressSync(tar), 'zst'), long);
    const two = Buffer.concat([gzipSync(tar.subarray(0, 1_000)), gzipSync(tar.subarray(1_000))]);
    assert.deepEqual(await listed(two, 'gz'), long);
  });

  test('are that of the one file that it is, and a program shows by its beginning', async () => {
    assert.deepEqual(await listed(gzipSync('hello'), 'gz', 'notes.txt'), ['notes.txt']);
    const program = gzipSync(Buffer.concat([Buffer.from('MZ'), Buffer.alloc(100)]));
    assert.deepEqual(await listed(program, 'gz', 'notes'), ['notes', 'program.exe']);
  });

  test('are not believed when it is damaged or ends too soon', async () => {
    for (const [form, packed] of [
      ['gz', gzipSync(tar)],
      ['zst', zstdCompressSync(tar)],
    ] as const) {
      await assert.rejects(listed(packed.subarray(0, packed.length >> 1), form), isOdd, form);
      const other = Buffer.from(packed);
      other.fill(0xff, 30, 60);
      await assert.rejects(listed(other, form), isOdd, form);
    }
  });
});

test('what comes out of all archives of a send together is bounded, and so is the time', async () => {
  // a file of 20 GB of zeros, as tar has it, of which nothing is kept
  const large = tarOf('photos/a.jpg', 20_000_000_000);
  const zeros = gzipSync(Buffer.alloc(8 * 1024 * 1024));
  const bomb = Buffer.concat([gzipSync(large), ...Array.from({ length: 20 }, () => zeros)]);
  const { file } = fileOf(bomb);
  const spent = budget();
  spent.spend(4 * 2 ** 30 - 100 * 1024 * 1024);
  const names: string[] = [];
  await assert.rejects(
    async () => {
      for await (const some of namesIn({ file, form: 'gz', stem: 'x' }, spent)) names.push(...some);
    },
    { code: 'ARCHIVE_TOO_LONG' },
  );
  assert.deepEqual(names, ['photos/a.jpg']);
  let now = 0;
  const hasty = budget(() => now);
  const look = namesIn({ file, form: 'gz', stem: 'x' }, hasty);
  assert.deepEqual((await look.next()).value, ['photos/a.jpg']);
  now = 120_000;
  await assert.rejects(look.next(), { code: 'ARCHIVE_TOO_LONG' });
});

test('a name is that of the form by which programs open it, or it is not looked into', async () => {
  const zip = fromBase64(ZIPS.program);
  assert.deepEqual(await listed(zip, 'rar'), ['photos/a.jpg', 'photos/setup.EXE']);
  assert.deepEqual(await listed(sample('plain.7z'), 'rar'), PHOTOS);
  for (const form of ['zip', 'tar'] as const)
    await assert.rejects(listed(sample('rar5-subdirs.rar'), form), isOdd);
  await assert.rejects(listed(zip, 'gz'), isOdd);
  await assert.rejects(listed(zip, 'closed'), isOdd);
  await assert.rejects(listed(Buffer.from('BZh9'), 'closed'), { code: 'ARCHIVE_CLOSED' });
});

test('whatever the bytes, there are names or a fault of the peer', async () => {
  const tar = gunzipSync(fromBase64(TARS.gnu));
  const made = [
    fromBase64(ZIPS.harmless),
    tar,
    gzipSync(tar),
    zstdCompressSync(tar),
    ...['plain.7z', 'loose.7z', 'rar5-subdirs.rar', 'rar3-subdirs.rar'].map(sample),
  ];
  const changed = fc
    .tuple(fc.constantFrom(...made), fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 }))))
    .map(([bytes, changes]) => {
      const copy = Buffer.from(bytes);
      for (const [at, byte] of changes) copy[at % copy.length] = byte;
      return copy;
    });
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(fc.uint8Array({ maxLength: 2_000 }), changed),
      fc.constantFrom<ArchiveForm>('zip', 'tar', 'gz', 'zst', 'rar', '7z'),
      async (bytes, form) => {
        await namesOrFault(bytes, form);
      },
    ),
    { numRuns: 400 },
  );
});

/** The sums of the headers are right again: what is behind them is reached. */
test('a list of 7z that says anything has names or is a fault of the peer', async () => {
  const loose = sample('loose.7z');
  const at = 32 + Number(loose.readBigUInt64LE(12));
  const plain = sample('plain.7z');
  const packed = 32 + Number(plain.readBigUInt64LE(12));
  const changes = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(fc.constantFrom([loose, at], [plain, packed]), changes, async (from, list) => {
      const [whole, begin] = from as [Buffer, number];
      const bytes = Buffer.from(whole);
      const length = bytes.length - begin;
      for (const [place, byte] of list) bytes[begin + (place % length)] = byte;
      bytes.writeUInt32LE(crc32(bytes.subarray(begin)), 28);
      bytes.writeUInt32LE(crc32(bytes.subarray(12, 32)), 8);
      await namesOrFault(bytes, '7z');
    }),
    { numRuns: 500 },
  );
});

async function namesOrFault(bytes: Uint8Array, form: ArchiveForm): Promise<void> {
  try {
    await listed(bytes, form);
  } catch (error) {
    assert.ok(error instanceof PeerFault, String(error));
  }
}

test('an archive warns of programs in it, or says that it cannot be looked into; documents are not opened', async () => {
  const world = new World({ seed: 1 });
  const disk = world.host('anna');
  const contents: Readonly<Record<string, Uint8Array>> = {
    'good.zip': fromBase64(ZIPS.harmless),
    'bad.ZIP': fromBase64(ZIPS.program),
    'bad.tar': gunzipSync(fromBase64(TARS.gnu)),
    'good.tar': gunzipSync(fromBase64(TARS.ustar)),
    'broken.zip': Buffer.from('PK'),
    // documents are ZIP files, too
    'text.docx': fromBase64(ZIPS.program),
    'good.rar': sample('rar5-subdirs.rar'),
    'closed.rar': sample('rar5-hpsw.rar'),
    'bad.7z': sample('plain.7z'),
    'other.tar.bz2': Buffer.from('BZh9'),
    'nested.tar': tarOf('photos/more.zip'),
  };
  const names = Object.keys(contents);
  for (const name of names) disk.disk.put(`/in/${name}`, contents[name] ?? new Uint8Array());
  const files = names.map((name) => ({ path: [name], length: contents[name]?.length ?? 0 }));
  const content = { isFolder: true, files: files as never };
  const found = await world.run(() => examineContent(content, '/in', disk.ports, NEVER), 60_000);
  assert.deepEqual(
    found.map(([index, warning]) => [names[index], warning]),
    [
      ['bad.ZIP', 'PROGRAM_INSIDE'],
      ['bad.tar', 'PROGRAM_INSIDE'],
      ['broken.zip', 'UNSEEN_INSIDE'],
      ['closed.rar', 'UNSEEN_INSIDE'],
      ['bad.7z', 'PROGRAM_INSIDE'],
      ['other.tar.bz2', 'UNSEEN_INSIDE'],
      ['nested.tar', 'UNSEEN_INSIDE'],
    ],
  );
  assert.equal(archiveFormOf('photos'), undefined);
});
