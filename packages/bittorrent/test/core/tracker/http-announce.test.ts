import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concatBytes, encodeUtf8, PeerFault } from '@coequal/base';
import * as fc from 'fast-check';
import { encodeBencode } from '../../../src/core/bencode.ts';
import type { BencodeInput } from '../../../src/core/bencode.ts';
import { infoHashOf, parseInfoHash, peerIdOf } from '../../../src/core/ids.ts';
import type { AnnounceRequest } from '../../../src/core/tracker/announce.ts';
import {
  announceUrl,
  decodeHttpAnnounce,
  decodeHttpScrape,
  scrapeQueryUrl,
} from '../../../src/core/tracker/http-announce.ts';

const REQUEST: AnnounceRequest = {
  infoHash: parseInfoHash('000102035a617a7e2d5f2e257f80ff20262b3d3f'),
  peerId: peerIdOf(encodeUtf8('-CQ0100-abcdefghijkl')),
  port: 6881,
  uploaded: 1,
  downloaded: 2,
  left: 3,
  event: undefined,
  peersWanted: 50,
  key: 0xbeef,
};

function answer(input: BencodeInput, status = 200): { status: number; body: Uint8Array } {
  return { status, body: encodeBencode(input) };
}

test('an announce escapes binary bytes and keeps the plain ones', () => {
  assert.equal(
    announceUrl('http://tracker.example/announce', REQUEST),
    'http://tracker.example/announce?info_hash=%00%01%02%03Zaz~-_.%25%7F%80%FF%20%26%2B%3D%3F' +
      '&peer_id=-CQ0100-abcdefghijkl&port=6881&uploaded=1&downloaded=2&left=3&compact=1' +
      '&no_peer_id=1&numwant=50&key=0000beef',
  );
});

test("the tracker's own query stays in front of ours", () => {
  const url = announceUrl('http://tracker.example/a?passkey=x', { ...REQUEST, event: 'started' });
  assert.match(url, /^http:\/\/tracker\.example\/a\?passkey=x&info_hash=%00.*&event=started$/);
  const open = announceUrl('http://tracker.example/a?', REQUEST);
  assert.match(open, /^http:\/\/tracker\.example\/a\?info_hash=%00/);
});

test('the tracker id and own addresses are sent when there are any', () => {
  const url = announceUrl('http://tracker.example/announce', {
    ...REQUEST,
    trackerId: Uint8Array.of(0x61, 0, 0x26),
    ipv6: '2001:db8::1',
  });
  assert.ok(url.endsWith('&key=0000beef&trackerid=a%00%26&ipv6=2001%3Adb8%3A%3A1'), url);
});

test('a compact answer is read whole', () => {
  const peers = Uint8Array.of(192, 0, 2, 1, 0x1a, 0xe1, 192, 0, 2, 2, 0, 0);
  const peers6 = Uint8Array.of(0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0x1a, 0xe2);
  const decoded = decodeHttpAnnounce(
    answer({
      interval: 1800,
      'min interval': 900,
      'tracker id': 'abc',
      complete: 5,
      incomplete: 7,
      downloaded: 9,
      peers,
      peers6,
      'warning message': 'be\u001b[31m kind',
      'external ip': Uint8Array.of(203, 0, 113, 9),
    }),
  );
  assert.deepEqual(decoded, {
    intervalMs: 1_800_000,
    minIntervalMs: 900_000,
    peers: [
      { host: '192.0.2.1', port: 6881 }, // the second has port 0: nobody can be there
      { host: '2001:db8::1', port: 6882 },
    ],
    seeds: 5,
    leechers: 7,
    downloadedCount: 9,
    warning: 'be [31m kind',
    trackerId: encodeUtf8('abc'),
    externalAddress: '203.0.113.9',
  });
});

test('peers may come as dictionaries, and names and bad ports among them are passed over', () => {
  const decoded = decodeHttpAnnounce(
    answer({
      interval: 1800,
      peers: [
        { ip: '192.0.2.1', port: 6881, 'peer id': 'x'.repeat(20) },
        { ip: '2001:DB8:0::1', port: 6882 },
        { ip: 'peer.example', port: 6883 },
        { ip: '192.0.2.4', port: 70_000 },
        { ip: '192.0.2.4', port: -1 },
        'nonsense',
      ],
    }),
  );
  assert.deepEqual(decoded.peers, [
    { host: '192.0.2.1', port: 6881 },
    { host: '2001:db8::1', port: 6882 },
  ]);
});

test('an answer without anything is valid and has the usual interval', () => {
  const decoded = decodeHttpAnnounce(answer({}));
  assert.equal(decoded.intervalMs, 1_800_000);
  assert.deepEqual(decoded.peers, []);
});

test('intervals are kept within a minute and a day', () => {
  assert.equal(decodeHttpAnnounce(answer({ interval: 0 })).intervalMs, 60_000);
  assert.equal(decodeHttpAnnounce(answer({ interval: 10 ** 9 })).intervalMs, 86_400_000);
  const long = decodeHttpAnnounce(answer({ interval: 600, 'min interval': 10 ** 9 }));
  assert.equal(long.minIntervalMs, 600_000);
});

