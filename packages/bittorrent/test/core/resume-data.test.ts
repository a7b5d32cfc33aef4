import assert from 'node:assert/strict';
import { hash as cryptoHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { LocalFault } from '@coequal/base';
import { Bitfield } from '../../src/core/bitfield.ts';
import {
  decodeJournal,
  decodeResumeData,
  encodeJournal,
  encodeResumeData,
  resumeKey,
  swarmHash,
} from '../../src/core/resume-data.ts';
import type { PlaceChange } from '../../src/core/place-change.ts';
import type { ResumeData } from '../../src/core/resume-data.ts';
import { parseInfoHash, parseInfoHashV2 } from '../../src/core/ids.ts';

function hash(bytes: Uint8Array, kind: 'sha1' | 'sha256'): Uint8Array {
  return Uint8Array.from(cryptoHash(kind, bytes, 'buffer'));
}

const bitfield = (length: number): fc.Arbitrary<Bitfield> =>
  fc.array(fc.boolean(), { minLength: length, maxLength: length }).map((bits) => {
    const made = new Bitfield(length);
    for (const [at, isSet] of bits.entries()) if (isSet) made.set(at);
    return made;
  });

const mark = fc.option(
  fc.record({ length: fc.maxSafeNat(), modifiedMs: fc.maxSafeNat() }, { noNullPrototype: true }),
  { nil: undefined },
);

const path = fc.string({ unit: 'grapheme' });
const placeChange: fc.Arbitrary<PlaceChange> = fc.oneof(
  fc.record({ type: fc.constant('move'), to: path, directory: path }, { noNullPrototype: true }),
  fc.record(
    { type: fc.constant('copy'), to: path, directory: path, isCopied: fc.boolean() },
    { noNullPrototype: true },
  ),
  fc.record({ type: fc.constant('rename'), file: fc.nat(), name: path }, { noNullPrototype: true }),
);

const resumeData: fc.Arbitrary<ResumeData> = fc
  .tuple(fc.integer({ min: 1, max: 40 }), fc.nat(60))
  .chain(([fileCount, pieceCount]) =>
    fc.record(
      {
        infoHash: fc.constant('ab'.repeat(20)),
        infoHashV2: fc.option(fc.constant('cd'.repeat(32)), { nil: undefined }),
        contentPath: fc.string({ unit: 'grapheme' }),
        directory: fc.option(fc.constant('/downloads'), { nil: undefined }),
        names: fc
          .uniqueArray(fc.tuple(fc.nat(fileCount - 1), fc.string({ unit: 'grapheme' })), {
            selector: ([file]) => file,
          })
          .map((entries) => new Map(entries)),
        change: fc.option(placeChange, { nil: undefined }),
        pieces: bitfield(pieceCount),
        wanted: bitfield(fileCount),
        real: bitfield(fileCount),
        marks: fc.option(fc.array(mark, { minLength: fileCount, maxLength: fileCount }), {
          nil: undefined,
        }),
        uploaded: fc.maxSafeNat(),
        downloaded: fc.maxSafeNat(),
        activeSeconds: fc.maxSafeNat(),
        seedingSeconds: fc.maxSafeNat(),
        infoBytes: fc.uint8Array({ maxLength: 200 }),
        pieceRoots: fc.option(fc.uint8Array({ maxLength: 200 }), { nil: undefined }),
      },
      { noNullPrototype: true },
    ),
  );

const SAMPLE: ResumeData = {
  infoHash: '00112233445566778899aabbccddeeff00112233',
  infoHashV2: undefined,
  contentPath: '/downloads/ü',
  directory: '/downloads',
  names: new Map([[1, 'ö']]),
  change: { type: 'copy', to: '/other/ü', directory: '/other', isCopied: true },
  pieces: Bitfield.decode(Uint8Array.of(0b1010_0000), 3),
  wanted: Bitfield.full(2),
  real: Bitfield.decode(Uint8Array.of(0b0100_0000), 2),
  marks: [{ length: 5, modifiedMs: 1_000 }, undefined],
  uploaded: 7,
  downloaded: 8,
  activeSeconds: 90,
  seedingSeconds: 30,
  infoBytes: new TextEncoder().encode('d4:name1:xe'),
  pieceRoots: undefined,
};

describe('resume data', () => {
  test('comes back as it was stored', () => {
    fc.assert(
      fc.property(resumeData, (data) => {
        assert.deepEqual(decodeResumeData(encodeResumeData(data, hash), hash), data);
      }),
    );
  });

  test('any bytes give resume data or a fault that says why', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        try {
          decodeResumeData(bytes, hash);
        } catch (error) {
          assert.ok(error instanceof LocalFault && error.code === 'RESUME_DATA_BAD');
        }
      }),
    );
  });

  test('any change of one byte of the state is noticed', () => {
    const stored = encodeResumeData(SAMPLE, hash);
    const infoBegin = indexOf(stored, SAMPLE.infoBytes);
    for (let at = 0; at < stored.length; at++) {
      if (at >= infoBegin && at < infoBegin + SAMPLE.infoBytes.length) continue;
      const changed = Uint8Array.from(stored);
      changed[at] = (changed[at] ?? 0) ^ 0x20;
      assert.throws(
        () => decodeResumeData(changed, hash),
        { code: 'RESUME_DATA_BAD' },
        `byte ${at}`,
      );
    }
  });

  test('version 2 stays as it is', () => {
    const text = new TextDecoder('latin1').decode(encodeResumeData(SAMPLE, hash));
    const state = text.slice(text.indexOf('5:state'));
    assert.equal(
      state,
      '5:state352:d14:active secondsi90e6:changed6:copiedi1e9:directory6:/other2:to9:/other/\xc3\xbc' +
        '4:type4:copye9:directory10:/downloads10:downloadedi8e10:file counti2e4:hash40:' +
        '00112233445566778899aabbccddeeff00112233' +
        '5:marksl' +
        'li5ei1000eelee5:nameslli1e2:\xc3\xb6ee4:path13:/downloads/\xc3\xbc11:piece counti3e6:pieces1:\xa0' +
        '4:real1:@15:seeding secondsi30e8:uploadedi7e7:versioni2e6:wanted1:\xc0ee',
    );
  });

  test('what version 1 stored is read, with no time counted', () => {
    // written by the last program that had it, with these values
    const file = new URL('../vectors/resume/version-1.resume', import.meta.url);
    const data = decodeResumeData(Uint8Array.from(readFileSync(file)), hash);
    assert.deepEqual([...data.pieces], [0, 3, 10]);
    assert.deepEqual([[...data.wanted], [...data.real]], [[1], [0, 1]]);
    const { pieces: _p, wanted: _w, real: _r, ...rest } = data;
    assert.deepEqual(rest, {
      infoHash: SAMPLE.infoHash,
      infoHashV2: undefined,
      contentPath: '/downloads/ü',
      directory: undefined,
      names: new Map(),
      change: undefined,
      marks: [undefined, { length: 5, modifiedMs: 1_700_000_000_000 }],
      uploaded: 7,
      downloaded: 9,
      activeSeconds: 0,
      seedingSeconds: 0,
      infoBytes: new TextEncoder().encode('d4:name1:xe'),
      pieceRoots: undefined,
    });
  });

  test('a version that is not known is refused', () => {
    const newer = replaceVersion(encodeResumeData(SAMPLE, hash), 3);
    const refused = { code: 'RESUME_DATA_BAD', details: { why: 'version' } };
    assert.throws(() => decodeResumeData(newer, hash), refused);
  });

  test('a journal gives its pieces, and passes over what a crash left', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(99)), fc.uint8Array({ maxLength: 7 }), (pieces, torn) => {
        const whole = encodeJournal(pieces);
        const bytes = new Uint8Array(whole.length + 16 + torn.length);
        bytes.set(whole);
        bytes.set(torn, whole.length + 16); // after two records that are zeros
        assert.deepEqual(decodeJournal(bytes, 100), new Set(pieces));
      }),
    );
    assert.deepEqual(decodeJournal(encodeJournal([5, 100]), 100), new Set([5]));
  });

  test('the key tells places apart, and names the torrent by its v1 hash or its truncated v2 hash', () => {
    const infoHash = parseInfoHash('11'.repeat(20));
    const infoHashV2 = parseInfoHashV2('22'.repeat(32));
    assert.equal(swarmHash({ infoHash, infoHashV2 }), infoHash);
    assert.equal(swarmHash({ infoHashV2 }), '22'.repeat(20));
    const key = resumeKey(infoHash, '/a', hash);
    assert.match(key, /^(11){20}-[0-9a-f]{12}$/);
    assert.notEqual(key, resumeKey(infoHash, '/b', hash));
  });
});

function indexOf(bytes: Uint8Array, part: Uint8Array): number {
  return Buffer.from(bytes).indexOf(part);
}

/** With another version, and a check that is right. */
function replaceVersion(stored: Uint8Array, version: number): Uint8Array {
  const text = Buffer.from(stored).toString('latin1');
  const begin = text.indexOf(':', text.indexOf('5:state') + 7) + 1;
  const state = text.slice(begin, -1).replace('versioni2e', `versioni${version}e`);
  const check = Buffer.from(hash(Buffer.from(state, 'latin1'), 'sha256')).toString('latin1');
  const at = text.indexOf('5:check32:') + 10;
  const changed = `${text.slice(0, at)}${check}${text.slice(at + 32, begin)}${state}e`;
  return Buffer.from(changed, 'latin1');
}
