import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { scopeOf } from '@coequal/base/node';
import { formatAddress } from '../../../src/core/compact-peers.ts';
import {
  isDialable,
  isLoopback,
  isNear,
  maySendTo,
  networkOf,
} from '../../../src/core/swarm/network.ts';

test('an IPv4 address stands alone, an IPv6 one for its /64', () => {
  assert.equal(networkOf('192.0.2.1'), '192.0.2.1');
  assert.equal(networkOf('2001:db8:1:2:3:4:5:6'), '2001:db8:1:2::/64');
  assert.equal(networkOf('2001:db8:1:2:ffff::1'), networkOf('2001:0DB8:1:2::9'));
  assert.notEqual(networkOf('2001:db8:1:3::1'), networkOf('2001:db8:1:2::1'));
  assert.equal(networkOf('no address'), 'no address');
});

test('addresses at which no peer can be are told from others', () => {
  const nobody = [
    '0.0.0.0',
    '0.1.2.3',
    '224.0.0.1',
    '239.255.255.250',
    '240.0.0.1',
    '255.255.255.255',
    '::',
    'ff02::1',
    'ff0e::1',
    'tracker.example',
    '',
  ];
  for (const host of nobody) assert.equal(isDialable({ host, port: 6881 }), false, host);
  for (const host of ['10.0.0.1', '127.0.0.1', '192.0.2.1', '223.255.255.255', '::1', 'fe80::1']) {
    assert.equal(isDialable({ host, port: 6881 }), true, host);
  }
  for (const port of [0, -1, 65_536, Number.NaN]) {
    assert.equal(isDialable({ host: '192.0.2.1', port }), false, String(port));
  }
});

test('loopback addresses are told from others', () => {
  for (const host of ['127.0.0.1', '127.255.0.3', '::1']) assert.ok(isLoopback(host), host);
  for (const host of ['128.0.0.1', '10.0.0.1', '::2', 'localhost']) {
    assert.ok(!isLoopback(host), host);
  }
});

const SCOPES = ['computer', 'around', 'everyone'];

test('how near addresses are is said as by the lists of the system', () => {
  const near = ['127.0.0.1', '10.0.0.1', '172.16.9.9', '172.32.0.1', '192.168.1.1', '169.254.1.1'];
  const others = ['100.64.0.1', '100.128.0.1', '0.1.2.3', '::1', '::', 'fe80::1', 'fd00::1', '::2'];
  const bytes = (length: number): fc.Arbitrary<string> =>
    fc.uint8Array({ minLength: length, maxLength: length }).map((some) => formatAddress(some));
  const unmapped = bytes(16).filter((text) => !text.startsWith('::ffff:'));
  const address = fc.oneof(fc.constantFrom(...near, ...others), bytes(4), unmapped);
  fc.assert(
    fc.property(address, address, (from, to) => {
      const isFartherOrAsFar = SCOPES.indexOf(scopeOf(to)) >= SCOPES.indexOf(scopeOf(from));
      assert.equal(maySendTo(from, to), isFartherOrAsFar, `${from} to ${to}`);
      assert.equal(isNear(from), scopeOf(from) !== 'everyone');
    }),
  );
  assert.equal(isNear('::ffff:192.168.0.1'), true, 'an IPv4 address in an IPv6 one is what it is');
  assert.equal(maySendTo('192.0.2.1', 'a.example'), false);
});
