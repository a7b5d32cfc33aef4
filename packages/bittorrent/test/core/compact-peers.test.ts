import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatHex, parseHex, PeerFault } from '@coequal/base';
import * as fc from 'fast-check';
import {
  addressFamily,
  canonicalAddress,
  decodeCompactPeers,
  encodeCompactPeers,
  formatAddress,
  parseAddress,
  unmappedAddress,
} from '../../src/core/compact-peers.ts';

function hex(text: string): Uint8Array {
  const bytes = parseHex(text.replaceAll(' ', ''));
  assert.ok(bytes);
  return bytes;
}

test('a compact IPv4 list has four bytes of address and two of port', () => {
  const peers = [
    { host: '192.0.2.1', port: 6881 },
    { host: '255.0.0.9', port: 65535 },
  ];
  const bytes = hex('c0000201 1ae1 ff000009 ffff');
  assert.deepEqual(decodeCompactPeers(bytes, 4, 100), peers);
  assert.deepEqual(encodeCompactPeers(peers, 4), bytes);
});

test('a compact IPv6 list has sixteen bytes of address and two of port', () => {
  const peers = [{ host: '2001:db8::1:0:0:7', port: 6881 }];
  const bytes = hex('20010db8000000000001000000000007 1ae1');
  assert.deepEqual(decodeCompactPeers(bytes, 6, 100), peers);
  assert.deepEqual(encodeCompactPeers(peers, 6), bytes);
});

test('encoding takes the endpoints of its family and no names', () => {
  const peers = [
    { host: '::1', port: 1 },
    { host: 'peer.example', port: 2 },
    { host: '10.0.0.1', port: 3 },
  ];
  assert.equal(formatHex(encodeCompactPeers(peers, 4)), '0a0000010003');
  assert.equal(formatHex(encodeCompactPeers(peers, 6)), '000000000000000000000000000000010001');
});

test('a part of an entry at the end is a fault', () => {
  assert.throws(() => decodeCompactPeers(new Uint8Array(7), 4, 100), { code: 'BAD_COMPACT_PEERS' });
  assert.throws(() => decodeCompactPeers(new Uint8Array(6), 6, 100), { code: 'BAD_COMPACT_PEERS' });
});

test('any bytes are a list that encodes to the same bytes, or a fault', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.constantFrom(4, 6), (bytes, family) => {
      try {
        const peers = decodeCompactPeers(bytes, family, 10_000);
        assert.deepEqual(encodeCompactPeers(peers, family), bytes);
      } catch (error) {
        assert.ok(error instanceof PeerFault);
      }
    }),
  );
});

test('addresses are written as RFC 5952 says', () => {
  const texts = [
    ['::', '::'],
    ['0:0:0:0:0:0:0:1', '::1'],
    ['2001:DB8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:0db8::0001', '2001:db8::1'],
    ['fe80::', 'fe80::'],
    ['::ffff:c000:0201', '::ffff:192.0.2.1'],
    ['::ffff:192.0.2.1', '::ffff:192.0.2.1'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
    ['192.0.2.255', '192.0.2.255'],
  ] as const;
  for (const [text, canonical] of texts) assert.equal(canonicalAddress(text), canonical, text);
});

test('what is not exactly one address is none', () => {
  const texts = ['', 'host', '1.2.3', '1.2.3.256', '01.2.3.4', '1.2.3.4.5', ' 1.2.3.4', ':', ':::'];
  texts.push('1::2::3', '1:2:3:4:5:6:7', '1:2:3:4:5:6:7:8:9', '1:2:3:4:5:6:7:8::', 'fe80::1%eth0');
  texts.push('[::1]', '::12345', '1.2.3.4::', '::1.2.3.4:5', '0x7f.1.1.1', '1:2:3:4:5:6:7:1.2.3.4');
  for (const text of texts) assert.equal(parseAddress(text), undefined, text);
});

test('formatting and parsing an address give the same bytes', () => {
  const address = fc.oneof(
    fc.uint8Array({ minLength: 4, maxLength: 4 }),
    fc.uint8Array({ minLength: 16, maxLength: 16 }),
    fc
      .array(fc.constantFrom(0, 0, 0, 1, 255), { minLength: 16, maxLength: 16 })
      .map((bytes) => Uint8Array.from(bytes)),
  );
  fc.assert(
    fc.property(address, (bytes) => {
      const text = formatAddress(bytes);
      assert.deepEqual(parseAddress(text), bytes);
      assert.equal(addressFamily(text), bytes.length === 4 ? 4 : 6);
    }),
  );
});

test('no more entries are read than are asked for', () => {
  const bytes = new Uint8Array(6 * 1_000).fill(1);
  assert.equal(decodeCompactPeers(bytes, 4, 10).length, 10);
});

test('an IPv4 address is the same however it is written', () => {
  assert.equal(unmappedAddress('::ffff:192.0.2.1'), '192.0.2.1');
  for (const host of ['192.0.2.1', '2001:db8::1', '::ffff:x', '::ffff:1:2:3']) {
    assert.equal(unmappedAddress(host), host);
  }
});
