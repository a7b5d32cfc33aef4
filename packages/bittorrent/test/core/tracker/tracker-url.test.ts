import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PeerFault } from '@coequal/base';
import * as fc from 'fast-check';
import {
  formatTrackerUrl,
  parseTrackerUrl,
  scrapeUrl,
} from '../../../src/core/tracker/tracker-url.ts';

test('HTTP addresses keep their path and query and lose the fragment', () => {
  assert.deepEqual(parseTrackerUrl(' https://Tracker.Example:443/x/announce?k=%20a#top '), {
    type: 'http',
    url: 'https://tracker.example/x/announce?k=%20a',
  });
});

test('UDP addresses are taken apart, and the path and query become URL data', () => {
  const udp = (text: string): unknown => parseTrackerUrl(text);
  const host = 'tracker.example';
  assert.deepEqual(udp(`udp://${host}:6969`), { type: 'udp', host, port: 6969, urlData: '' });
  assert.deepEqual(udp(`udp://${host}:6969/`), { type: 'udp', host, port: 6969, urlData: '' });
  assert.deepEqual(udp(`UDP://${host}/dir?a=b&c=d`), {
    type: 'udp',
    host,
    port: 80,
    urlData: '/dir?a=b&c=d',
  });
  assert.deepEqual(udp('udp://[2001:DB8::1]:1/?x'), {
    type: 'udp',
    host: '2001:db8::1',
    port: 1,
    urlData: '/?x',
  });
  assert.deepEqual(udp('udp://bücher.example:1'), {
    type: 'udp',
    host: 'xn--bcher-kva.example',
    port: 1,
    urlData: '',
  });
});

test('what is no tracker for us says why', () => {
  const codes = [
    ['wss://tracker.example', 'TRACKER_NOT_SUPPORTED'],
    ['file:///etc/passwd', 'TRACKER_NOT_SUPPORTED'],
    ['', 'BAD_TRACKER_URL'],
    ['tracker.example:80', 'BAD_TRACKER_URL'],
    ['http://', 'BAD_TRACKER_URL'],
    ['udp://tracker.example:99999', 'BAD_TRACKER_URL'],
    ['udp://tracker.example:0', 'BAD_TRACKER_URL'],
    ['http://user:secret@tracker.example/announce', 'BAD_TRACKER_URL'],
    [`http://tracker.example/${'a'.repeat(2_048)}`, 'BAD_TRACKER_URL'],
    [`http://tracker.example/${'é'.repeat(1_000)}`, 'BAD_TRACKER_URL'],
  ] as const;
  for (const [text, code] of codes) assert.throws(() => parseTrackerUrl(text), { code }, text);
});

test('on this computer only what is called announce is taken for a tracker', () => {
  const local = [
    '127.0.0.1:8080',
    'localhost',
    'x.localhost',
    '[::1]',
    '0.0.0.0',
    '2130706433',
    '[::ffff:127.0.0.1]',
  ];
  for (const host of local) {
    assert.throws(
      () => parseTrackerUrl(`http://${host}/admin?reboot=1`),
      { code: 'TRACKER_URL_REFUSED' },
      host,
    );
    assert.equal(parseTrackerUrl(`http://${host}/announce`).type, 'http');
    assert.equal(parseTrackerUrl(`http://${host}/key/announce.php?x`).type, 'http');
  }
  assert.equal(parseTrackerUrl('udp://127.0.0.1:8080').type, 'udp');
});

test('the scrape address is made by replacing announce after the last slash', () => {
  const rule = [
    ['http://example.com/announce', 'http://example.com/scrape'],
    ['http://example.com/x/announce', 'http://example.com/x/scrape'],
    ['http://example.com/announce.php', 'http://example.com/scrape.php'],
    ['http://example.com/announce?x2%0644', 'http://example.com/scrape?x2%0644'],
    ['http://example.com/a', undefined],
    ['http://example.com/announce?x=2/4', 'http://example.com/scrape?x=2/4'],
    ['http://example.com/x%064announce', undefined],
  ] as const;
  for (const [announce, scrape] of rule) assert.equal(scrapeUrl(announce), scrape);
});

test('any text is a tracker whose own text reads as the same tracker, or a fault', () => {
  const near = fc
    .tuple(
      fc.constantFrom('http', 'https', 'udp'),
      fc.string(),
      fc.webPath(),
      fc.webQueryParameters(),
    )
    .map(([scheme, host, path, query]) => `${scheme}://${host}${path}?${query}`);
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.webUrl(), near), (text) => {
      try {
        const tracker = parseTrackerUrl(text);
        assert.deepEqual(parseTrackerUrl(formatTrackerUrl(tracker)), tracker);
      } catch (error) {
        if (!(error instanceof PeerFault)) throw error;
      }
    }),
    { numRuns: 1_000 },
  );
});
