import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatHex, LocalFault, parseHex } from '@coequal/base';
import * as fc from 'fast-check';
import { parseInfoHash, parseInfoHashV2, publicKeyOf } from '../../../src/core/ids.ts';
import type { PublicKey } from '../../../src/core/ids.ts';
import { formatMagnet, parseMagnet } from '../../../src/core/metainfo/magnet.ts';
import type { Magnet } from '../../../src/core/metainfo/magnet.ts';

const HEX = '631a31dd0a46257d5078c0dee4e66e26f73e42ac';
const HEX_V2 = 'd8dd32ac93357c368556af3ac1d95c9d76bd0dff6fa9833ecdac3d53134efabb';

function refuses(text: string, what: string): void {
  assert.throws(
    () => parseMagnet(text),
    (error) =>
      error instanceof LocalFault && error.code === 'BAD_MAGNET' && error.details['what'] === what,
    text,
  );
}

function keyOf(hex: string): PublicKey {
  return publicKeyOf(parseHex(hex) ?? new Uint8Array());
}

function hexOf(length: number): fc.Arbitrary<string> {
  return fc.uint8Array({ minLength: length, maxLength: length }).map(formatHex);
}

const addresses = fc.uniqueArray(
  fc.webUrl({ withQueryParameters: true }).filter((url) => url.length < 2_000),
  { maxLength: 4 },
);
const hosts = fc.constantFrom('127.0.0.1', '2001:db8::1', 'peer.example', '::ffff:1.2.3.4');
const ranges = fc
  .array(fc.tuple(fc.nat(49_999), fc.nat(50_000)), { minLength: 1, maxLength: 5 })
  .map((all) => all.map(([first, more]) => ({ first, last: first + more })));

const magnets: fc.Arbitrary<Magnet> = fc
  .record({
    hashes: fc.oneof(
      hexOf(20).map((hex) => ({ infoHash: parseInfoHash(hex) })),
      hexOf(32).map((hex) => ({ infoHashV2: parseInfoHashV2(hex) })),
      fc.tuple(hexOf(20), hexOf(32)).map(([v1, v2]) => {
        return { infoHash: parseInfoHash(v1), infoHashV2: parseInfoHashV2(v2) };
      }),
      fc
        .tuple(hexOf(32), fc.uint8Array({ maxLength: 64 }))
        .map(([key, salt]) => ({ publisher: { publicKey: keyOf(key), salt: salt.slice() } })),
    ),
    optional: fc.record(
      {
        name: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }),
        length: fc.maxSafeNat(),
        selection: ranges,
      },
      { requiredKeys: [], noNullPrototype: true },
    ),
    trackers: addresses,
    webSeeds: addresses,
    peers: fc.array(
      fc.record(
        { host: hosts, port: fc.integer({ min: 1, max: 65_535 }) },
        { noNullPrototype: true },
      ),
      { maxLength: 3 },
    ),
  })
  .map(({ hashes, optional, trackers, webSeeds, peers }) => {
    return { ...hashes, ...optional, trackers, webSeeds, peers };
  });

