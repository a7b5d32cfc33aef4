import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatHex, parseHex } from '@coequal/base';
import { infoHashOf } from '../../../src/core/ids.ts';
import { UdpTrackerExchange } from '../../../src/core/tracker/udp-tracker.ts';
import type { UdpTrackerOptions, UdpTrackerOutput } from '../../../src/core/tracker/udp-tracker.ts';

const TRACKER = { host: '192.0.2.1', port: 6969 };

function hex(text: string): Uint8Array {
  const bytes = parseHex(text.replaceAll(/\s/g, ''));
  assert.ok(bytes);
  return bytes;
}

/** Scrapes one torrent; transaction ids count up from 1. */
function scrape(options: Partial<UdpTrackerOptions> = {}): UdpTrackerExchange {
  let id = 0;
  const infoHashes = [infoHashOf(new Uint8Array(20))];
  return new UdpTrackerExchange({
    tracker: TRACKER,
    query: { type: 'scrape', infoHashes },
    transactionIds: () => ++id,
    ...options,
  });
}

/** Outputs in short: the connection id, action and transaction id of what is sent. */
function show(outputs: readonly UdpTrackerOutput[]): unknown[] {
  return outputs.map((output) => {
    switch (output.type) {
      case 'send': {
        const text = formatHex(output.bytes);
        const [connection, action, transaction] = [
          text.slice(0, 16),
          text.slice(16, 24),
          text.slice(24, 32),
        ];
        return `${connection} ${Number(action)} ${Number(transaction)}`;
      }
      case 'connected':
        return `connected ${output.connectionId.id}`;
      case 'answered':
        return output.reply;
      case 'failed':
        return output.fault.message;
    }
  });
}

function datagram(
  text: string,
  from = TRACKER,
): { type: 'datagram'; bytes: Uint8Array; from: typeof TRACKER } {
  return { type: 'datagram', bytes: hex(text), from };
}

const CONNECT = '0000041727101980 0';
const CONNECTED = datagram('00000000 00000001 00000000000000ff');
const SCRAPED = datagram('00000002 00000002 00000001 00000002 00000003');
const COUNTS = { type: 'scraped', counts: [{ seeds: 1, downloadedCount: 2, leechers: 3 }] };

test('an exchange connects, asks with the connection id, and is answered', () => {
  const exchange = scrape();
  assert.deepEqual(show(exchange.step({ type: 'start' }, 0)), [`${CONNECT} 1`]);
  assert.deepEqual(show(exchange.step(CONNECTED, 20)), ['connected 255', '00000000000000ff 2 2']);
  assert.deepEqual(show(exchange.step(SCRAPED, 40)), [COUNTS]);
  assert.equal(exchange.deadline, undefined);
  assert.deepEqual(exchange.step(SCRAPED, 60), []);
});

test('a connection id of the last minute saves the connecting', () => {
  const connectionId = { id: 255n, receivedAt: 1_000 };
  assert.deepEqual(show(scrape({ connectionId }).step({ type: 'start' }, 60_999)), [
    '00000000000000ff 2 1',
  ]);
  assert.deepEqual(show(scrape({ connectionId }).step({ type: 'start' }, 61_000)), [
    `${CONNECT} 1`,
  ]);
});

test('what is lost is sent again after 15, 30 and 60 seconds, and given up after 120 more', () => {
  const exchange = scrape();
  exchange.step({ type: 'start' }, 0);
  assert.equal(exchange.deadline, 15_000);
  assert.deepEqual(exchange.step({ type: 'timeout' }, 14_999), []);
  assert.deepEqual(show(exchange.step({ type: 'timeout' }, 15_000)), [`${CONNECT} 1`]);
  assert.equal(exchange.deadline, 45_000);
  assert.deepEqual(show(exchange.step({ type: 'timeout' }, 45_000)), [`${CONNECT} 1`]);
  assert.equal(exchange.deadline, 105_000);
  assert.deepEqual(show(exchange.step({ type: 'timeout' }, 105_000)), [`${CONNECT} 1`]);
  assert.equal(exchange.deadline, 225_000);
  assert.deepEqual(show(exchange.step({ type: 'timeout' }, 225_000)), ['TRACKER_TIMEOUT']);
  assert.equal(exchange.deadline, undefined);
  assert.deepEqual(exchange.step(CONNECTED, 225_001), []);
});

