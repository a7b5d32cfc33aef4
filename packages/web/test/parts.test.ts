import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { linksIn, readTorrentFiles } from '../src/add/sources.ts';
import { mergeSources } from '../src/add/source-key.ts';
import { decodeBytes, pieceCells, pieceRuns, piecesOfFile } from '../src/detail/piece-runs.ts';
import { formatPlace, parsePlace } from '../src/shell/place.ts';
import { common, treeRows } from '../src/ui/file-tree-rows.ts';

const HASH = 'ab'.repeat(20);

describe('what is pasted', () => {
  test('gives its links, each once', () => {
    const magnet = `magnet:?xt=urn:btih:${HASH}`;
    const text = `look: ${magnet}\n https://example.org/a.torrent ${magnet} nonsense ftp://x`;
    assert.deepEqual(linksIn(text), [magnet, 'https://example.org/a.torrent']);
  });

  test('may be a bare info hash', () => {
    assert.deepEqual(linksIn(HASH.toUpperCase()), [`magnet:?xt=urn:btih:${HASH}`]);
    assert.deepEqual(linksIn('cd'.repeat(32)), [`magnet:?xt=urn:btmh:1220${'cd'.repeat(32)}`]);
  });

  test('that comes twice is one', () => {
    const source = { type: 'link', link: 'magnet:?x' } as const;
    assert.equal(mergeSources([source], [{ ...source }]).length, 1);
  });
});

test('of files only .torrent files of a possible size are read', async () => {
  const good = new File([new Uint8Array(100_000).fill(7)], 'a.TORRENT');
  const { sources, refused } = await readTorrentFiles([good, new File(['x'], 'film.mkv')]);
  assert.deepEqual(refused, ['film.mkv']);
  const [source] = sources;
  assert.ok(source?.type === 'file');
  assert.equal(Buffer.from(source.torrent, 'base64').length, 100_000);
});

describe('pieces', () => {
  const states = decodeBytes(Buffer.from([3, 3, 1, 1, 2]).toString('base64'));
  const availability = Uint8Array.of(3, 1, 0, 4, 9);

  test('of one state together are one run', () => {
    const { runs, isAll } = pieceRuns(states, availability, 10);
    assert.ok(isAll);
    assert.deepEqual(runs, [
      { state: 'had', from: 0, to: 1, availability: 1 },
      { state: 'missing', from: 2, to: 3, availability: 0 },
      { state: 'under-way', from: 4, to: 4, availability: 9 },
    ]);
  });

  test('in more runs than are shown say so', () => {
    assert.equal(pieceRuns(states, availability, 2).isAll, false);
  });

  test('share cells when there are more than cells', () => {
    const cells = pieceCells(states, availability, 3);
    assert.equal(cells.length, 3);
    assert.deepEqual(cells[0], { had: 1, underWay: 0, leftOut: 0, availability: 1 });
    assert.deepEqual(cells[2], { had: 0, underWay: 1, leftOut: 0, availability: 9 });
  });

  test('of a file are those that it has a byte in', () => {
    assert.deepEqual(piecesOfFile(0, 10, 10), { from: 0, to: 0 });
    assert.deepEqual(piecesOfFile(9, 2, 10), { from: 0, to: 1 });
    assert.equal(piecesOfFile(5, 0, 10), undefined);
    assert.equal(piecesOfFile(0, 5, 0), undefined);
  });
});

describe('a tree of files', () => {
  const files = ['a/b/one', 'a/two', 'three', '__proto__/four'].map((path, index) => ({
    path,
    index,
    length: index + 1,
  }));

  test('has folders first, with all that is below them', () => {
    const rows = treeRows(files, new Set());
    const shown = rows.map(({ type, name, depth }) => `${depth}${type[1]}:${name}`);
    assert.deepEqual(shown, [
      '0o:a',
      '1o:b',
      '2i:one',
      '1i:two',
      '0o:__proto__',
      '1i:four',
      '0i:three',
    ]);
    assert.deepEqual(rows[0]?.files, [0, 1]);
    assert.equal(rows[0]?.length, 3);
  });

  test('hides what is in a closed folder', () => {
    assert.equal(treeRows(files, new Set(['a'])).length, 4);
  });

  test('says what a folder’s files have in common', () => {
    assert.equal(
      common([1, 2], () => 'same'),
      'same',
    );
    assert.equal(common([1, 2], String), undefined);
    assert.equal(common([], String), undefined);
  });
});

describe('an address in the page', () => {
  test('leads back to where it came from', () => {
    for (const place of [
      { screen: 'home' },
      { screen: 'transfers' },
      { screen: 'transfers', id: HASH, tab: 'files' },
    ] as const)
      assert.deepEqual(parsePlace(formatPlace(place)), place);
  });

  test('that is wrong leads home, or to the nearest that is right', () => {
    assert.deepEqual(parsePlace('#/nowhere'), { screen: 'home' });
    assert.deepEqual(parsePlace('#/transfers/../../etc'), { screen: 'transfers' });
    assert.deepEqual(parsePlace(`#/transfers/${HASH}/nothing`), {
      screen: 'transfers',
      id: HASH,
      tab: 'overview',
    });
  });
});
