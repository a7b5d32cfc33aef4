import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Command } from 'commander';
import { rootPath } from '@coequal/base';
import { openPorts } from '@coequal/base/node';
import { createTorrent, LSD_GROUPS } from '@coequal/bittorrent';
import { contactsOf, contactsText } from '../../src/cli/contacts.ts';
import { parseTorrentFile } from '../../src/cli/parse-torrent.ts';
import { DHT_CONTACTS } from '../../src/cli/dht-contacts.ts';
import { addPeerFlags } from '../../src/cli/flags.ts';
import { PCP_PORT } from '../../src/port-mapping/pcp.ts';
import { MAPPING, PINHOLES } from '../../src/port-mapping/upnp.ts';

const README = readFileSync(new URL('../../../../README.md', import.meta.url), 'utf8');
const HASH = '0123456789abcdef0123456789abcdef01234567';
const MAGNET = `magnet:?xt=urn:btih:${HASH}&tr=http%3A%2F%2Ft.example%3A80%2Fkey%2Fannounce&tr=wss%3A%2F%2Fw.example`;
const PENDING = { metainfo: undefined };
const ALL = {
  trackers: true,
  discovery: { dhtBootstrap: DHT_CONTACTS },
  portMapping: true,
  reach: 'anywhere',
} as const;

void test('everybody is named who is contacted without being named by the user', () => {
  const contacts = contactsOf(PENDING, MAGNET, ALL);
  assert.deepEqual(contacts, {
    trackers: ['http://t.example:80/key/announce'],
    dhtBootstrap: DHT_CONTACTS.map(({ host, port }) => `${host}:${port}`),
    localNetwork: ['239.192.152.143:6771', '[ff15::efc0:988f]:6771'],
    router: true,
    isPrivate: false,
  });
  const text = contactsText(contacts, 'anywhere');
  assert.match(text, /the tracker t\.example; the DHT by router\.bittorrent\.com:6881, /);
  assert.match(text, /; the local networks at 239\.192\.152\.143:6771, /);
  assert.ok(!text.includes('key'), 'a passkey');
});

void test('what a flag turns off is not named', () => {
  const off = { ...ALL, trackers: false, discovery: false, portMapping: false } as const;
  const contacts = contactsOf(PENDING, MAGNET, off);
  assert.deepEqual(
    [contacts.trackers, contacts.dhtBootstrap, contacts.localNetwork, contacts.router],
    [[], [], [], false],
  );
  assert.match(contactsText(contacts, 'anywhere'), /^Contacts: peers that come/);
  const offline = { ...ALL, discovery: {}, reach: 'loopback' } as const;
  const near = contactsOf(PENDING, MAGNET, offline);
  assert.deepEqual([near.localNetwork, near.router], [[], false]);
  assert.match(contactsText(near, 'loopback'), /^Contacts on this computer: /);
});

void test('for a private torrent neither the DHT nor the local network is contacted (BEP 27)', async () => {
  const made = { path: rootPath(import.meta.filename), version: 'v1', isPrivate: true } as const;
  await using ports = openPorts();
  const bytes = await createTorrent(made, ports, AbortSignal.timeout(30_000));
  const contacts = contactsOf({ metainfo: parseTorrentFile(bytes) }, bytes, ALL);
  const { isPrivate, dhtBootstrap, localNetwork } = contacts;
  assert.deepEqual(
    { isPrivate, dhtBootstrap, localNetwork },
    { isPrivate: true, dhtBootstrap: [], localNetwork: [] },
  );
});

void test('a long list of trackers is cut, and cannot move the cursor', () => {
  const names = Array.from({ length: 9 }, (_, index) => `udp://t${index}.example:1`);
  const contacts = { ...contactsOf(PENDING, MAGNET, ALL), trackers: [...names, '\u001b[2J'] };
  const text = contactsText(contacts, 'anywhere');
  assert.match(text, /t4\.example:1 and 5 more;/);
  assert.ok(!text.includes('\u001b'));
});

void test('README and --help name the same nodes and groups as the code, and the flags that replace and stop them', () => {
  const help = addPeerFlags(new Command()).helpInformation();
  const rows = README.split('\n').filter((line) => line.startsWith('|'));
  const dht = rows.find((row) => row.includes('the DHT')) ?? '';
  const hosts = DHT_CONTACTS.map(({ host, port }) => `${host}:${port}`);
  const [cell = ''] = dht.split(' | ');
  assert.deepEqual(
    Array.from(cell.matchAll(/`([^`]+)`/g), ([, name]) => name),
    hosts,
  );
  for (const { host } of DHT_CONTACTS) assert.ok(help.includes(host), host);
  const lsd = rows.find((row) => row.includes('(LSD)')) ?? '';
  for (const { host, port } of LSD_GROUPS) assert.ok(lsd.includes(host) && lsd.includes(`${port}`));
  const router = rows.find((row) => row.includes('your router')) ?? '';
  assert.ok(router.includes(`port ${PCP_PORT}`));
  for (const { group } of [MAPPING, PINHOLES])
    assert.ok(router.includes(group.host) && router.includes(`port ${group.port}`));
  for (const [, flag = ''] of rows.join().matchAll(/`(--[a-z-]+)`/g))
    assert.ok(help.includes(flag), flag);
});
