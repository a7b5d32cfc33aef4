import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeUtf8 } from '@coequal/base';
import {
  parseDescription,
  parseErrorCode,
  parseSearchAnswer,
} from '../../src/port-mapping/upnp.ts';
import { parseRouteTable, parseRouteTable6 } from '../../src/port-mapping/router.ts';

const TYPE = 'urn:schemas-upnp-org:service:WANIPConnection:1';

function answer(location: string, status = '200 OK'): Uint8Array {
  const target = 'urn:schemas-upnp-org:device:InternetGatewayDevice:1';
  return encodeUtf8(`HTTP/1.1 ${status}\r\nST: ${target}\r\nLocation: ${location}\r\n\r\n`);
}

void test('a router describes itself at its own address, and nowhere else', () => {
  const url = 'http://192.168.1.1:5000/root.xml';
  assert.equal(parseSearchAnswer(answer(url), '192.168.1.1')?.href, url);
  for (const [bytes, from] of [
    [answer(url), '192.168.1.2'],
    [answer('http://127.0.0.1/'), '192.168.1.1'],
    [answer('file:///etc/passwd'), '192.168.1.1'],
    [answer(url, '404 Not Found'), '192.168.1.1'],
    [Uint8Array.of(0xff, 0xfe), '192.168.1.1'],
  ] as const) {
    assert.equal(parseSearchAnswer(bytes, from), undefined);
  }
});

void test('the service that maps ports is found among others', () => {
  const location = new URL('http://192.168.1.1:5000/root.xml');
  const service = (type: string, control: string): string =>
    `<service><serviceType>${type}</serviceType><controlURL>${control}</controlURL></service>`;
  const other = service('urn:schemas-upnp-org:service:Layer3Forwarding:1', '/l3');
  const found = parseDescription(`<root>${other}${service(TYPE, '/ctl')}</root>`, location);
  assert.deepEqual([found?.type, found?.control.href], [TYPE, 'http://192.168.1.1:5000/ctl']);
  assert.equal(parseDescription(service(TYPE, 'http://10.0.0.9/ctl'), location), undefined);
  assert.equal(parseDescription('<service>', location), undefined);
  assert.equal(parseErrorCode('<UPnPError><errorCode>718</errorCode></UPnPError>'), 718);
});

void test('gateways of default routes are read from the table of Linux', () => {
  const table =
    'Iface\tDestination\tGateway\tFlags\n' +
    'eth0\t00000000\t0101A8C0\t0003\neth0\t0001A8C0\t00000000\t0001\ntun0\t00000000\t00000000\t0001\n';
  assert.deepEqual(parseRouteTable(table), ['192.168.1.1']);
});

void test('gateways of IPv6 too, each once', () => {
  const [none, via] = ['0'.repeat(32), 'fe80000000000000021122fffe334455'];
  const table = [
    `fe80${'0'.repeat(28)} 40 ${none} 00 ${none} 00000100 00000002 00000000 00000001     eth0`,
    `${none} 00 ${none} 00 ${via} 00000400 00000003 00000000 00450003     eth0`,
    `${none} 00 ${none} 00 ${via} 00000401 00000003 00000000 00450003     eth0`,
    `${none} 00 ${none} 00 ${none} ffffffff 00000001 00000000 00200200       lo`,
    '',
  ].join('\n');
  assert.deepEqual(parseRouteTable6(table), [
    { gateway: 'fe80::211:22ff:fe33:4455', device: 'eth0' },
  ]);
});
