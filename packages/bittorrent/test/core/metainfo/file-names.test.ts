import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { encodeUtf8, joinPath, rootPath } from '@coequal/base';
import * as fc from 'fast-check';
import {
  decodeName,
  foldName,
  NAME_BYTES_MAX,
  safeName,
  safePaths,
} from '../../../src/core/metainfo/file-names.ts';

function only(...names: string[]): string[] {
  return safePaths(names.map((name) => [name])).map((path) => path.join('/'));
}

/** Names near the edges of every rule, and any text at all. */
const names: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    '',
    '.',
    '..',
    '...',
    'a',
    'A',
    'a (2)',
    'A (2)',
    'a.txt',
    'a (2).txt',
    'CON',
    'nul.x',
  ),
  fc.constantFrom('a/b', 'a?', 'a_', 'a.', 'a ', 'e\u0301', '\u00e9', 'ß', 'SS', 'x'.repeat(300)),
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.string({ unit: 'binary', minLength: 200, maxLength: 400 }),
);

function assertSafe(name: string): void {
  assert.ok(name !== '' && name !== '.' && name !== '..');
  assert.ok(encodeUtf8(name).length <= NAME_BYTES_MAX, name);
  assert.ok(name.isWellFormed());
  // oxlint-disable-next-line no-control-regex -- control characters are what must not be there
  assert.doesNotMatch(name, /[<>:"/\\|?*\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
  assert.doesNotMatch(name, /[. ]$/);
  assert.doesNotMatch(name, /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i);
}

describe('safeName', () => {
  it('keeps harmless names exactly', () => {
    const harmless = [
      'a',
      '.hidden',
      'Füße — 雪 🎿.mkv',
      ' leading',
      'a..b',
      'console.txt',
      'com10',
      '~$x',
    ];
    for (const name of [
      ...harmless,
      'שלום.txt',
      'e\u0301',
      '👩‍👩‍👧.png',
      "it's [1080p] (x) & #1!",
      'LPT',
    ]) {
      assert.equal(safeName(name, 'file'), name);
    }
  });

  it('replaces what some system refuses', () => {
    const cases = [
      ['a/b\\c', 'a_b_c'],
      ['what?.txt', 'what_.txt'],
      ['a:b*c"d<e>f|g', 'a_b_c_d_e_f_g'],
      ['nul\0byte\n', 'nul_byte_'],
      ['cod\u202etxt.exe', 'cod_txt.exe'],
      ['trailing. . ', 'trailing'],
      ['', '_'],
      ['.', '_'],
      ['..', '_'],
      ['CON', '_CON'],
      ['con.txt', '_con.txt'],
      ['Nul .tar.gz', '_Nul .tar.gz'],
      ['com1', '_com1'],
      ['COM\u00b9', '_COM\u00b9'],
      ['half \ud800', 'half \ufffd'],
      ['txt.\u200fexe', 'txt._exe'],
      ['\u061cx\u200e', '_x_'],
      ['\u200b\u200d\ufeff', '_'],
      ['\u00ad \u2060.', '_'],
      ['\u3000', '_'],
      ['C:', 'C_'],
      ['\\\\server\\share', '__server_share'],
      ['file.txt:stream', 'file.txt_stream'],
      ['NUL.txt', '_NUL.txt'],
      ['Lpt9. ', '_Lpt9'],
      ['conin$', '_conin$'],
    ] as const;
    for (const [name, safe] of cases) assert.equal(safeName(name, 'file'), safe);
  });

  it('cuts long names between characters and keeps a file’s extension', () => {
    assert.equal(safeName(`${'é'.repeat(200)}.flac`, 'file'), `${'é'.repeat(125)}.flac`);
    assert.equal(safeName('🎿'.repeat(100), 'folder'), '🎿'.repeat(63));
    assert.equal(safeName(`${'x'.repeat(300)}.flac`, 'folder'), 'x'.repeat(255));
    assert.equal(safeName(`a.${'x'.repeat(300)}`, 'file').length, 255);
  });
});

describe('safePaths', () => {
  it('numbers names that are equal, or equal for some file system', () => {
    assert.deepEqual(only('a.txt', 'a.txt', 'A.TXT'), ['a.txt', 'a (2).txt', 'A (3).TXT']);
    assert.deepEqual(only('e\u0301', '\u00e9'), ['e\u0301', '\u00e9 (2)']);
    assert.deepEqual(only('straße', 'STRASSE'), ['straße', 'STRASSE (2)']);
    assert.deepEqual(only('K', '\u212a', 'k'), ['K', '\u212a (2)', 'k (3)']);
    assert.deepEqual(only('ﬁ', 'FI', 'ſ', 's'), ['ﬁ', 'FI (2)', 'ſ', 's (2)']);
    assert.deepEqual(only('ab', 'a\u200cb', 'a\ufeffb'), ['ab', 'a\u200cb (2)', 'a\ufeffb (3)']);
    assert.deepEqual(only('\uac00', '\u1100\u1161'), ['\uac00', '\u1100\u1161 (2)']);
  });

  it('leaves apart what every file system keeps apart', () => {
    const names = ['A', 'Ａ', '1', '１', '①', 'm²', 'm2', '…', '...x', 'é', 'e'];
    assert.deepEqual(only(...names), names);
  });

  it('never renames a harmless name in favour of one that was replaced', () => {
    assert.deepEqual(only('a?', 'a_'), ['a_ (2)', 'a_']);
    assert.deepEqual(only('a', 'a', 'a (2)'), ['a', 'a (3)', 'a (2)']);
  });

  it('keeps a file apart from a folder of the same name', () => {
    const paths = safePaths([['a'], ['a', 'b'], ['A', 'b'], ['a', 'c']]);
    assert.deepEqual(paths, [['a'], ['a (2)', 'b'], ['A (3)', 'b'], ['a (2)', 'c']]);
  });

  it('leaves out parts that mean "here", but nothing that means "up"', () => {
    const paths = safePaths([['', 'a', '.', 'b'], [''], ['..', '..', 'etc', 'passwd']]);
    assert.deepEqual(paths, [['a', 'b'], ['_'], ['_ (2)', '_', 'etc', 'passwd']]);
  });

  it('takes as long for many equal names as for many others', () => {
    const count = 20_000;
    const long = 'x'.repeat(251);
    const taken = Array.from({ length: count }, (_, i) => [`${'x'.repeat(245)} (${i + 2})`]);
    const equal = Array.from({ length: count }, (_, i) => [
      long + String(i % 10_000).padStart(4, '0') + '?',
    ]);
    const paths = safePaths([...taken, ...equal]);
    assert.equal(new Set(paths.map(([name]) => foldName(name ?? ''))).size, 2 * count);
  });

  it('gives safe, unique and stable paths below the folder for any names', () => {
    const root = rootPath('/r');
    const path = fc.array(names, { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(fc.array(path, { maxLength: 20 }), (paths) => {
        const safe = safePaths(paths);
        assert.equal(safe.length, paths.length);
        const folded = safe.map((parts) => parts.map(foldName).join('/'));
        assert.equal(new Set(folded).size, folded.length, 'unique');
        for (const one of folded) {
          assert.ok(!folded.some((other) => other.startsWith(`${one}/`)), 'a file is no folder');
        }
        for (const parts of safe) {
          assert.ok(parts.length > 0);
          parts.forEach(assertSafe);
          assert.ok(joinPath(root, ...parts).startsWith('/r/'));
        }
        assert.deepEqual(safePaths(paths), safe, 'the same again');
        assert.deepEqual(safePaths(safe), safe, 'safe ones stay');
      }),
    );
  });
});

describe('decodeName', () => {
  it('reads UTF-8, and takes other bytes one by one', () => {
    assert.equal(decodeName(encodeUtf8('Füße ☃')), 'Füße ☃');
    assert.equal(decodeName(Uint8Array.of(0x46, 0xfc, 0xdf, 0x65)), 'Füße');
  });
});
