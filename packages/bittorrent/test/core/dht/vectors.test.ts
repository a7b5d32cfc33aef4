/** The examples of BEP 5, 33, 42, 44 and 46, as they are published (test/vectors/dht). */
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { test } from 'node:test';
import { encodeUtf8, formatHex, parseHex } from '@coequal/base';
import { openEd25519 } from '@coequal/base/node';
import { estimateCount, insertAddress } from '../../../src/core/dht/bloom-filter.ts';
import { isItemOf, itemKey, mutableKey, signedBytes } from '../../../src/core/dht/item-store.ts';
import type { DhtCrypto } from '../../../src/core/dht/item-store.ts';
import { encodeKrpc } from '../../../src/core/dht/krpc-encode.ts';
import { decodeKrpc } from '../../../src/core/dht/krpc.ts';
import type { KrpcMessage, KrpcQuery } from '../../../src/core/dht/krpc-messages.ts';
import { decodeTorrentItem, encodeTorrentItem } from '../../../src/core/dht/mutable-torrent.ts';
import {
  isIdOfAddress,
  keyOf,
  nodeIdFor,
  nodeIdOf,
  sharedPrefixBits,
} from '../../../src/core/dht/node-id.ts';
import { idBytes, infoHashOf } from '../../../src/core/ids.ts';
import { parseMagnet } from '../../../src/core/metainfo/magnet.ts';
import bep5 from '../../vectors/dht/bep_0005.json' with { type: 'json' };
import bep33 from '../../vectors/dht/bep_0033.json' with { type: 'json' };
import bep42 from '../../vectors/dht/bep_0042.json' with { type: 'json' };
import bep44 from '../../vectors/dht/bep_0044.json' with { type: 'json' };
import bep46 from '../../vectors/dht/bep_0046.json' with { type: 'json' };

const ed25519 = openEd25519();
const crypto: DhtCrypto = {
  sha1: (bytes) => Uint8Array.from(hash('sha1', bytes, 'buffer')),
  verify: (publicKey, message, signature) => ed25519.verify(publicKey, message, signature),
};

function hex(text: string): Uint8Array {
  const bytes = parseHex(text);
  assert.ok(bytes, text);
  return bytes;
}

test('the messages of BEP 5 are read and written as they are there', () => {
  const t = encodeUtf8('aa');
  const [first, second, third] = [
    'abcdefghij0123456789',
    'mnopqrstuvwxyz123456',
    '0123456789abcdefghij',
  ].map((text) => nodeIdOf(encodeUtf8(text)));
  assert.ok(first && second && third);
  const infoHash = infoHashOf(encodeUtf8('mnopqrstuvwxyz123456'));
  const token = encodeUtf8('aoeusnth');
  const peers = [
    { host: '97.120.106.101', port: 11_893 },
    { host: '105.100.104.116', port: 28_269 },
  ];
  const query = (what: KrpcQuery): KrpcMessage => {
    return { type: 'query', transactionId: t, id: first, isReadOnly: false, query: what };
  };
  const announce = { method: 'announce_peer', infoHash, isSeed: false, token } as const;
  const text = 'A Generic Error Ocurred';
  const messages: readonly (KrpcMessage | undefined)[] = [
    { type: 'error', transactionId: t, code: 201, text },
    query({ method: 'ping' }),
    { type: 'response', transactionId: t, id: second, answer: {} },
    query({ method: 'find_node', target: keyOf(encodeUtf8('mnopqrstuvwxyz123456')) }),
    undefined, // nodes are shortened
    query({ method: 'get_peers', infoHash, noSeeds: false, scrape: false }),
    { type: 'response', transactionId: t, id: first, answer: { token, peers } },
    undefined, // nodes are shortened
    query({ ...announce, port: 6_881, impliedPort: true }),
    { type: 'response', transactionId: t, id: second, answer: {} },
  ];
  assert.equal(messages.length, bep5.examples.length);
  for (const [index, { name, bencoded }] of bep5.examples.entries()) {
    const message = messages[index];
    if (message === undefined) {
      assert.throws(() => decodeKrpc(encodeUtf8(bencoded)), { code: 'BAD_KRPC' });
      continue;
    }
    const written = Buffer.from(encodeKrpc(message)).toString('latin1');
    assert.equal(written.replace('1:v4:CE\0\x01', ''), bencoded, name);
    const read = decodeKrpc(encodeUtf8(bencoded));
    // with an implied port the other is not looked at
    const [isQuery, isImplied] = [message.type === 'query', bencoded.includes('implied_port')];
    const expected =
      isQuery && isImplied ? query({ ...announce, port: 0, impliedPort: true }) : message;
    assert.deepEqual(read, expected, name);
  }
});

