import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PeerFault, deviceKeyOf } from '@coequal/base';
import fc from 'fast-check';
import { formatAddressCard, parseAddressCard } from '../../../src/core/lan/address-card.ts';
import { judgeLan } from '../../../src/core/lan/lan-checkup.ts';

const DEVICE = deviceKeyOf(new Uint8Array(32).fill(0xab));

test('a card says where a device is, and is read as it was written', () => {
  const card = {
    device: DEVICE,
    addresses: [
      { kind: 'tcp', host: '192.168.1.20', port: 7_230 },
      { kind: 'udp', host: 'fd00::20', port: 49_737 },
    ],
  } as const;
  const text = formatAddressCard(card);
  assert.equal(text, `coequal:at/${DEVICE}?tcp=192.168.1.20:7230&udp=[fd00::20]:49737`);
  assert.deepEqual(parseAddressCard(` ${text}\n`), card);
  assert.deepEqual(parseAddressCard(text.toUpperCase()), card); // as a QR code in letters may have it
});

test('any other text is refused, by a fault of who wrote it', () => {
  const at = `coequal:at/${DEVICE}?`;
  const bad = [
    '',
    at,
    `coequal:at/${DEVICE}`,
    `coequal:invite/${DEVICE}?tcp=1.2.3.4:5`,
    `coequal:at/abc?tcp=1.2.3.4:5`,
    `${at}tcp=localhost:5`,
    `${at}tcp=1.2.3.4:0`,
    `${at}tcp=1.2.3.4:65536`,
    `${at}tcp=1.2.3.400:5`,
    `${at}tcp=[1::2::3]:5`,
    `${at}tcp=[12345::]:5`,
    `${at}quic=1.2.3.4:5`,
    `${at}${Array<string>(17).fill('tcp=1.2.3.4:5').join('&')}`,
    `${at}tcp=1.2.3.4:5&${'x'.repeat(2_000)}`,
  ];
  for (const text of bad) assert.throws(() => parseAddressCard(text), PeerFault, text);
  fc.assert(
    fc.property(fc.string(), (text) => {
      assert.throws(() => parseAddressCard(`${at}${text}`), PeerFault);
    }),
  );
});

test('what keeps contacts from being found is named by what was seen', () => {
  const seen = (changes: object = {}) => ({
    name: 'wlan0',
    host: '192.168.1.20',
    errno: undefined,
    hearsItself: true,
    others: 0,
    ...changes,
  });
  const judge = (...interfaces: ReturnType<typeof seen>[]) =>
    judgeLan({ isOffline: false, interfaces });
  assert.deepEqual(judgeLan({ isOffline: true, interfaces: [seen()] }), { code: 'LAN_OFFLINE' });
  assert.deepEqual(judge(), { code: 'LAN_NO_NETWORK' });
  assert.deepEqual(judge(seen({ name: 'wg0' })), { code: 'LAN_ONLY_VPN', name: 'wg0' });
  assert.deepEqual(judge(seen({ others: 2 }), seen({ errno: 'EPERM' })), {
    code: 'LAN_GOOD',
    others: 2,
  });
  // by both families the same are heard
  const byBoth = [seen({ others: 2 }), seen({ host: 'fe80::1%wlan0', others: 3 })];
  assert.deepEqual(judge(...byBoth, seen({ name: 'eth0', others: 1 })), {
    code: 'LAN_GOOD',
    others: 4,
  });
  assert.deepEqual(judge(seen({ hearsItself: false }), seen({ host: 'fe80::1%wlan0' })), {
    code: 'LAN_NOBODY_HEARD',
    name: 'wlan0',
  });
  assert.deepEqual(judge(seen()), { code: 'LAN_NOBODY_HEARD', name: 'wlan0' });
  assert.deepEqual(judge(seen({ hearsItself: false })), {
    code: 'LAN_BLOCKED_HERE',
    name: 'wlan0',
  });
  assert.deepEqual(judge(seen({ errno: 'EADDRINUSE', hearsItself: false })), {
    code: 'LAN_PORT_TAKEN',
  });
  const failed = judge(seen({ errno: 'EPERM', hearsItself: false }));
  assert.deepEqual(failed, { code: 'LAN_SEND_FAILED', name: 'wlan0', errno: 'EPERM' });
  // what a tunnel hears is no local network
  assert.deepEqual(judge(seen({ name: 'tun0', others: 3 }), seen()), {
    code: 'LAN_NOBODY_HEARD',
    name: 'wlan0',
  });
});
