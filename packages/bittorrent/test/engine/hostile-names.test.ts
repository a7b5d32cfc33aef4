import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { concatBytes, encodeUtf8, equalBytes, joinPath, rootPath } from '@coequal/base';
import type { SafePath } from '@coequal/base';
import { World } from '@coequal/simulator';
import type { SimHost } from '@coequal/simulator';
import { encodeBencode } from '../../src/core/bencode.ts';
import { foldName, NAME_BYTES_MAX } from '../../src/core/metainfo/file-names.ts';
import { parseMetainfo } from '../../src/core/metainfo/metainfo-parse.ts';
import type { Metainfo } from '../../src/core/metainfo/metainfo.ts';
import { Engine } from '../../src/engine.ts';
import type { Torrent } from '../../src/torrent.ts';

const DOWNLOADS = rootPath('/downloads');
const LIMIT_MS = 10 * 60_000;
const PIECE_LENGTH = 16_384;

/** Paths as a torrent may have them. Each file has other bytes: what is written over shows. */
const PATHS: readonly (readonly string[])[] = [
  // out of the folder
  ['..', '..', 'etc', 'passwd'],
  ['../../../etc/passwd'],
  ['..\\..\\windows\\system32\\x.dll'],
  ['/etc/passwd'],
  ['C:\\autoexec.bat'],
  ['C:', 'x'],
  ['\\\\server\\share\\x'],
  ['~', '.ssh', 'authorized_keys'],
  ['.', '.', '..', 'x'],
  ['', '', 'x'],
  [''],
  ['..'],
  ['.'],
  ['a\0b'],
  ['a', '..', 'b'],
  // names of systems
  ['CON'],
  ['con.txt'],
  ['NUL', 'x'],
  ['COM\u00b9.log'],
  ['aux .c'],
  ['stream.txt:hidden'],
  ['dots...'],
  ['spaces   '],
  ['dots', 'x. . .'],
  // the same to some system
  ['Name.txt'],
  ['name.TXT'],
  ['caf\u00e9'],
  ['cafe\u0301'],
  ['stra\u00dfe'],
  ['STRASSE'],
  ['in\u200bvisible'],
  ['invisible'],
  ['folder'],
  ['folder', 'x'],
  ['FOLDER', 'x'],
  ['file?'],
  ['file*'],
  ['file_'],
  // not what they seem
  ['photo\u202egpj.exe'],
  ['photo\u200egpj.exe'],
  ['\u200b\u2060\ufeff'],
  ['line\nbreak\x1b[31m'],
  // long
  [`${'x'.repeat(400)}.bin`],
  [`${'x'.repeat(401)}.bin`],
  ['\u{1f3bf}'.repeat(300)],
];

function contentOf(index: number): Uint8Array {
  return new Uint8Array(700 + index).fill(index + 1);
}

function hash(bytes: Uint8Array, kind: 'sha1' | 'sha256'): Uint8Array {
  return createHash(kind).update(bytes).digest();
}

function makeTorrent(name: string): Uint8Array {
  const all = concatBytes(PATHS.map((_, index) => contentOf(index)));
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < all.length; at += PIECE_LENGTH) {
    pieces.push(hash(all.subarray(at, at + PIECE_LENGTH), 'sha1'));
  }
  const files = PATHS.map((path, index) => ({
    length: contentOf(index).length,
    path: path.map((part) => encodeUtf8(part)),
  }));
  const info = { name, files, 'piece length': PIECE_LENGTH, pieces: concatBytes(pieces) };
  return encodeBencode({ info });
}

function pathsOf({ name, files }: Metainfo): readonly SafePath[] {
  return files.map(({ path }) => joinPath(DOWNLOADS, name, ...path));
}

async function open(
  world: World,
  host: SimHost,
  torrent: Uint8Array,
  trust: boolean,
): Promise<{ readonly engine: Engine; readonly torrent: Torrent }> {
  const options = { downloadDirectory: DOWNLOADS, port: 6881, addresses: [host.address] };
  return await world.run(async () => {
    const engine = await Engine.open(options, host.ports);
    return { engine, torrent: await engine.add(torrent, { useTrackers: false, trust }) };
  }, LIMIT_MS);
}

for (const name of ['content', '..', '/', 'C:\\', '\\\\server\\share', 'NUL', '', '\u202e']) {
  test(`files whose names are attacks are each fetched to a place of their own, below "${encodeURIComponent(name)}" made safe`, async () => {
    const world = new World({ seed: 1 });
    const file = makeTorrent(name);
    const metainfo = parseMetainfo(file, hash);
    const paths = pathsOf(metainfo);
    const [seedHost, leechHost] = [world.host('seed'), world.host('leech')];
    for (const [index, path] of paths.entries()) seedHost.disk.put(path, contentOf(index));
    const seed = await open(world, seedHost, file, true);
    const leech = await open(world, leechHost, file, false);
    leech.torrent.addPeers([{ host: seedHost.address, port: 6881 }]);
    await world.run(() => leech.torrent.state.type === 'seeding', LIMIT_MS);
    const written = leechHost.disk.paths();
    assert.deepEqual(new Set(written), new Set(paths));
    for (const [index, path] of paths.entries()) {
      const found = leechHost.disk.content(path);
      assert.ok(found !== undefined && equalBytes(found, contentOf(index)), path);
    }
    assertHarmless(written);
    for (const { engine } of [seed, leech]) {
      await world.run(() => engine[Symbol.asyncDispose](), LIMIT_MS);
    }
  });
}

/** To any system: below the folder, different, and nobody else's. */
function assertHarmless(paths: readonly string[]): void {
  const folded = paths.map((path) => path.split('/').map(foldName).join('/'));
  assert.equal(new Set(folded).size, PATHS.length, 'no two are one');
  for (const path of folded) {
    assert.ok(!folded.some((other) => other.startsWith(`${path}/`)), `${path} is no folder`);
  }
  for (const path of paths) {
    assert.ok(path.startsWith('/downloads/'), path);
    const parts = path.slice('/downloads/'.length).split('/');
    assert.ok(parts.length >= 2);
    for (const part of parts) {
      assert.ok(!['', '.', '..'].includes(part), path);
      assert.ok(encodeUtf8(part).length <= NAME_BYTES_MAX, path);
      assert.doesNotMatch(part, /[<>:"\\|?*]|[. ]$/, path);
      assert.doesNotMatch(part, /[\p{Cc}\p{Bidi_Control}]/u, path);
      assert.doesNotMatch(part, /^(con|prn|aux|nul|com[\d\u00b9\u00b2\u00b3])\s*(\.|$)/i, path);
      assert.match(part, /[^\p{Default_Ignorable_Code_Point}\s]/u, path);
    }
  }
}
