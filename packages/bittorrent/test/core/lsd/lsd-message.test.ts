import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PeerFault } from '@coequal/base';
import fc from 'fast-check';
import { parseInfoHash } from '../../../src/core/ids.ts';
import {
  decodeLsdMessage,
  encodeLsdMessage,
  hashesPerMessage,
  LSD_LENGTH_MAX,
} from '../../../src/core/lsd/lsd-message.ts';

const HASH = parseInfoHash('0123456789abcdef0123456789abcdef01234567');
const HOST = '239.192.152.143:6771';
const infoHash = fc
  .uint8Array({ minLength: 20, maxLength: 20 })
  .map((bytes) => parseInfoHash(Buffer.from(bytes).toString('hex')));
const decode = (text: string): ReturnType<typeof decodeLsdMessage> =>
  decodeLsdMessage(Buffer.from(text, 'latin1'));

test('the datagram of BEP 14, line by line', () => {
  const message = { host: HOST, port: 6881, infoHashes: [HASH], cookie: 'abc' };
  const text =
    `BT-SEARCH * HTTP/1.1\r\nHost: ${HOST}\r\nPort: 6881\r\n` +
    `Infohash: ${HASH}\r\ncookie: abc\r\n\r\n\r\n`;
  assert.equal(Buffer.from(encodeLsdMessage(message)).toString('latin1'), text);
  assert.deepEqual(decode(text), message);
});

test('other cases, orders, spaces, line ends and headers are no matter', () => {
  const text = `bt-search * HTTP/1.1\nINFOHASH:${HASH.toUpperCase()}\nX: y\nport:  7 \nno header\n\n`;
  assert.deepEqual(decode(text), { host: '', port: 7, infoHashes: [HASH] });
});

test('what is no search, or names no port or torrent, is a fault', () => {
  const whole = `BT-SEARCH * HTTP/1.1\r\nPort: 6881\r\nInfohash: ${HASH}\r\n\r\n`;
  assert.equal(decode(whole).port, 6881);
  for (const bad of [
    '',
    whole.replace('BT-SEARCH', 'M-SEARCH'),
    whole.replace('6881', '0'),
    whole.replace('6881', '65536'),
    whole.replace('6881', '-1'),
    whole.replace(HASH, HASH.slice(1)),
    whole + ' '.repeat(LSD_LENGTH_MAX),
  ])
    assert.throws(() => decode(bad), PeerFault, bad.slice(0, 60));
});

test('as many info hashes go into one datagram as fit, and come out again', () => {
  const about = { host: '[ff15::efc0:988f]:6771', port: 65_535, cookie: '0123456789abcdef' };
  const count = hashesPerMessage(about);
  assert.ok(count > 20);
  fc.assert(
    fc.property(fc.uniqueArray(infoHash, { minLength: 1, maxLength: count }), (infoHashes) => {
      const bytes = encodeLsdMessage({ ...about, infoHashes });
      assert.ok(bytes.length <= LSD_LENGTH_MAX);
      assert.deepEqual(decodeLsdMessage(bytes), { ...about, infoHashes });
    }),
  );
});

test('any bytes give a message or a PeerFault', () => {
  const line = fc.constantFrom(
    'Port: 1',
    'Port: x',
    `Infohash: ${HASH}`,
    'Infohash: 1',
    'cookie:',
    ':',
  );
  const lines = fc
    .array(fc.oneof(line, fc.string()), { maxLength: 20 })
    .map((some) => Buffer.from(['BT-SEARCH * HTTP/1.1', ...some, ''].join('\r\n')));
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array(), lines), (bytes) => {
      try {
        assert.ok(decodeLsdMessage(bytes).infoHashes.length > 0);
      } catch (error) {
        assert.ok(error instanceof PeerFault);
      }
    }),
  );
});