test('at most a thousand peers are taken, each once', () => {
  const peers = new Uint8Array(6 * 3_000);
  for (let i = 0; i < 3_000; i++) peers.set([10, 0, (i >> 1) >> 8, (i >> 1) & 0xff, 1, 1], i * 6);
  const decoded = decodeHttpAnnounce(answer({ peers }));
  assert.equal(decoded.peers.length, 1_000);
  assert.deepEqual(decoded.peers.at(-1), { host: '10.0.3.231', port: 257 });
});

test('a refusal carries the reason, cleaned and cut, whatever the status', () => {
  for (const status of [200, 400]) {
    assert.throws(
      () =>
        decodeHttpAnnounce(answer({ 'failure reason': `no\u202e\n${'x'.repeat(900)}` }, status)),
      {
        code: 'TRACKER_REFUSED',
        details: { reason: `no ${'x'.repeat(196)}…`, retryAfterMs: undefined },
      },
    );
  }
});

test('a refusal may say when to come back', () => {
  const retries = [
    [5, 300_000],
    ['7', 420_000],
    ['never', 86_400_000],
    ['soon', undefined],
    [10 ** 12, 86_400_000],
  ] as const;
  for (const [retry, retryAfterMs] of retries) {
    assert.throws(
      () => decodeHttpAnnounce(answer({ 'failure reason': 'busy', 'retry in': retry })),
      {
        details: { reason: 'busy', retryAfterMs },
      },
    );
  }
});

test('a page for people is a fault that names the status', () => {
  const page = { status: 502, body: encodeUtf8('<html>Bad gateway</html>') };
  assert.throws(() => decodeHttpAnnounce(page), {
    code: 'TRACKER_HTTP_STATUS',
    details: { status: 502 },
  });
});

test('an answer that is no dictionary, or has no peers in its peers, is a fault', () => {
  assert.throws(() => decodeHttpAnnounce(answer([])), { code: 'BAD_TRACKER_ANSWER' });
  assert.throws(() => decodeHttpAnnounce(answer({ peers: 5 })), { code: 'BAD_TRACKER_ANSWER' });
  assert.throws(() => decodeHttpAnnounce(answer({ peers: 'abcde' })), {
    code: 'BAD_COMPACT_PEERS',
  });
});

test('a line break after the answer does no harm', () => {
  const body = concatBytes([encodeBencode({ interval: 900 }), encodeUtf8('\r\n')]);
  assert.equal(decodeHttpAnnounce({ status: 200, body }).intervalMs, 900_000);
});

test('a scrape asks for all info hashes and finds each', () => {
  const unknown = infoHashOf(new Uint8Array(20));
  const url = scrapeQueryUrl('http://tracker.example/scrape?k=1', [REQUEST.infoHash, unknown]);
  assert.match(url, /\?k=1&info_hash=%00%01%02%03Zaz[^&]*&info_hash=(%00){20}$/);
  const key = '\u0000\u0001\u0002\u0003Zaz~-_.%\u007f\u0080\u00ff &+=?';
  const files = { [key]: { complete: 3, incomplete: 4, downloaded: 5, name: 'x' } };
  assert.deepEqual(decodeHttpScrape(answer({ files }), [REQUEST.infoHash, unknown]), [
    { seeds: 3, leechers: 4, downloadedCount: 5 },
    undefined,
  ]);
  assert.throws(() => decodeHttpScrape(answer({}), [unknown]), { code: 'BAD_TRACKER_ANSWER' });
});

/** Answers that are nearly right, which random bytes never are. */
const nearAnswer = fc.dictionary(
  fc.constantFrom(
    'interval',
    'min interval',
    'peers',
    'peers6',
    'complete',
    'tracker id',
    'files',
    'external ip',
    'failure reason',
    'retry in',
    'warning message',
  ),
  fc.oneof(
    fc.maxSafeInteger(),
    fc.uint8Array({ maxLength: 36 }),
    fc.string(),
    fc.array(
      fc.dictionary(fc.constantFrom('ip', 'port'), fc.oneof(fc.integer(), fc.ipV4(), fc.string())),
    ),
    fc.constant({ a: 1 }),
  ),
);

test('any bytes are an answer or a fault', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    nearAnswer.map((input) => encodeBencode(input)),
  );
  fc.assert(
    fc.property(bytes, fc.constantFrom(200, 404), (body, status) => {
      for (const decode of [
        decodeHttpAnnounce,
        (given: { status: number; body: Uint8Array }) =>
          decodeHttpScrape(given, [REQUEST.infoHash]),
      ]) {
        try {
          decode({ status, body });
        } catch (error) {
          assert.ok(error instanceof PeerFault, String(error));
        }
      }
    }),
    { numRuns: 500 },
  );
});
