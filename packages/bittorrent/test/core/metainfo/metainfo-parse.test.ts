import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatHex, PeerFault } from '@coequal/base';
import * as fc from 'fast-check';
import { BencodeDictionary, EncodedValue, encodeBencode } from '../../../src/core/bencode.ts';
import type { BencodeInput } from '../../../src/core/bencode.ts';
import { parseInfo, parseMetainfo } from '../../../src/core/metainfo/metainfo-parse.ts';
import type { Metainfo } from '../../../src/core/metainfo/metainfo.ts';
import { hash, readExpected, readTorrent, TORRENT_NAMES } from '../../vectors/torrents/content.ts';

type Fields = { readonly [key: string]: BencodeInput | undefined };

const FILE: Fields = { name: 'n', 'piece length': 16_384, length: 5, pieces: new Uint8Array(20) };

function torrent(info: Fields, outer: Fields = {}): Uint8Array {
  return encodeBencode({ ...outer, info });
}

function parse(info: Fields, outer: Fields = {}): Metainfo {
  return parseMetainfo(torrent(info, outer), hash);
}

/** A v1 folder; each file as path and length, or as it stands. */
function folder(...files: readonly (readonly [string, number] | Fields)[]): Fields {
  const list = files.map((file): Fields => {
    if (!isPair(file)) return file;
    return { path: file[0].split('/'), length: file[1] };
  });
  const length = list.reduce((sum, file) => sum + Number(file['length'] ?? 0), 0);
  const pieces = new Uint8Array(Math.ceil(length / 16_384) * 20);
  return { name: 'n', 'piece length': 16_384, files: list, pieces };
}

function isPair(file: readonly [string, number] | Fields): file is readonly [string, number] {
  return Array.isArray(file);
}

function refuses(code: string, info: Fields, outer: Fields = {}): void {
  assert.throws(
    () => parse(info, outer),
    (error) => error instanceof PeerFault && error.code === code,
  );
}

function listing(metainfo: Metainfo): readonly string[] {
  return metainfo.files.map((file) => `${file.path.join('/')} ${file.length} @${file.offset}`);
}

