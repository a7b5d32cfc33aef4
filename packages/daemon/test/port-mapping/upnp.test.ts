import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeUtf8, encodeUtf8 } from '@coequal/base';
import {
  encodeSearches,
  MAPPING,
  parseDescription,
  parseErrorCode,
  parsePinholeId,
  parseSearchAnswer,
  PINHOLES,
  searchGroup,
} from '../../src/port-mapping/upnp.ts';
import { parseRouteTable, parseRouteTable6 } from '../../src/port-mapping/router.ts';

const TYPE = 'urn:schemas-upnp-org:service:WANIPConnection:1';

function answer(location: string, status = '200 OK'): Uint8Array {
  const target = 'urn:schemas-upnp-org:device:InternetGatewayDevice:1';
  return encodeUtf8(`HTTP/1.1 ${status}\r\nST: ${target}\r\nLocation: ${location}\r\n\r\n`);
}

void test('a router describes itself at its own address, and nowhere else', () => {
  const url = 'http://192.168.1.1:5000/root.xml';
  assert.equal(parseSearchAnswer(answer(url), '192.168.1.1')?.url.href, url);
  const url6 = 'http://[fe80::1]:5000/root.xml';
  const found6 = parseSearchAnswer(answer(url6), 'fe80::1%eth0');
  assert.deepEqual([found6?.url.href, found6?.zone], [url6, 'eth0']);
  assert.equal(parseSearchAnswer(answer(url6), 'fe80::2%eth0'), undefined);
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
  const location = { url: new URL('http://192.168.1.1:5000/root.xml'), zone: undefined };
  const service = (type: string, control: string): string =>
    `<service><serviceType>${type}</serviceType><controlURL>${control}</controlURL></service>`;
  const other = service('urn:schemas-upnp-org:service:Layer3Forwarding:1', '/l3');
  const found = parseDescription(
    `<root>${other}${service(TYPE, '/ctl')}</root>`,
    location,
    MAPPING,
  );
  assert.deepEqual([found?.type, found?.control.url.href], [TYPE, 'http://192.168.1.1:5000/ctl']);
  assert.equal(
    parseDescription(service(TYPE, 'http://10.0.0.9/ctl'), location, MAPPING),
    undefined,
  );
  assert.equal(parseDescription('<service>', location, MAPPING), undefined);
  assert.equal(parseErrorCode('<UPnPError><errorCode>718</errorCode></UPnPError>'), 718);
});

void test('a router of IPv6 is looked for on one interface, and asked for its firewall', () => {
  assert.deepEqual(searchGroup(PINHOLES, 'eth0'), { host: 'ff02::c%eth0', port: 1900 });
  for (const search of encodeSearches(PINHOLES))
    assert.match(
      String(decodeUtf8(search)),
      /^M-SEARCH \* HTTP\/1.1\r\nHOST: \[FF02::C\]:1900\r\n/,
    );
  const location = { url: new URL('http://[fe80::1]:5000/root.xml'), zone: 'eth0' };
  const type = 'urn:schemas-upnp-org:service:WANIPv6FirewallControl:1';
  const text = `<service><serviceType>${type}</serviceType><controlURL>/6</controlURL></service>`;
  assert.equal(parseDescription(text, location, MAPPING), undefined);
  const { control } = parseDescription(text, location, PINHOLES) ?? {};
  assert.deepEqual([control?.url.href, control?.zone], ['http://[fe80::1]:5000/6', 'eth0']);
  assert.equal(parsePinholeId('<UniqueID>42</UniqueID>'), 42);
  for (const id of ['', '-1', '123456', 'x']) {
    assert.equal(parsePinholeId(`<UniqueID>${id}</UniqueID>`), undefined, id);
  }
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
