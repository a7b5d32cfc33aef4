import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeUtf8, formatHex, parseHex, PeerFault } from '@coequal/base';
import * as fc from 'fast-check';
import { infoHashOf, peerIdOf } from '../../../src/core/ids.ts';
import type { AnnounceRequest } from '../../../src/core/tracker/announce.ts';
import { decodeReply, encodeConnect, encodeQuery } from '../../../src/core/tracker/udp-packets.ts';

function hex(text: string): Uint8Array {
  const bytes = parseHex(text.replaceAll(/\s/g, ''));
  assert.ok(bytes);
  return bytes;
}

const infoHash = infoHashOf(new Uint8Array(20).fill(0x11));

const ANNOUNCE: AnnounceRequest = {
  infoHash,
  peerId: peerIdOf(new Uint8Array(20).fill(0x22)),
  port: 6881,
  uploaded: 3,
  downloaded: 1,
  left: 2 ** 40,
  event: 'started',
  peersWanted: 50,
  key: 0xdeadbeef,
};

const CONNECT_ID = 0x0102030405060708n;

test('a connect request is the protocol id, the action and the transaction id', () => {
  assert.equal(formatHex(encodeConnect(0xaabbccdd)), '000004172710198000000000aabbccdd');
});

test('an announce has its fields where BEP 15 puts them', () => {
  const packet = encodeQuery({ type: 'announce', announce: ANNOUNCE, urlData: '' }, CONNECT_ID, 7);
  const expected = hex(`
    0102030405060708 00000001 00000007
    1111111111111111111111111111111111111111
    2222222222222222222222222222222222222222
    0000000000000001 0000010000000000 0000000000000003
    00000002 00000000 deadbeef 00000032 1ae1`);
  assert.equal(formatHex(packet), formatHex(expected));
});

test('events are numbered as BEP 15 does', () => {
  const numbers = ([undefined, 'completed', 'started', 'stopped'] as const).map((event) => {
    const announce = { ...ANNOUNCE, event };
    return encodeQuery({ type: 'announce', announce, urlData: '' }, CONNECT_ID, 7)[83];
  });
  assert.deepEqual(numbers, [0, 1, 2, 3]);
});

test('the URL data follows as an option (the example of BEP 41)', () => {
  const urlData = '/dir?a=b&c=d';
  const packet = encodeQuery({ type: 'announce', announce: ANNOUNCE, urlData }, CONNECT_ID, 7);
  assert.equal(formatHex(packet.subarray(98)), `020c${formatHex(encodeUtf8(urlData))}`);
});

test('URL data of more than 255 bytes is spread over several options', () => {
  const urlData = `/${'a'.repeat(299)}`;
  const packet = encodeQuery({ type: 'announce', announce: ANNOUNCE, urlData }, CONNECT_ID, 7);
  const options = packet.subarray(98);
  assert.deepEqual([options[0], options[1], options[257], options[258]], [2, 255, 2, 45]);
  assert.equal(options.length, 2 + 255 + 2 + 45);
});

test('a scrape lists info hashes', () => {
  const other = infoHashOf(new Uint8Array(20).fill(0x33));
  const packet = encodeQuery({ type: 'scrape', infoHashes: [infoHash, other] }, CONNECT_ID, 9);
  assert.equal(
    formatHex(packet),
    `01020304050607080000000200000009${'11'.repeat(20)}${'33'.repeat(20)}`,
  );
});

test('replies are read', () => {
  const expected = { transactionId: 7, family: 4, scraped: 2 } as const;
  assert.deepEqual(
    decodeReply(hex('00000000 00000007 0102030405060708'), { ...expected, action: 'connect' }),
    { type: 'connected', connectionId: CONNECT_ID },
  );
  const announced = hex('00000001 00000007 00000708 00000005 00000003 c0000201 1ae1 c0000202 0000');
  const v4 = decodeReply(announced, { ...expected, action: 'announce' });
  assert.ok(v4.type === 'announced');
  assert.equal(v4.answer.intervalMs, 1_800_000);
  assert.equal(v4.answer.minIntervalMs, 300_000);
  assert.equal(v4.answer.leechers, 5);
  assert.equal(v4.answer.seeds, 3);
  assert.deepEqual(v4.answer.peers, [{ host: '192.0.2.1', port: 6881 }]);
  assert.deepEqual(
    decodeReply(hex('00000002 00000007 00000001 00000002 00000003 00000004 00000005 00000006'), {
      ...expected,
      action: 'scrape',
    }),
    {
      type: 'scraped',
      counts: [
        { seeds: 1, downloadedCount: 2, leechers: 3 },
        { seeds: 4, downloadedCount: 5, leechers: 6 },
      ],
    },
  );
  assert.deepEqual(
    decodeReply(hex(`00000003 00000007 ${formatHex(encodeUtf8('no\u0007pe'))}`), {
      ...expected,
      action: 'announce',
    }),
    { type: 'refused', reason: 'no pe' },
  );
});

test('peers over IPv6 have entries of 18 bytes', () => {
  const packet = hex(`00000001 00000007 00000708 00000000 00000001
    20010db8000000000000000000000001 1ae1`);
  const reply = decodeReply(packet, {
    action: 'announce',
    transactionId: 7,
    family: 6,
    scraped: 0,
  });
  assert.ok(reply.type === 'announced');
  assert.deepEqual(reply.answer.peers, [{ host: '2001:db8::1', port: 6881 }]);
});

test('a wrong transaction, action or length is a fault', () => {
  const expected = { action: 'scrape', transactionId: 7, family: 4, scraped: 1 } as const;
  const codes = [
    ['00000002 00000008 000000010000000200000003', 'WRONG_TRANSACTION'],
    ['00000001 00000007 000000010000000200000003', 'WRONG_ACTION'],
    ['00000002 00000007 0000000100000002', 'MESSAGE_TOO_SHORT'],
    ['00000002 00000007 00000001000000020000000300', 'MESSAGE_TOO_LONG'],
    ['00000002', 'MESSAGE_TOO_SHORT'],
  ] as const;
  for (const [packet, code] of codes) {
    assert.throws(() => decodeReply(hex(packet), expected), { code }, packet);
  }
});

test('any bytes are a reply or a fault', () => {
  const head = fc.constantFrom(
    '0000000000000007',
    '0000000100000007',
    '0000000200000007',
    '0000000300000007',
    '',
  );
  fc.assert(
    fc.property(
      head,
      fc.uint8Array({ maxLength: 80 }),
      fc.constantFrom('connect', 'announce', 'scrape'),
      fc.constantFrom(4, 6),
      (start, rest, action, family) => {
        try {
          const packet = Uint8Array.from([...hex(start), ...rest]);
          decodeReply(packet, { action, transactionId: 7, family, scraped: 3 });
        } catch (error) {
          assert.ok(error instanceof PeerFault);
        }
      },
    ),
    { numRuns: 500 },
  );
});
