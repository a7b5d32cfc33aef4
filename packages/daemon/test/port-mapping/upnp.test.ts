import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeUtf8 } from '@coequal/base';
import {
  parseDescription,
  parseErrorCode,
  parseSearchAnswer,
} from '../../src/port-mapping/upnp.ts';
import { parseRouteTable } from '../../src/port-mapping/router.ts';

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
