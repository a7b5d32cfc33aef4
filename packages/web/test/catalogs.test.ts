import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { IntlMessageFormat } from 'intl-messageformat';
import { ar } from '../src/i18n/ar/index.ts';
import { de } from '../src/i18n/de/index.ts';
import { en } from '../src/i18n/en/index.ts';
import type { Catalog, MessageKey } from '../src/i18n/language.ts';
import { chooseLanguage, localeOf, Words } from '../src/i18n/language.ts';

const KEYS = Object.keys(en) as MessageKey[];

/** Units, names of protocols and figures are the same in both; words are not. */
const SAME_IN_GERMAN: ReadonlySet<string> = new Set([
  'number.rate-unit',
  'number.size-unit',
  'tab.peers',
  'overview.peers',
  'peers.by-tcp',
  'peers.by-utp',
  'sort.name',
]);

interface Element {
  readonly type: number;
  readonly value?: string;
  readonly options?: Readonly<Record<string, { readonly value: readonly Element[] }>>;
}

function elementsOf(text: string, locale: string): readonly Element[] {
  const message = new IntlMessageFormat(text, locale, undefined, { ignoreTag: true });
  return message.getAst();
}

/** Names of what is filled in: all elements but literals and `#` have one. */
function argumentsOf(elements: readonly Element[]): Set<string> {
  const names = new Set<string>();
  for (const { type, value, options } of elements) {
    if (type !== 0 && type !== 7 && value !== undefined) names.add(value);
    for (const option of Object.values(options ?? {}))
      for (const name of argumentsOf(option.value)) names.add(name);
  }
  return names;
}

function pluralFormsOf(elements: readonly Element[]): string[][] {
  return elements.flatMap(({ type, options = {} }) => [
    ...(type === 6 ? [Object.keys(options)] : []),
    ...Object.values(options).flatMap(({ value }) => pluralFormsOf(value)),
  ]);
}

const TRANSLATIONS: readonly (readonly [string, Catalog, ReadonlySet<string>])[] = [
  ['de', de, SAME_IN_GERMAN],
  ['ar', ar, new Set()],
];

for (const [language, catalog, same] of TRANSLATIONS) {
  describe(`the catalog of ${language}`, () => {
    test('has every key of English, and no other', () => {
      assert.deepEqual(Object.keys(catalog).toSorted(), KEYS.toSorted());
    });

    test('says each of them otherwise', () => {
      const untranslated = KEYS.filter((key) => catalog[key] === en[key] && !same.has(key));
      assert.deepEqual(untranslated, []);
      assert.ok(KEYS.every((key) => catalog[key].trim() !== ''));
    });

    test('fills in nothing that English does not', () => {
      for (const key of KEYS) {
        const given = argumentsOf(elementsOf(en[key], 'en'));
        for (const name of argumentsOf(elementsOf(catalog[key], language)))
          assert.ok(given.has(name), `${key} asks for ${name}`);
      }
    });

    test('has all forms of number that its language has', () => {
      const { pluralCategories } = new Intl.PluralRules(language).resolvedOptions();
      for (const key of KEYS) {
        for (const forms of pluralFormsOf(elementsOf(catalog[key], language))) {
          const has = (form: string): boolean =>
            forms.includes(form) || (form === 'zero' && forms.includes('=0'));
          const missing = pluralCategories.filter((form) => !has(form));
          // where a number is written out, the words around it may be the same for all
          if (!catalog[key].includes('{shown}')) assert.deepEqual(missing, [], key);
        }
      }
    });
  });
}

test('every English message is valid', () => {
  for (const key of KEYS) assert.doesNotThrow(() => elementsOf(en[key], 'en'), key);
});

describe('words', () => {
  const english = new Words('en', en);
  const arabic = new Words('ar', ar);
  const told = { code: 'CHOKED', details: { peers: 3 }, text: 'waiting for a turn at 3 peers' };

  test('are the language’s own for a code that the page knows', () => {
    assert.equal(english.tell(told), 'Waiting for a turn at 3 peers');
    assert.match(arabic.tell(told), /نظراء/);
  });

  test('are the peer’s for a code that it does not know, or whose details are others', () => {
    const unknown = { ...told, code: 'OF_TOMORROW' };
    assert.equal(arabic.tell(unknown), 'Waiting for a turn at 3 peers');
    assert.equal(english.tell({ ...told, details: {} }), 'Waiting for a turn at 3 peers');
    assert.equal(english.hint({ ...unknown, hint: 'do this' }), 'Do this');
    assert.equal(english.hint(unknown), undefined);
    // of one that it knows, the peer's hint is for the terminal
    assert.equal(english.hint({ ...told, hint: 'run the same command' }), undefined);
    assert.equal(english.hint({ ...told, details: {}, hint: 'do this' }), 'Do this');
  });

  test('tell sizes in units that one can read', () => {
    const space = { code: 'SPACE_GOOD', details: { free: 4_000_000_000 }, text: '4 GB are free' };
    assert.equal(english.tell(space), '4 GB are free');
  });

  test('say what is wrong with a tracker, as exactly as its details allow, else as the peer put it', () => {
    const refused = {
      code: 'HTTP_FAILED',
      details: { errno: 'ECONNREFUSED' },
      text: 'the tracker cannot be reached: connection refused',
    };
    assert.equal(english.problem(refused), 'it cannot be reached: the connection is refused');
    assert.match(arabic.problem(refused), /رُفض الاتصال/);
    const odd = { ...refused, details: { errno: 'EODD' } };
    assert.equal(english.problem(odd), 'it cannot be reached');
    const said = { code: 'TRACKER_REFUSED', details: { reason: 'no <b>room</b>' }, text: 'x' };
    assert.equal(english.problem(said), 'it refused: no <b>room</b>');
    assert.equal(english.problem({ ...said, details: {} }), 'x');
    assert.equal(english.problem({ ...said, code: 'OF_TOMORROW' }), 'x');
  });

  test('of a key from Object’s prototype are no message', () => {
    const trick = { code: 'constructor', details: {}, text: 'as the peer put it' };
    assert.equal(english.tell(trick), 'As the peer put it');
  });
});

test('the language is the setting’s, else the first of the browser’s that the page speaks', () => {
  assert.equal(chooseLanguage('de', ['ar']), 'de');
  assert.equal(chooseLanguage('system', ['fr-CA', 'ar-EG', 'en']), 'ar');
  assert.equal(chooseLanguage('system', ['fr']), 'en');
  assert.equal(localeOf('de', ['en-US', 'de-CH']), 'de-CH');
  assert.equal(localeOf('ar', ['en-US']), 'ar');
});
