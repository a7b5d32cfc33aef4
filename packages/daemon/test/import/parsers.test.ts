// What another program wrote may be damaged, or of a version that nobody here saw.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { LocalFault, PeerFault } from '@coequal/base';
import { encodeBencode } from '@coequal/bittorrent';
import type { BencodeInput } from '@coequal/bittorrent';
import fc from 'fast-check';
import { decodeState } from '../../src/import/foreign-transfer.ts';
import type { ForeignFacts } from '../../src/import/foreign-transfer.ts';
import {
  factsOfQbittorrent,
  magnetOfFastresume,
  NO_PLACES,
  ownOfFastresume,
  parseCategories,
  parseConfiguration,
} from '../../src/import/qbittorrent-state.ts';
import { factsOfTransmission, magnetOfInfo } from '../../src/import/transmission-state.ts';
import { SAMPLES } from './samples.ts';

function qbittorrent(bytes: Uint8Array): ForeignFacts {
  const resume = decodeState(bytes);
  magnetOfFastresume(resume, undefined);
  return factsOfQbittorrent(resume, ownOfFastresume(resume), NO_PLACES);
}

function transmission(bytes: Uint8Array): ForeignFacts {
  const resume = decodeState(bytes);
  magnetOfInfo(resume);
  return factsOfTransmission(resume);
}

const PARSERS = [
  ['qBittorrent', 'qbittorrent-4.5.2/data/BT_backup', qbittorrent],
  ['Transmission', 'transmission-3.00/resume', transmission],
] as const;

function assertSound(facts: ForeignFacts): void {
  assert.ok(facts.claimed >= 0 && facts.claimed <= 1);
  for (const count of [facts.uploaded, facts.downloaded, facts.seedSeconds])
    assert.ok(Number.isSafeInteger(count) && count >= 0);
  for (const time of [facts.addedAt, facts.completedAt])
    assert.ok(time === undefined || Number.isSafeInteger(time));
  const { up, down } = facts.limits;
  for (const rate of [up, down]) assert.ok(rate === null || (Number.isInteger(rate) && rate >= 1));
  const { ratio, seedMinutes } = facts.goals;
  for (const goal of [ratio, seedMinutes])
    assert.ok(goal === null || (Number.isFinite(goal) && goal >= 0));
  assert.ok(facts.tags.length <= 50);
  for (const label of [...facts.tags, facts.category ?? 'x'])
    assert.ok(/\S/.test(label) && label.length <= 100);
}

/** Values of any kind under keys of theirs. */
function anyState(keys: readonly string[]): fc.Arbitrary<Uint8Array> {
  const { value } = fc.letrec<{ value: BencodeInput }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      fc.maxSafeInteger(),
      fc.constantFrom(-2, -1, 0, 1, 2, 7),
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n }),
      fc.string(),
      fc.uint8Array({ maxLength: 40 }),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(
        fc.constantFrom('use-speed-limit', 'speed-Bps', 'ratio-mode', 'blocks'),
        tie('value'),
      ),
    ),
  }));
  return fc.dictionary(fc.constantFrom(...keys), value).map((state) => encodeBencode(state));
}

