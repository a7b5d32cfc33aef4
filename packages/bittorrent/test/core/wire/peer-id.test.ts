import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { idBytes } from '../../../src/core/ids.ts';
import { createPeerId, parseClientName } from '../../../src/core/wire/peer-id.ts';

function named(start: string): string | undefined {
  const bytes = new Uint8Array(20).fill(0x61);
  for (let i = 0; i < start.length; i++) bytes[i] = start.charCodeAt(i);
  return parseClientName(bytes);
}

test('our peer id has our prefix and twelve random bytes', () => {
  const random = { bytes: (length: number) => new Uint8Array(length).fill(0xff), number: () => 0 };
  const bytes = idBytes(createPeerId(random));
  assert.equal(String.fromCharCode(...bytes.subarray(0, 8)), '-CQ0100-');
  assert.deepEqual(bytes.subarray(8), new Uint8Array(12).fill(0xff));
  assert.equal(parseClientName(bytes), 'Coequal 0.1');
});

test('clients are known by their ids', () => {
  const rows: readonly [string, string | undefined][] = [
    ['-qB4520-', 'qBittorrent 4.5.2'],
    ['-qB51A0-', 'qBittorrent 5.1.10'],
    ['-LT2080-', 'libtorrent 2.0.8'],
    ['-lt0D80-', 'rTorrent 0.13.8'],
    ['-TR3000-', 'Transmission 3.0'],
    ['-WW0102-', 'WebTorrent 0.1.0.2'],
    ['-UT3550-', 'µTorrent 3.5.5'],
    ['-DE211s-', 'Deluge 2.1.1.54'],
    ['-A21360-', 'aria2 1.3.6'],
    ['A2-1-36-0-', 'aria2 1.36.0'],
    ['-ZZ1000-', 'ZZ 1.0'],
    ['S58B-----', 'Shadow 5.8.11'],
    ['T03I-----', 'BitTornado 0.3.18'],
    ['M7-2-1--', 'BitTorrent 7.2.1'],
    ['M4-20-8-', 'BitTorrent 4.20.8'],
    ['-qB4520', undefined],
    ['-q\x1b4520-', undefined],
    ['exbc\0\0', undefined],
  ];
  for (const [start, name] of rows) {
    assert.equal(named(start), name, start);
  }
});

test('whatever the bytes, a name is short and safe to show', () => {
  const near = fc
    .tuple(fc.constantFrom('-qB', '-', 'M7-', 'S'), fc.uint8Array({ minLength: 20, maxLength: 20 }))
    .map(([start, bytes]) => Uint8Array.from(bytes, (byte, at) => start.charCodeAt(at) || byte));
  fc.assert(
    fc.property(fc.oneof(near, fc.uint8Array({ maxLength: 24 })), (bytes) => {
      assert.match(parseClientName(bytes) ?? 'none', /^[A-Za-z0-9µ/. ]{1,40}$/);
    }),
    { numRuns: 1_000 },
  );
});
