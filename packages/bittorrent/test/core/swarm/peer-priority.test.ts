import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32c, peerPriority } from '../../../src/core/swarm/peer-priority.ts';

const at = (host: string, port = 0): { host: string; port: number } => ({ host, port });
const hex = (text: string): number => crc32c(Buffer.from(text.replaceAll(' ', ''), 'hex'));

test('CRC-32C of the vectors of RFC 3720, appendix B.4', () => {
  assert.equal(crc32c(new Uint8Array(32)), 0x8a91_36aa);
  assert.equal(crc32c(new Uint8Array(32).fill(0xff)), 0x62a8_ab43);
  assert.equal(crc32c(Uint8Array.from({ length: 32 }, (_, index) => index)), 0x46dd_794e);
});

test('the vectors of BEP 40', () => {
  assert.equal(peerPriority(at('123.213.32.10'), at('98.76.54.32')), 0xec2d_7224);
  assert.equal(peerPriority(at('123.213.32.10'), at('123.213.32.234')), 0x9956_8189);
});

test('both ends agree', () => {
  for (const [a, b] of [
    [at('123.213.32.10'), at('98.76.54.32')],
    [at('2001:db8::1'), at('2001:db9::2')],
    [at('192.0.2.1', 9), at('192.0.2.1', 7)],
  ] as const)
    assert.equal(peerPriority(a, b), peerPriority(b, a));
});

test('addresses that share more count with more of their bits', () => {
  assert.equal(
    peerPriority(at('230.12.123.3', 0x4d2), at('230.12.123.3', 0x12c)),
    hex('012c 04d2'),
  );
  assert.equal(peerPriority(at('230.12.23.1'), at('230.12.123.3')), hex('e60c1701 e60c7b01'));
  assert.equal(peerPriority(at('230.120.23.1'), at('230.12.123.3')), hex('e60c5101 e6781501'));
  assert.equal(
    peerPriority(at('2001:db8:1:ff01::ff'), at('2001:db8:2:ff02::ff')),
    hex('20010db8000155010000000000000055 20010db8000255000000000000000055'),
  );
  // of one /48, /56 and /64: each time eight bits more
  const longer = [
    ['1:ff01::ff', '1:aa02::ff', '0001aa000000000000000055', '0001ff010000000000000055'],
    ['1:ff01::ff', '1:ff02::ff', '0001ff010000000000000055', '0001ff020000000000000055'],
    ['1:1:ff01::ff', '1:1:aa02::ff', '00010001aa00000000000055', '00010001ff01000000000055'],
  ] as const;
  for (const [a, b, first, second] of longer) {
    const priority = peerPriority(at(`2001:db8:${a}`), at(`2001:db8:${b}`));
    assert.equal(priority, hex(`20010db8${first} 20010db8${second}`), `${a} ${b}`);
  }
});

test('addresses of different families have no priority, nor have names', () => {
  assert.equal(peerPriority(at('192.0.2.1'), at('2001:db8::1')), undefined);
  assert.equal(peerPriority(at('a.example'), at('192.0.2.1')), undefined);
});