describe('parseMetainfo', () => {
  for (const name of TORRENT_NAMES) {
    it(`reads ${name} as libtorrent does`, () => {
      const metainfo = parseMetainfo(readTorrent(name), hash);
      const expected = readExpected(name);
      assert.equal(metainfo.infoHash ?? null, expected.infoHash);
      assert.equal(metainfo.infoHashV2 ?? null, expected.infoHashV2);
      assert.equal(metainfo.name, expected.name);
      assert.equal(metainfo.pieceCount, expected.pieceCount);
      assert.equal(metainfo.pieceLength, expected.pieceLength);
      assert.equal(metainfo.isPrivate, expected.isPrivate);
      assert.equal(metainfo.comment ?? '', expected.comment);
      // Sorted there, since libtorrent shuffles each tier.
      assert.deepEqual(metainfo.trackers.flat().toSorted(), expected.trackers);
      assert.deepEqual(metainfo.webSeeds, expected.webSeeds);
      const prefix = metainfo.isFolder ? `${metainfo.name}/` : '';
      const files = metainfo.files.map(({ path, length, offset }) => {
        return { path: prefix + path.join('/'), length, offset };
      });
      // Where an empty file lies tells nothing, and libtorrent puts it after the padding.
      const filled = ({ length }: { readonly length: number }): boolean => length > 0;
      assert.deepEqual(files.filter(filled), expected.files.filter(filled));
      assert.deepEqual(
        files.map(({ path }) => path),
        expected.files.map(({ path }) => path),
      );
    });
  }

  it('reads what stands beside the info dictionary', () => {
    const metainfo = parseMetainfo(readTorrent('hybrid-folder'), hash);
    assert.equal(metainfo.version, 'hybrid');
    assert.deepEqual(metainfo.trackers, [
      ['http://a.example/announce', 'udp://b.example:80'],
      ['http://c.example/announce'],
    ]);
    assert.deepEqual(metainfo.nodes, [{ host: 'router.example', port: 6881 }]);
    assert.equal(metainfo.createdBy, 'make.py');
    assert.equal(metainfo.createdAt, 1_700_000_000);
    assert.equal(metainfo.trailingPadding, 2 * 16_384 - 17_000);
    assert.equal(parseMetainfo(readTorrent('hybrid-untailed'), hash).trailingPadding, undefined);
  });

  it('has the info dictionary byte by byte, apart from the given bytes', () => {
    const info = parseMetainfo(readTorrent('v1-single'), hash).infoBytes;
    const bytes = readTorrent('v1-single');
    const metainfo = parseMetainfo(bytes, hash);
    bytes.fill(0);
    assert.deepEqual(metainfo.infoBytes, info);
    assert.equal(formatHex(hash(info, 'sha1')), metainfo.infoHash);
  });

  it('accepts line ends after the dictionary, and nothing else', () => {
    const bytes = torrent(FILE);
    assert.ok(parseMetainfo(Uint8Array.of(...bytes, 13, 10), hash));
    assert.throws(() => parseMetainfo(Uint8Array.of(...bytes, 65), hash), {
      code: 'BENCODE_INVALID',
    });
  });

  it('refuses missing and senseless fields, saying which', () => {
    refuses('METAINFO_FIELD', { ...FILE, name: undefined });
    refuses('METAINFO_FIELD', { ...FILE, name: 5 });
    refuses('METAINFO_FIELD', { ...FILE, length: undefined });
    refuses('METAINFO_FIELD', { ...FILE, length: -1 });
    refuses('METAINFO_FIELD', { ...FILE, length: 2n ** 60n });
    refuses('METAINFO_FIELD', { ...FILE, files: 'x' });
    refuses('METAINFO_FIELD', folder({ path: [], length: 1 }));
    refuses('METAINFO_FIELD', folder({ path: [5], length: 1 }));
    refuses('METAINFO_FIELD', { ...folder(['a', 1]), files: ['a'] });
    refuses('METAINFO_PIECES', { ...FILE, pieces: undefined });
    refuses('METAINFO_PIECES', { ...FILE, pieces: new Uint8Array(40) });
    refuses('METAINFO_PIECES', { ...FILE, pieces: new Uint8Array(21) });
    refuses('METAINFO_VERSION', { ...FILE, 'meta version': 3 });
    refuses('METAINFO_EMPTY', folder(['a', 0]));
    refuses('METAINFO_EMPTY', folder());
    for (const pieceLength of [undefined, 0, -16_384, 512, 2 ** 28, 'x']) {
      refuses('METAINFO_PIECE_LENGTH', { ...FILE, 'piece length': pieceLength });
    }
    assert.throws(() => parseMetainfo(encodeBencode({}), hash), { code: 'METAINFO_FIELD' });
    assert.throws(() => parseMetainfo(encodeBencode([]), hash), { code: 'METAINFO_FIELD' });
  });

  it('names the file in the fault', () => {
    assert.throws(() => parse(folder(['a', 1], ['b', -1])), {
      details: { field: 'length', file: 1 },
    });
  });

  it('bounds files, pieces, depth, path and length', () => {
    const huge = Number.MAX_SAFE_INTEGER;
    const files = [
      { path: ['a'], length: huge },
      { path: ['b'], length: 1 },
    ];
    refuses('METAINFO_LIMIT', { ...FILE, files });
    refuses('METAINFO_LIMIT', { ...FILE, length: huge });
    refuses('METAINFO_LIMIT', { ...FILE, name: 'x'.repeat(4_097) });
    refuses('METAINFO_LIMIT', folder(['x'.repeat(4_097), 1]));
    refuses('METAINFO_LIMIT', folder(['x/'.repeat(64) + 'x', 1]));
    refuses('METAINFO_LIMIT', folder([`${'x'.repeat(255)}/`.repeat(13) + 'x', 1]));
    refuses(
      'METAINFO_LIMIT',
      folder(...Array.from({ length: 100_001 }, () => ({ length: 0, path: ['x'] }))),
    );
  });

  it('counts padding of a hundred thousand files apart', () => {
    const pads = Array.from({ length: 60_000 }, () => ({ attr: 'p', length: 0 }));
    const files = Array.from({ length: 60_000 }, (_, i) => ({
      path: [`${i}`],
      length: i === 0 ? 1 : 0,
    }));
    assert.equal(parse(folder(...files, ...pads)).files.length, 60_000);
    refuses('METAINFO_LIMIT', folder(...files, ...files));
  });

  it('makes every name safe, the torrent’s own too', () => {
    const metainfo = parse({ ...folder(['../../etc/passwd', 1], ['a\0b', 1]), name: '../..' });
    assert.equal(metainfo.name, '.._');
    assert.deepEqual(listing(metainfo), ['_/_/etc/passwd 1 @0', 'a_b 1 @1']);
    assert.equal(parse({ ...FILE, name: '/etc/passwd' }).files[0]?.path.join('/'), '_etc_passwd');
  });

  it('prefers the UTF-8 names of old writers, and takes other bytes one by one', () => {
    const latin1 = Uint8Array.of(0x46, 0xfc);
    const info = folder(
      { path: [latin1], 'path.utf-8': ['Fü'], length: 1 },
      { path: [latin1], length: 1 },
    );
    const metainfo = parse({ ...info, name: latin1, 'name.utf-8': 'Größe' });
    assert.equal(metainfo.name, 'Größe');
    assert.deepEqual(listing(metainfo), ['Fü 1 @0', 'Fü (2) 1 @1']);
  });

  it('does not list padding, new or old, nor links, but keeps their places', () => {
    const metainfo = parse(
      folder(
        ['a', 10],
        { attr: 'p', length: 16_374, path: ['.pad', '16374'] },
        { attr: 'x', length: 4, path: ['run'] },
        { attr: 'l', path: ['link'], 'symlink path': ['..', '..', 'etc'] },
        ['.pad/6', 6],
        ['_____padding_file_0_if you see this file', 3],
        { attr: 'p', length: 2 },
        ['.pad/six', 6],
      ),
    );
    assert.deepEqual(listing(metainfo), ['a 10 @0', 'run 4 @16384', '.pad/six 6 @16399']);
    assert.equal(metainfo.length, 20);
    assert.equal(metainfo.files[1]?.isExecutable, true);
  });

  it('counts padding after the last file', () => {
    const metainfo = parse(
      folder(['a', 10], { attr: 'p', length: 16_374 }, { attr: 'p', length: 1 }),
    );
    assert.equal(metainfo.pieceCount, 2);
    assert.equal(metainfo.trailingPadding, 16_375);
  });

  it('takes one tier from a lone announce, and leaves out what is no address', () => {
    const lone = parse(FILE, { announce: ' http://a/ann ' });
    assert.deepEqual(lone.trackers, [['http://a/ann']]);
    const tiers = [['nonsense', 'http://a', 'http://a'], [], 'udp://b:1', [5]];
    const listed = parse(FILE, { announce: 'http://c', 'announce-list': tiers });
    assert.deepEqual(listed.trackers, [['http://a'], ['udp://b:1']]);
    const empty = parse(FILE, { announce: 'http://c', 'announce-list': [[]] });
    assert.deepEqual(empty.trackers, [['http://c']]);
    const many = Array.from({ length: 600 }, (_, i) => [`http://t${i}/`]);
    assert.equal(parse(FILE, { 'announce-list': many }).trackers.length, 500);
    assert.deepEqual(parse(FILE, { 'url-list': '' }).webSeeds, []);
    assert.deepEqual(parse(FILE, { 'url-list': ['http://w/\n', 'http://w x'] }).webSeeds, [
      'http://w/',
    ]);
  });

  it('leaves out long comments and addresses', () => {
    const outer = { comment: 'x'.repeat(4_097), announce: `http://${'x'.repeat(2_048)}` };
    const metainfo = parse(FILE, outer);
    assert.equal(metainfo.comment, undefined);
    assert.deepEqual(metainfo.trackers, []);
  });

  it('leaves out nodes that are none, dates that are none', () => {
    const nodes = [['a', 1], ['b', 0], ['c'], 'd', ['e f', 6], ['::1', 7]];
    const metainfo = parse(FILE, { nodes, 'creation date': -5 });
    assert.deepEqual(metainfo.nodes, [
      { host: 'a', port: 1 },
      { host: '::1', port: 7 },
    ]);
    assert.equal(metainfo.createdAt, undefined);
  });
});

