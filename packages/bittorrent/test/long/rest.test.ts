// What a torrent without peers costs in memory, of the many that one process may have.
import assert from 'node:assert/strict';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { encodeUtf8 } from '@coequal/base';
import { openPorts } from '@coequal/base/node';
import { Engine } from '../../src/engine.ts';

/**
 * Objects of one torrent, beside the bytes of its file: 11 to 15 KB when this was written; before, when every
 * structure was made with its torrent, 20.
 */
const HEAP_MAX = 18_000;

const COUNT = 500;
const PIECE_LENGTH = 262_144;
const PIECE_COUNT = 1_024;
const CONTENT_LENGTH = PIECE_COUNT * PIECE_LENGTH;

/** Of one file, whose hashes no content has. */
function torrentOf(name: string): Uint8Array {
  const info = `6:lengthi${CONTENT_LENGTH}e4:name${name.length}:${name}`;
  const pieces = `6:pieces${PIECE_COUNT * 20}:${'x'.repeat(PIECE_COUNT * 20)}`;
  return encodeUtf8(`d4:infod${info}12:piece lengthi${PIECE_LENGTH}e${pieces}ee`);
}

function collect(): { readonly heap: number; readonly buffers: number } {
  setFlagsFromString('--expose-gc');
  const gc: unknown = runInNewContext('gc');
  assert.ok(typeof gc === 'function');
  for (let time = 0; time < 3; time++) gc();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return { heap: heapUsed, buffers: arrayBuffers };
}

for (const kind of ['absent', 'complete'] as const) {
  test(`a torrent at rest is little more than its file, when its content is ${kind}`, async () => {
    const directory = await mkdtemp(join(tmpdir(), 'coequal-rest-'));
    try {
      await using ports = openPorts();
      await using engine = await Engine.open(
        {
          downloadDirectory: directory,
          resumeDirectory: join(directory, 'resume'),
          port: false,
          discovery: false,
        },
        ports,
      );
      const add = async (name: string): Promise<number> => {
        if (kind === 'complete') {
          await writeFile(join(directory, name), '');
          await truncate(join(directory, name), CONTENT_LENGTH); // a hole
        }
        const bytes = torrentOf(name);
        await engine.add(bytes, { trust: true, useTrackers: false });
        return bytes.length;
      };
      const isAtRest = (): boolean =>
        engine.torrents.every(
          ({ state: { type } }) => type === 'downloading' || type === 'seeding',
        );
      const settle = async (): Promise<void> => {
        while (!isAtRest()) await new Promise(setImmediate);
      };
      for (let index = 0; index < 200; index++) await add(`first ${index}`); // code is made by the first
      await settle();
      const before = collect();
      let length = 0;
      for (let index = 0; index < COUNT; index++) length += await add(`torrent ${index}`);
      await settle();
      const after = collect();
      const heap = (after.heap - before.heap) / COUNT;
      const buffers = (after.buffers - before.buffers - length) / COUNT;
      assert.ok(heap < HEAP_MAX, `${Math.round(heap)} bytes of objects each`);
      assert.ok(buffers < 2_000, `${Math.round(buffers)} bytes of buffers each, beside the file`);
    } finally {
      await rm(directory, { recursive: true });
    }
  });
}
