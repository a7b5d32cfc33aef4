import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PeerFault } from '@coequal/base';
import type { Endpoint } from '@coequal/base';
import fc from 'fast-check';
import { encodeBencode } from '../../../src/core/bencode.ts';
import { formatAddress } from '../../../src/core/compact-peers.ts';
import {
  decodePexMessage,
  encodePexMessage,
  PEX_FLAG,
  PEX_PEERS_MAX,
  PEX_PEERS_TAKEN_MAX,
} from '../../../src/core/wire/pex-message.ts';

const address = (length: number): fc.Arbitrary<string> =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((bytes) => formatAddress(bytes));
const endpoint = (length: number): fc.Arbitrary<Endpoint> =>
  fc.record({ host: address(length), port: fc.nat(0xffff) }, { noNullPrototype: true });
const added = (length: number): fc.Arbitrary<{ endpoint: Endpoint; flags: number }[]> =>
  fc.array(
    fc.record({ endpoint: endpoint(length), flags: fc.nat(31) }, { noNullPrototype: true }),
    { maxLength: 25 },
  );
const dropped = (length: number): fc.Arbitrary<Endpoint[]> =>
  fc.array(endpoint(length), { maxLength: 25 });

test('a message of both families, byte by byte', () => {
  const message = {
    added: [
      { endpoint: { host: '192.0.2.1', port: 6881 }, flags: PEX_FLAG.outgoing },
      {
        endpoint: { host: '2001:db8::1', port: 0x6162 },
        flags: PEX_FLAG.uploadOnly | PEX_FLAG.prefersEncryption,
      },
    ],
    dropped: [{ host: '65.66.67.68', port: 0x4546 }],
  };
  const bytes = encodePexMessage(message);
  assert.equal(
    Buffer.from(bytes).toString('latin1'),
    'd5:added6:\u00c0\u0000\u0002\u0001\u001a\u00e17:added.f1:\u0010' +
      '6:added618:\u0020\u0001\r\u00b8' +
      '\u0000'.repeat(11) +
      '\u0001ab' +
      '8:added6.f1:\u00037:dropped6:ABCDEFe',
  );
  assert.deepEqual(decodePexMessage(bytes), message);
});

test('what is encoded is decoded again', () => {
  fc.assert(
    fc.property(added(4), added(16), dropped(4), dropped(16), (four, six, less4, less6) => {
      // an IPv4 address in an IPv6 one is of both families, and told as one of IPv6
      const message = { added: [...four, ...six], dropped: [...less4, ...less6] };
      assert.deepEqual(decodePexMessage(encodePexMessage(message)), message);
    }),
  );
});

test('any bytes give a message or a PeerFault', () => {
  const keys = ['added', 'added.f', 'added6', 'added6.f', 'dropped', 'dropped6', 'x'];
  const value = fc.oneof(fc.uint8Array({ maxLength: 60 }), fc.integer());
  const dictionary = fc.dictionary(fc.constantFrom(...keys), value).map(encodeBencode);
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array(), dictionary), (bytes) => {
      try {
        const message = decodePexMessage(bytes);
        assert.ok(message.added.length <= PEX_PEERS_TAKEN_MAX);
      } catch (error) {
        assert.ok(error instanceof PeerFault);
      }
    }),
  );
});

test('flags that are missing are none, and no more than some hundred peers are taken', () => {
  const bytes = encodeBencode({
    added: new Uint8Array(6 * 500).fill(9),
    dropped: new Uint8Array(6 * 500).fill(9),
  });
  const message = decodePexMessage(bytes);
  assert.equal(message.added.length, PEX_PEERS_TAKEN_MAX);
  assert.equal(message.dropped.length, PEX_PEERS_TAKEN_MAX);
  assert.ok(message.added.every(({ flags }) => flags === 0));
  assert.ok(PEX_PEERS_MAX < PEX_PEERS_TAKEN_MAX);
});

test('a list that ends within an entry, and what is no dictionary, are faults', () => {
  for (const bad of [{ added: new Uint8Array(7) }, { dropped6: new Uint8Array(17) }, [1]])
    assert.throws(() => decodePexMessage(encodeBencode(bad)), PeerFault);
});
