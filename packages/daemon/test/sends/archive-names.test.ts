import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { PeerFault } from '@coequal/base';
import type { DiskFile } from '@coequal/base';
import { World } from '@coequal/simulator';
import fc from 'fast-check';
import { archiveFormOf } from '../../src/sends/file-kinds.ts';
import { examineContent } from '../../src/sends/examine-content.ts';
import { namesIn } from '../../src/sends/archive-names.ts';

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

async function listed(content: Uint8Array, form: 'zip' | 'tar'): Promise<string[]> {
  const names: string[] = [];
  for await (const some of namesIn(fileOf(content).file, form)) names.push(...some);
  return names;
}

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
    await assert.rejects(namesIn(file, 'zip').next(), { code: 'ARCHIVE_TOO_LONG' });
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
    const [head] = [gunzipSync(fromBase64(TARS.ustar)).subarray(0, 512)];
    const empty = Buffer.from(head);
    empty.write('00000000000', 124, 'latin1');
    empty.fill(' ', 148, 156);
    const sum = empty.reduce((total, byte) => total + byte, 0);
    empty.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
    const many = Buffer.concat(Array.from({ length: 20_001 }, () => empty));
    assert.equal((await listed(many.subarray(0, 20_000 * 512), 'tar')).length, 20_000);
    await assert.rejects(listed(many, 'tar'), { code: 'ARCHIVE_TOO_LONG' });
  });
});

test('whatever the bytes, there are names or a fault of the peer', async () => {
  const made = [fromBase64(ZIPS.harmless), gunzipSync(fromBase64(TARS.gnu))];
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
      fc.constantFrom('zip', 'tar'),
      async (bytes, form) => {
        try {
          await listed(bytes, form);
        } catch (error) {
          assert.ok(error instanceof PeerFault, String(error));
        }
      },
    ),
  );
});

test('an archive warns of programs in it, and when it cannot be looked into; others are not opened', async () => {
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
    'other.rar': Buffer.from('Rar!'),
  };
  const names = Object.keys(contents);
  for (const name of names) disk.disk.put(`/in/${name}`, contents[name] ?? new Uint8Array());
  const files = names.map((name) => ({ path: [name], length: contents[name]?.length ?? 0 }));
  const content = { isFolder: true, files: files as never };
  const found = await world.run(
    () => examineContent(content, '/in', disk.ports.disk, NEVER),
    60_000,
  );
  assert.deepEqual(
    found.map(([index, warning]) => [names[index], warning]),
    [
      ['bad.ZIP', 'PROGRAM_INSIDE'],
      ['bad.tar', 'PROGRAM_INSIDE'],
      ['broken.zip', 'PROGRAM_INSIDE'],
    ],
  );
  assert.equal(archiveFormOf('photos'), undefined);
});