test('BEP 15 can be had to the full: nine packets', () => {
  const exchange = scrape({ retransmitsMax: 8 });
  exchange.step({ type: 'start' }, 0);
  let sent = 1;
  while (exchange.deadline !== undefined) {
    for (const { type } of exchange.step({ type: 'timeout' }, exchange.deadline))
      if (type === 'send') sent += 1;
  }
  assert.equal(sent, 9);
});

test('an expired connection id is renewed, and the waits go on growing (the example of BEP 15)', () => {
  const exchange = scrape({ retransmitsMax: 8 });
  exchange.step({ type: 'start' }, 0);
  exchange.step(CONNECTED, 0);
  assert.deepEqual(show(exchange.step({ type: 'timeout' }, 15_000)), ['00000000000000ff 2 2']);
  assert.deepEqual(show(exchange.step({ type: 'timeout' }, 45_000)), ['00000000000000ff 2 2']);
  assert.deepEqual(show(exchange.step({ type: 'timeout' }, 105_000)), [`${CONNECT} 3`]);
  const again = datagram('00000000 00000003 00000000000000ee');
  assert.deepEqual(show(exchange.step(again, 106_000)), ['connected 238', '00000000000000ee 2 4']);
  assert.equal(exchange.deadline, 226_000);
});

test('a late answer to an earlier copy of a packet is an answer', () => {
  const exchange = scrape();
  exchange.step({ type: 'start' }, 0);
  exchange.step(CONNECTED, 10);
  exchange.step({ type: 'timeout' }, 15_010);
  assert.deepEqual(show(exchange.step(SCRAPED, 15_011)), [COUNTS]);
});

test('datagrams of strangers, of other transactions and of wrong lengths are passed over', () => {
  const exchange = scrape();
  exchange.step({ type: 'start' }, 0);
  const { bytes } = CONNECTED;
  for (const from of [
    { host: '192.0.2.2', port: 6969 },
    { host: '192.0.2.1', port: 6970 },
  ]) {
    assert.deepEqual(exchange.step({ type: 'datagram', bytes, from }, 1), []);
  }
  assert.deepEqual(exchange.step(datagram('00000000 00000009 00000000000000ff'), 1), []);
  assert.deepEqual(exchange.step(datagram('00000000 00000001 000000000000'), 1), []);
  assert.deepEqual(exchange.step(datagram('00000002 00000001 000000010000000200000003'), 1), []);
  assert.deepEqual(exchange.step(datagram(''), 1), []);
  assert.equal(exchange.step(CONNECTED, 2).length, 2);
  assert.deepEqual(exchange.step(CONNECTED, 3), []); // the same again is of an old transaction
});

test('the address of the tracker may be written in any way', () => {
  const exchange = scrape({ tracker: { host: '2001:DB8:0:0::1', port: 6969 } });
  exchange.step({ type: 'start' }, 0);
  const { bytes } = CONNECTED;
  const from = { host: '2001:db8::1', port: 6969 };
  assert.equal(exchange.step({ type: 'datagram', bytes, from }, 1).length, 2);
});

test('an error ends the exchange with what the tracker says', () => {
  const exchange = scrape();
  exchange.step({ type: 'start' }, 0);
  assert.deepEqual(show(exchange.step(datagram('00000003 00000001 6e6f'), 1)), [
    'TRACKER_REFUSED reason=no',
  ]);
});

test('an error on an old connection id leads to a new one, once', () => {
  const exchange = scrape({ connectionId: { id: 1n, receivedAt: 0 } });
  exchange.step({ type: 'start' }, 1_000);
  assert.deepEqual(show(exchange.step(datagram('00000003 00000001 6e6f'), 1_001)), [
    `${CONNECT} 2`,
  ]);
  exchange.step(datagram('00000000 00000002 00000000000000ff'), 1_002);
  assert.deepEqual(show(exchange.step(datagram('00000003 00000003 6e6f'), 1_003)), [
    'TRACKER_REFUSED reason=no',
  ]);
});