const ROOT = new Uint8Array(32).fill(7);

function tree(files: Readonly<Record<string, number>>): BencodeDictionary {
  return BencodeDictionary.of(
    Object.entries(files).map(([name, length]) => {
      const leaf = BencodeDictionary.of(
        length > 0
          ? [
              ['length', length],
              ['pieces root', ROOT],
            ]
          : [['length', length]],
      );
      return [name, BencodeDictionary.of([['', leaf]])];
    }),
  );
}

describe('v2 and hybrid metainfo', () => {
  const v2: Fields = {
    name: 'n',
    'piece length': 16_384,
    'meta version': 2,
    'file tree': tree({ a: 5, b: 0, c: 7 }),
  };

  it('begins a piece with every file that has bytes', () => {
    const metainfo = parse(v2);
    assert.deepEqual(listing(metainfo), ['a 5 @0', 'b 0 @5', 'c 7 @16384']);
    assert.equal(metainfo.pieceCount, 2);
    assert.deepEqual(metainfo.pieceRoots, Uint8Array.of(...ROOT, ...ROOT));
    assert.equal(metainfo.isFolder, true);
  });

  it('is a single file when the only one has the torrent’s name', () => {
    assert.equal(parse({ ...v2, 'file tree': tree({ n: 5 }) }).isFolder, false);
    assert.equal(parse({ ...v2, 'file tree': tree({ m: 5 }) }).isFolder, true);
  });

  it('refuses trees that are none, and pieces that are no power of two', () => {
    const leaf = tree({ a: 5 });
    refuses('METAINFO_FIELD', { ...v2, 'file tree': undefined });
    refuses('METAINFO_FIELD', { ...v2, 'file tree': { a: 5 } });
    refuses('METAINFO_FIELD', { ...v2, 'file tree': { '': { length: 5 } } });
    refuses('METAINFO_FIELD', { ...v2, 'file tree': { a: { '': { length: 5 } } } });
    refuses('METAINFO_FIELD', { ...v2, 'file tree': { a: { '': { length: 0 }, b: leaf } } });
    refuses('METAINFO_FIELD', { ...v2, 'file tree': { a: { '': { attr: 'p', length: 0 } } } });
    refuses('METAINFO_PIECE_LENGTH', { ...v2, 'piece length': 8_192 });
    refuses('METAINFO_PIECE_LENGTH', { ...v2, 'piece length': 16_384 * 3 });
    refuses('METAINFO_LIMIT', { ...v2, 'file tree': tree({ a: 2 ** 52 }) });
  });

  it('refuses a tree with unsorted keys', () => {
    const text =
      'd4:infod9:file treed1:bd0:d6:lengthi0eee1:ad0:d6:lengthi0eeee12:meta versioni2e4:name1:n12:piece lengthi16384eee';
    assert.throws(() => parseMetainfo(new TextEncoder().encode(text), hash), {
      code: 'METAINFO_FIELD',
    });
  });

  it('checks piece layers against their roots, and needs them in a .torrent of long files', () => {
    const bytes = readTorrent('v2-folder');
    const metainfo = parseMetainfo(bytes, hash);
    assert.ok(metainfo.pieceRoots);
    const at = bytes.length - 40; // inside the last layer
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    assert.throws(() => parseMetainfo(bytes, hash), { code: 'METAINFO_PIECE_LAYER' });
    assert.throws(
      () => parse({ ...v2, 'file tree': tree({ a: 40_000 }) }, { 'piece layers': {} }),
      {
        code: 'METAINFO_PIECE_LAYER',
      },
    );
  });

  it('reads an info dictionary alone, without layers, as from a magnet', () => {
    for (const name of TORRENT_NAMES) {
      const whole = parseMetainfo(readTorrent(name), hash);
      const alone = parseInfo(whole.infoBytes, hash, { trackers: [['http://x']] });
      assert.equal(alone.infoHash, whole.infoHash);
      assert.equal(alone.infoHashV2, whole.infoHashV2);
      assert.deepEqual(alone.files, whole.files);
      assert.equal(alone.pieceRoots, undefined);
      assert.deepEqual(alone.trackers, [['http://x']]);
    }
    assert.ok(parseInfo(encodeBencode(v2), hash).pieceRoots, 'no file is longer than a piece');
  });

  it('reads a hybrid whose layers are missing as it reads a magnet’s', () => {
    const hybrid = parseMetainfo(readTorrent('hybrid-single'), hash);
    const bytes = encodeBencode({ info: new EncodedValue(hybrid.infoBytes) });
    const metainfo = parseMetainfo(bytes, hash);
    assert.equal(metainfo.pieceRoots, undefined);
    assert.ok(metainfo.pieceHashes);
  });

  it('refuses a hybrid whose two lists differ', () => {
    const padded = folder(['a', 5], { attr: 'p', length: 16_379 }, ['b', 0], ['c', 7]);
    const hybrid = { ...padded, 'meta version': 2, 'file tree': tree({ a: 5, b: 0, c: 7 }) };
    assert.deepEqual(listing(parse(hybrid)), ['a 5 @0', 'b 0 @16384', 'c 7 @16384']);
    const differing = [
      tree({ a: 5, c: 7 }),
      tree({ a: 5, b: 0, c: 8 }),
      tree({ a: 5, b: 0, d: 7 }),
      tree({ a: 5, b: 0, c: 7, d: 0 }),
      tree({ a: 5, b: 0, c: 16_385 }),
    ];
    for (const other of differing) {
      refuses('METAINFO_HYBRID_MISMATCH', { ...hybrid, 'file tree': other });
    }
    const unpadded = folder(['a', 5], ['b', 0], ['c', 7]);
    refuses('METAINFO_HYBRID_MISMATCH', { ...hybrid, ...unpadded });
  });
});

