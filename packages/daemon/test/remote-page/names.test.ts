// Names and addresses of this computer, who an address stands for, and what a browser is called.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { networkOf, plainAddress } from '../../src/api/caller-address.ts';
import { browserName, keptAgent } from '../../src/remote-page/browser-name.ts';
import { findOwnNames, hostHeaders, pageAddresses } from '../../src/remote-page/own-names.ts';

const INTERFACES = {
  lo: ['127.0.0.1', '::1'],
  docker0: ['172.17.0.1'],
  eth0: ['203.0.113.9', '192.168.1.20', '2001:db8::20', 'fd00::20', 'fe80::20'],
};

void test('the likeliest address comes first, and what no browser can open is left out', () => {
  const own = findOwnNames(undefined, [], () => INTERFACES, 'Den.Home.example');
  assert.deepEqual(own.addresses, [
    '192.168.1.20',
    '203.0.113.9',
    'fd00::20',
    '2001:db8::20',
    '172.17.0.1',
  ]);
  assert.deepEqual(own.names, ['den.local', 'den.home.example']);
  const alone = findOwnNames('192.168.1.20', [], () => INTERFACES, 'localhost');
  assert.deepEqual([alone.addresses, alone.names], [['192.168.1.20'], []]);
});

void test('a request may name this computer with its port, and what the person added as it is reached', () => {
  const own = findOwnNames('fd00::20', ['Page.example', 'proxy.example:8443'], () => ({}), 'den');
  assert.deepEqual([...hostHeaders(own, 'https', 7_228)].toSorted(), [
    '[fd00::20]:7228',
    'den.local:7228',
    'den:7228',
    'page.example',
    'page.example:7228',
    'proxy.example:8443',
  ]);
  assert.ok(hostHeaders(own, 'https', 443).has('den.local'));
  assert.ok(!hostHeaders(own, 'http', 443).has('den.local'));
});

void test('addresses to open have the port where one is needed, and a vouched for name comes first', () => {
  const own = findOwnNames('fd00::20', ['page.example', 'proxy.example:8443'], () => ({}), 'den');
  const urls = (isVouchedFor: boolean, port = 7_228): string[] =>
    pageAddresses(own, 'https', port, isVouchedFor).map(({ url }) => url);
  assert.deepEqual(urls(false), [
    'https://[fd00::20]:7228',
    'https://den.local:7228',
    'https://den:7228',
    'https://page.example:7228',
    'https://proxy.example:8443',
  ]);
  assert.equal(urls(true)[0], 'https://page.example:7228');
  assert.equal(urls(true, 443)[0], 'https://page.example');
});

void test('an IPv4 address stands for itself however it is written, an IPv6 one for its network', () => {
  assert.equal(plainAddress('::ffff:192.0.2.1'), '192.0.2.1');
  assert.equal(plainAddress('fe80::1%eth0'), 'fe80::1');
  assert.equal(networkOf('::ffff:192.0.2.1'), networkOf('192.0.2.1'));
  assert.equal(networkOf('2001:db8:0:1::1'), networkOf('2001:db8:0:1:ffff::2'));
  assert.equal(networkOf('2001:db8:0:1:2:3:4:5'), networkOf('2001:db8:0:1::'));
  assert.notEqual(networkOf('2001:db8:0:1::1'), networkOf('2001:db8:0:2::1'));
  assert.notEqual(networkOf('2001:db8::1'), networkOf('2001:db8:1::1'));
});

void test('a browser is called what its owner knows it by', () => {
  const agents: readonly (readonly [string, string])[] = [
    ['Mozilla/5.0 (Android 16; Mobile; rv:150.0) Gecko/150.0 Firefox/150.0', 'Firefox, Android'],
    [
      'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1',
      'Safari, iPhone',
    ],
    [
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0 Safari/537.36 Edg/150.0',
      'Edge, Windows',
    ],
    [
      'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0 Mobile Safari/537.36',
      'Chrome, Android',
    ],
    [
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Safari/605.1.15',
      'Safari, Mac',
    ],
    ['curl/8.0', ''],
  ];
  for (const [agent, name] of agents) assert.equal(browserName(keptAgent(agent)), name);
  assert.equal(keptAgent(undefined), '');
  assert.equal(keptAgent('a\u001b[31m\u0000ü'), 'a[31m');
  assert.equal(keptAgent('x'.repeat(1_000)).length, 300);
});