for (const [program, folder, parse] of PARSERS) {
  const samples = readdirSync(join(SAMPLES, folder))
    .filter((name) => name.endsWith('resume'))
    .map((name) => readFileSync(join(SAMPLES, folder, name)));
  const keys = [...new Set(samples.flatMap((bytes) => decodeState(bytes).keys))];

  describe(`state of ${program}`, () => {
    test('in any form gives facts that are sound', () => {
      assert.ok(keys.length > 10);
      fc.assert(fc.property(anyState(keys), (bytes) => assertSound(parse(bytes))));
    });

    test('that is damaged is told, or read as far as it goes', () => {
      const damaged = fc.record({
        sample: fc.constantFrom(...samples),
        at: fc.nat(),
        bytes: fc.uint8Array({ minLength: 1, maxLength: 8 }),
        isCut: fc.boolean(),
      });
      fc.assert(
        fc.property(damaged, ({ sample, at, bytes, isCut }) => {
          const copy = Uint8Array.from(sample);
          const place = at % copy.length;
          copy.set(bytes.subarray(0, copy.length - place), place);
          try {
            assertSound(parse(isCut ? copy.subarray(0, place) : copy));
          } catch (error) {
            if (!(error instanceof LocalFault || error instanceof PeerFault)) throw error;
          }
        }),
        { numRuns: 500 },
      );
    });

    test('of any bytes is told', () => {
      fc.assert(
        fc.property(fc.uint8Array(), (bytes) => {
          try {
            parse(bytes);
          } catch (error) {
            if (!(error instanceof LocalFault || error instanceof PeerFault)) throw error;
          }
        }),
      );
    });
  });
}

describe('settings of qBittorrent', () => {
  test('tell where transfers go', () => {
    const text =
      '[BitTorrent]\nSession\\DefaultSavePath=/srv/F\\xfclme\nSession\\TempPath="/srv/new, here"\nSession\\TempPathEnabled=true\n';
    assert.deepEqual(parseConfiguration(text), {
      defaultSavePath: '/srv/Fülme',
      tempPath: '/srv/new, here',
    });
    assert.deepEqual(parseConfiguration('Downloads\\SavePath=/old'), {
      defaultSavePath: '/old',
      tempPath: undefined,
    });
  });

  test('have categories in the form of now and of before 4.4', () => {
    const categories = parseCategories(
      '{"a":{"save_path":"/a"},"b":{"save_path":""},"c":"/c"," ":1}',
    );
    assert.deepEqual(
      [...categories],
      [
        ['a', '/a'],
        ['b', undefined],
        ['c', '/c'],
      ],
    );
    for (const text of ['', '[]', 'null', '{', '1']) assert.equal(parseCategories(text).size, 0);
  });

  test('may be anything', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        parseConfiguration(text);
        parseCategories(text);
      }),
    );
    fc.assert(fc.property(fc.json(), (text) => void parseCategories(text)));
  });
});

test('Transmission 4.1 writes its keys with another line', () => {
  const facts = transmission(
    encodeBencode({
      added_date: 1_700_000_000,
      destination: '/srv/films',
      incomplete_dir: '/srv/new',
      ratio_limit: { ratio_limit: '1.5', ratio_mode: 1 },
      speed_limit_up: { speed_Bps: 7_000, use_speed_limit: 1 },
      seeding_time_seconds: 40,
      sequential_download: 1,
    }),
  );
  assert.deepEqual(facts.places, ['/srv/films', '/srv/new']);
  assert.equal(facts.addedAt, 1_700_000_000_000);
  assert.equal(facts.goals.ratio, 1.5);
  assert.equal(facts.limits.up, 7_000);
  assert.equal(facts.seedSeconds, 40);
  assert.ok(facts.isSequential);
});

test('qBittorrent’s own choice of folder is that of category and settings, for what lies aside', () => {
  const places = {
    defaultSavePath: '/srv/films/',
    tempPath: '/srv/new',
    categories: new Map([['own', '/srv/own']]),
  };
  const lastOf = (category: string, here: string): string | undefined => {
    const state = { 'qBt-category': category, 'qBt-savePath': '', save_path: here };
    const resume = decodeState(encodeBencode(state));
    return factsOfQbittorrent(resume, ownOfFastresume(resume), places).lastPlace;
  };
  assert.equal(lastOf('', '/srv/new'), '/srv/films/');
  assert.equal(lastOf('own', '/srv/new'), '/srv/own');
  assert.equal(lastOf('other', '/srv/new'), '/srv/films/other');
  // it is where it is to be
  assert.equal(lastOf('other', '/srv/elsewhere'), undefined);
});