describe('damaged torrents', () => {
  it('give metainfo or a PeerFault', () => {
    const originals = TORRENT_NAMES.map(readTorrent);
    const change = fc.tuple(fc.nat(2_000), fc.constantFrom('set', 'remove', 'insert'), fc.nat(255));
    const digits = fc.integer({ min: 0x30, max: 0x39 });
    const near = fc.tuple(fc.nat(2_000), fc.constant('set' as const), digits);
    const changes = fc.array(fc.oneof(change, near), { minLength: 1, maxLength: 3 });
    let parsed = 0;
    fc.assert(
      fc.property(fc.constantFrom(...originals), changes, (original, all) => {
        const bytes = [...original];
        for (const [at, kind, byte] of all) {
          bytes.splice(
            at % bytes.length,
            kind === 'insert' ? 0 : 1,
            ...(kind === 'remove' ? [] : [byte]),
          );
        }
        try {
          const metainfo = parseMetainfo(Uint8Array.from(bytes), hash);
          assert.ok(metainfo.files.every((file) => file.path.length > 0));
          assert.ok(metainfo.pieceCount > 0);
          parsed += 1;
        } catch (error) {
          assert.ok(error instanceof PeerFault, String(error));
        }
      }),
      { numRuns: 2_000 },
    );
    assert.ok(parsed > 0, 'some changes do no harm');
  });

  it('give metainfo or a PeerFault for any fields', () => {
    const keys = [
      'name',
      'files',
      'length',
      'pieces',
      'piece length',
      'meta version',
      'file tree',
    ].concat(['path', 'attr', '', 'a', 'pieces root', 'private', 'info', 'announce-list', 'nodes']);
    const value: fc.Arbitrary<BencodeInput> = fc.letrec<{ value: BencodeInput }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 5 },
        fc.constantFrom<BencodeInput>(2, 5, 16_384, -1, 'l', 'p', 'x', new Uint8Array(20), ROOT),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom(...keys), tie('value'), { maxKeys: 9 }),
      ),
    })).value;
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...keys), value, { minKeys: 4 }), (info) => {
        try {
          parse({ name: 'n', 'piece length': 16_384, ...info });
        } catch (error) {
          assert.ok(error instanceof PeerFault, String(error));
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
