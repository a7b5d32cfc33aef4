import assert from 'node:assert/strict';
import { SocketAddress } from 'node:net';
import { networkInterfaces } from 'node:os';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  endpointFrom,
  SOCKET_ADDRESS_LENGTH,
  socketAddressOf,
} from '../../src/node/socket-address.ts';

/** As the system would fill in, whatever its length. */
function padded(bytes: Uint8Array | undefined): Uint8Array {
  assert.ok(bytes !== undefined);
  const all = new Uint8Array(SOCKET_ADDRESS_LENGTH);
  all.set(bytes);
  return all;
}

void test('an address is written as the system has it', () => {
  const hex = (host: string): string =>
    Buffer.from(socketAddressOf(host, 6881)?.subarray(2) ?? []).toString('hex');
  assert.equal(hex('192.0.2.1'), '1ae1c00002010000000000000000');
  const zone = '00000000';
  assert.equal(hex('2001:db8::5'), `1ae1${zone}20010db8000000000000000000000005${zone}`);
  assert.equal(hex('::ffff:192.0.2.1'), `1ae1${zone}00000000000000000000ffffc0000201${zone}`);
  assert.equal(hex('1:2:3:4:5:6:7:8'), `1ae1${zone}00010002000300040005000600070008${zone}`);
  assert.equal(hex('::'), `1ae1${zone}${'0'.repeat(32)}${zone}`);
});

void test('an address that names an interface is left to Node', () => {
  assert.equal(socketAddressOf('fe80::1%eth0', 1), undefined);
});

void test('an address that was written is read as Node names it', () => {
  const port = fc.integer({ min: 1, max: 65_535 });
  fc.assert(
    fc.property(fc.ipV4(), port, (host, to) => {
      assert.deepEqual(endpointFrom(padded(socketAddressOf(host, to))), { host, port: to });
      const mapped = endpointFrom(padded(socketAddressOf(`::ffff:${host}`, to)));
      assert.deepEqual(mapped, { host, port: to });
    }),
  );
  fc.assert(
    fc.property(fc.ipV6(), port, (text, to) => {
      const { address } = new SocketAddress({ address: text, family: 'ipv6' });
      fc.pre(!address.startsWith('::ffff:'));
      const found = endpointFrom(padded(socketAddressOf(text, to)));
      assert.deepEqual(found, { host: address, port: to });
    }),
  );
});

void test('an address of the link alone is read with its interface', () => {
  const [name, index] = Object.entries(networkInterfaces()).flatMap(([each, found = []]) =>
    found.flatMap((one) => (one.family === 'IPv6' && one.scopeid > 0 ? [each, one.scopeid] : [])),
  );
  const bytes = padded(socketAddressOf('fe80::1', 1));
  new Uint32Array(bytes.buffer)[6] = typeof index === 'number' ? index : 0x7fffffff;
  assert.equal(endpointFrom(bytes).host, name === undefined ? 'fe80::1' : `fe80::1%${name}`);
});
