import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { wantedBytes } from '../../src/guest/byte-range.ts';
import {
  DistinctNames,
  contentDisposition,
  numberedName,
  percentEncoded,
  safeName,
} from '../../src/guest/guest-names.ts';
import { guestPage } from '../../src/guest/guest-page.ts';
import { WORDS, dateIn, filesIn, guestLanguage, sizeIn } from '../../src/guest/guest-words.ts';

const ANY_NAME = fc.string({ unit: 'binary', maxLength: 400 });

void test('whatever a guest calls a file, it gets a name that stays in its folder on any system', () => {
  fc.assert(
    fc.property(ANY_NAME, (given) => {
      const name = safeName(given);
      assert.ok(name !== '' && Buffer.byteLength(name) <= 255, name);
      assert.doesNotMatch(name, /[/\\:*?"<>|\0\r\n]|^\.|[. ]$/);
      assert.equal(safeName(name), name);
    }),
  );
  assert.equal(safeName('../../etc/passwd'), '_.._etc_passwd');
  assert.equal(safeName('.ssh'), 'ssh');
  assert.equal(safeName('C:\\Windows\\x.exe'), 'C__Windows_x.exe');
  assert.equal(safeName('CON.txt'), '_CON.txt');
  assert.equal(safeName('photo\u202egpj.exe'), 'photo_gpj.exe');
  assert.equal(safeName('..'), 'file');
  assert.equal(safeName(`${'ä'.repeat(300)}.jpeg`), `${'ä'.repeat(125)}.jpeg`);
});

void test('names that are the same but for their case are told apart', () => {
  const names = new DistinctNames();
  const taken = ['a/Photo.jpg', 'a/photo.JPG', 'b/photo.jpg', 'a/photo.jpg'].map((name) =>
    names.take(name),
  );
  assert.deepEqual(taken, ['a/Photo.jpg', 'a/photo (2).JPG', 'b/photo.jpg', 'a/photo (3).jpg']);
  assert.equal(numberedName('archive', 3), 'archive (3)');
});

void test('no name of a file ends a header or begins another', () => {
  fc.assert(
    fc.property(ANY_NAME, (name) => {
      const header = contentDisposition(name);
      assert.match(header, /^attachment; filename="[^"\\\r\n]*"; filename\*=UTF-8''[\w.~%-]*$/);
      assert.match(percentEncoded(name), /^[\w.~%-]*$/);
    }),
  );
  const evil = contentDisposition('a"\r\nSet-Cookie: x=1');
  assert.match(
    evil,
    /^attachment; filename="a___Set-Cookie: x=1"; filename\*=UTF-8''a%22%0D%0ASet/,
  );
});

void test('of ranges one is followed, and none that could make us send a file many times', () => {
  const asked = (range?: string, ifRange?: string) => wantedBytes(range, ifRange, '"t"', 100);
  assert.deepEqual(asked(), { type: 'whole' });
  assert.deepEqual(asked('bytes=0-'), { type: 'part', first: 0, last: 99 });
  assert.deepEqual(asked('bytes=10-19'), { type: 'part', first: 10, last: 19 });
  assert.deepEqual(asked('bytes=90-1000'), { type: 'part', first: 90, last: 99 });
  assert.deepEqual(asked('bytes=-5'), { type: 'part', first: 95, last: 99 });
  assert.deepEqual(asked('bytes=-500'), { type: 'part', first: 0, last: 99 });
  assert.deepEqual(asked('bytes=100-'), { type: 'unsatisfiable' });
  assert.deepEqual(asked('bytes=-0'), { type: 'unsatisfiable' });
  const others = ['bytes=0-,0-,0-', 'bytes=5-4', 'bytes=-', 'bits=0-1', 'bytes=a-b', 'bytes=0x1-2'];
  for (const range of others) assert.deepEqual(asked(range), { type: 'whole' }, range);
  assert.deepEqual(asked('bytes=9-', '"t"'), { type: 'part', first: 9, last: 99 });
  for (const tag of ['"u"', 'W/"t"', 'Fri, 27 Nov 2026 00:00:00 GMT'])
    assert.deepEqual(asked('bytes=9-', tag), { type: 'whole' }, tag);
  assert.deepEqual(wantedBytes('bytes=0-', undefined, '"t"', 0), { type: 'unsatisfiable' });
  fc.assert(
    fc.property(fc.string(), fc.nat(), (range, length) => {
      const wanted = wantedBytes(`bytes=${range}`, undefined, '"t"', length);
      if (wanted.type === 'part') assert.ok(wanted.first <= wanted.last && wanted.last < length);
    }),
  );
});

void test('the language is the one chosen, else what the browser would rather have', () => {
  assert.equal(guestLanguage('de', 'ar'), 'de');
  assert.equal(guestLanguage('fr', 'fr-CA, ar-EG;q=0.8, de;q=0.9'), 'de');
  assert.equal(guestLanguage(null, 'fr, ar;q=0, xx'), 'en');
  assert.equal(guestLanguage(null, undefined), 'en');
  assert.equal(guestLanguage(null, `${'x,'.repeat(10_000)}de`), 'en');
});

void test('each language says all, and numbers, sizes and dates in its own way', () => {
  const keys = Object.keys(WORDS.en).toSorted();
  for (const language of ['de', 'ar'] as const) {
    assert.deepEqual(Object.keys(WORDS[language]).toSorted(), keys);
    assert.deepEqual(
      Object.keys(WORDS[language].problems).toSorted(),
      Object.keys(WORDS.en.problems).toSorted(),
    );
    const { pluralCategories } = new Intl.PluralRules(language).resolvedOptions();
    assert.deepEqual(Object.keys(WORDS[language].files).toSorted(), pluralCategories.toSorted());
  }
  assert.equal(filesIn('en', 1), '1 file');
  assert.equal(filesIn('ar', 2), 'ملفان');
  assert.equal(sizeIn('de', 5_300_000), '5,3 MB');
  assert.equal(sizeIn('en', 999_600), '1 MB');
  assert.match(dateIn('de', Date.UTC(2026, 10, 27)), /November/);
});

void test('what a file or a link is called is text on the page, whatever is in it', () => {
  const evil = `"><script>alert(1)</script>&'`;
  const page = guestPage(
    {
      title: evil,
      files: [1, 2].map((number) => ({ name: `${evil}${number}`, length: 1 })),
      zipName: 'x.zip',
      zipLength: 1,
      expiresAt: 0,
      uploadBytesMax: undefined,
      encryption: 'none',
    },
    'en',
  );
  assert.ok(!page.includes('<script'));
  assert.ok(page.includes('&quot;&gt;&lt;script&gt;'));
});