describe('parseMagnet', () => {
  it('reads the hybrid example of BEP 52', () => {
    const magnet = parseMagnet(
      `magnet:?xt=urn:btih:${HEX}&xt=urn:btmh:1220${HEX_V2}&dn=bittorrent-v1-v2-hybrid-test`,
    );
    assert.deepEqual(magnet, {
      infoHash: HEX,
      infoHashV2: HEX_V2,
      name: 'bittorrent-v1-v2-hybrid-test',
      trackers: [],
      webSeeds: [],
      peers: [],
    });
  });

  it('reads base32, capitals, and numbered parameters', () => {
    assert.equal(parseMagnet('MAGNET:?XT=URN:BTIH:MMNDDXIKIYSX2UDYYDPOJZTOE33T4QVM').infoHash, HEX);
    assert.equal(parseMagnet(`magnet:?xt.1=urn:btih:${HEX.toUpperCase()}`).infoHash, HEX);
    const numbered = parseMagnet(`magnet:?xt=urn:btih:${HEX}&tr.1=http://a&tr.2=http://b`);
    assert.deepEqual(numbered.trackers, ['http://a', 'http://b']);
  });

  it('reads all the rest', () => {
    const magnet = parseMagnet(
      `magnet:?xt=urn:btih:${HEX}&dn=a+b%20c%2B%e2%98%83&xl=1234&tr=http%3A%2F%2Ft%2F%3Fa%3Db%26c&tr=udp://t:1` +
        '&tr=udp://t:1&tr=nonsense&ws=https://w/x&x.pe=1.2.3.4:5&x.pe=%5B::1%5D:6&x.pe=host:7' +
        '&x.pe=none&x.pe=a:0&x.pe=a:65536&so=0,2,4-6&unknown=x&&=&x',
    );
    assert.deepEqual(magnet, {
      infoHash: HEX,
      name: 'a b c+☃',
      length: 1_234,
      trackers: ['http://t/?a=b&c', 'udp://t:1'],
      webSeeds: ['https://w/x'],
      peers: [
        { host: '1.2.3.4', port: 5 },
        { host: '::1', port: 6 },
        { host: 'host', port: 7 },
      ],
      selection: [
        { first: 0, last: 0 },
        { first: 2, last: 2 },
        { first: 4, last: 6 },
      ],
    });
  });

  it('reads the key of a publisher and its salt, capitals or not (BEP 46)', () => {
    const publisher = { publicKey: HEX_V2, salt: Uint8Array.of(0x6e) };
    const nothing = { trackers: [], webSeeds: [], peers: [] };
    const text = `magnet:?xs=urn:btpk:${HEX_V2}&s=6e`;
    assert.deepEqual(parseMagnet(text), { publisher, ...nothing });
    assert.deepEqual(parseMagnet(text.toUpperCase()), { publisher, ...nothing });
    assert.equal(formatMagnet(parseMagnet(text)), text);
    const both = parseMagnet(`${text}&xt=urn:btih:${HEX}&xs=http://host/a.torrent`);
    assert.deepEqual(both, { infoHash: HEX, publisher, ...nothing });
  });

  it('takes escapes that are none as they stand', () => {
    const magnet = parseMagnet(`magnet:?xt=urn:btih:${HEX}&dn=100%25%zz%ff&xl=x`);
    assert.equal(magnet.name, '100%%zz\u00ff');
    assert.equal(magnet.length, undefined);
  });

  it('names the parameter that is wrong or missing', () => {
    refuses('http://example', 'scheme');
    refuses(`magnet:?${'x'.repeat(1_048_576)}`, 'length');
    refuses('magnet:?', 'xt');
    refuses('magnet:?dn=x', 'xt');
    refuses('magnet:?xs=http://host/a.torrent', 'xt');
    refuses('magnet:?xs=urn:btpk:', 'xs');
    refuses(`magnet:?xs=urn:btpk:${HEX}`, 'xs');
    refuses(`magnet:?xs=urn:btpk:${HEX_V2}&xs=urn:btpk:${'0'.repeat(64)}`, 'xs');
    refuses(`magnet:?xs=urn:btpk:${HEX_V2}&s=x`, 's');
    refuses(`magnet:?xs=urn:btpk:${HEX_V2}&s=${'00'.repeat(65)}`, 's');
    refuses('magnet:?xt=urn:sha1:abc', 'xt');
    refuses(`magnet:?xt=urn:btih:${HEX}&xt=urn:btih:${'0'.repeat(40)}`, 'xt');
    refuses('magnet:?xt=urn:btih:', 'btih');
    refuses(`magnet:?xt=urn:btih:${HEX}0`, 'btih');
    refuses(`magnet:?xt=urn:btih:${'1'.repeat(32)}`, 'btih');
    refuses(`magnet:?xt=urn:btmh:${HEX_V2}`, 'btmh');
    refuses(`magnet:?xt=urn:btmh:1220${HEX}`, 'btmh');
    for (const so of ['x', '1-', '-1', '3-2', '1,,2', '100000', `${'1,'.repeat(1_000)}1`]) {
      refuses(`magnet:?xt=urn:btih:${HEX}&so=${so}`, 'so');
    }
  });

  it('reads back what formatMagnet wrote', () => {
    fc.assert(
      fc.property(magnets, (magnet) => {
        const text = formatMagnet(magnet);
        assert.match(text, /^magnet:\?[^\s'"<>]+$/);
        assert.deepEqual(parseMagnet(text), magnet);
      }),
    );
  });

  it('gives a magnet or a LocalFault for any text', () => {
    const parts = fc.constantFrom(
      '&',
      '=',
      '%',
      '-',
      ',',
      '1',
      'f',
      'xt=urn:btih:',
      HEX,
      'so=',
      'x.pe=',
      'xs=urn:btpk:',
      HEX_V2,
      's=',
      ':',
      '[',
    );
    const text = fc.oneof(
      fc.array(parts).map((all) => all.join('')),
      fc.string({ unit: 'binary' }),
    );
    fc.assert(
      fc.property(text, (query) => {
        try {
          parseMagnet(`magnet:?${query}`);
        } catch (error) {
          assert.ok(error instanceof LocalFault);
        }
      }),
    );
  });
});