test('a filter of the addresses in BEP 33 is the one there, and counts as it says', () => {
  const example = bep33;
  const filter = new Uint8Array(256);
  for (let i = 0; i <= 255; i++) insertAddress(filter, `192.0.2.${i}`, crypto.sha1);
  for (let i = 0; i <= 0x3e7; i++)
    insertAddress(filter, `2001:db8::${i.toString(16)}`, crypto.sha1);
  assert.equal(256 + 0x3e7 + 1, example.insertedCount);
  assert.equal(formatHex(filter).toUpperCase(), example.filter);
  assert.ok(Math.abs(estimateCount(filter) - example.estimate) < 0.0001);
});

test('ids of addresses are those of BEP 42', () => {
  const { examples } = bep42;
  assert.equal(examples.length, 5);
  for (const { ip, rand, nodeId } of examples) {
    const bytes = hex(nodeId);
    assert.equal(bytes[19], rand);
    assert.equal(isIdOfAddress(nodeIdOf(bytes), ip), true, ip);
    const made = nodeIdFor(ip, new Uint8Array(20).fill(rand));
    assert.equal(sharedPrefixBits(made, nodeIdOf(bytes)) >= 21, true, ip);
    assert.equal(isIdOfAddress(made, ip), true, ip);
    assert.equal(isIdOfAddress(nodeIdOf(bytes.with(0, (bytes[0] ?? 0) ^ 1)), ip), false, ip);
  }
});

interface Bep44Item {
  readonly name: string;
  readonly value: string;
  readonly salt?: string;
  readonly bufferBeingSigned?: string;
  readonly publicKey?: string;
  readonly targetId: string;
  readonly signature?: string;
}

test('items are named and signed as in BEP 44', () => {
  const items: readonly Bep44Item[] = bep44.items;
  assert.deepEqual(
    items.map(({ name }) => name),
    ['mutable', 'mutable with salt', 'immutable'],
  );
  for (const { value: text, salt: saltText = '', publicKey, targetId, ...rest } of items) {
    const [value, salt] = [encodeUtf8(text), encodeUtf8(saltText)];
    const item =
      publicKey === undefined
        ? ({ type: 'immutable', value } as const)
        : ({
            type: 'mutable',
            value,
            salt,
            publicKey: hex(publicKey),
            sequence: 1,
            signature: hex(rest.signature ?? ''),
          } as const);
    assert.equal(itemKey(item, crypto), targetId);
    assert.equal(isItemOf(item, itemKey(item, crypto), salt, crypto), true);
    const other = { ...item, value: encodeUtf8('12:Hello world!') };
    assert.equal(isItemOf(other, itemKey(item, crypto), salt, crypto), false);
    if (item.type === 'mutable')
      assert.equal(Buffer.from(signedBytes(item)).toString(), rest.bufferBeingSigned);
  }
});

test('magnet links lead to the places of BEP 46', () => {
  const { magnets } = bep46;
  assert.equal(magnets.length, 2);
  for (const { publicKey, salt, targetId } of magnets) {
    const { publisher } = parseMagnet(
      `magnet:?xs=urn:btpk:${publicKey}${salt === undefined ? '' : `&s=${salt}`}`,
    );
    assert.ok(publisher);
    assert.equal(mutableKey(idBytes(publisher.publicKey), publisher.salt, crypto), targetId);
  }
});

test('what BEP 46 stores is a dictionary with 20 bytes, and what else there may be is passed over', () => {
  const infoHash = infoHashOf(encodeUtf8('mnopqrstuvwxyz123456'));
  const value = encodeTorrentItem(infoHash);
  assert.equal(Buffer.from(value).toString(), 'd2:ih20:mnopqrstuvwxyz123456e');
  assert.equal(decodeTorrentItem(value), infoHash);
  const more = encodeUtf8('d1:ai1e2:ih20:mnopqrstuvwxyz1234561:zlee');
  assert.equal(decodeTorrentItem(more), infoHash);
  for (const bad of ['de', 'le', 'i1e', 'd2:ihi1ee', 'd2:ih3:abce', `d2:ih32:${'a'.repeat(32)}e`])
    assert.throws(() => decodeTorrentItem(encodeUtf8(bad)), { code: 'BAD_MUTABLE_TORRENT' });
});
