import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatHex, parseHex, PeerFault } from '@coequal/base';
import { decodeRouterReply, encodeNatPmpMap, encodePcpMap } from '../../src/port-mapping/pcp.ts';

const REQUEST = { protocol: 'tcp', port: 6881, externalPort: 6882, lifetimeSeconds: 3600 } as const;

void test('a MAP of PCP is as RFC 6887 draws it', () => {
  const nonce = new Uint8Array(12).fill(0xaa);
  assert.equal(
    formatHex(encodePcpMap({ ...REQUEST, nonce, client: '10.0.0.2' })),
    `0201000000000e1000000000000000000000ffff0a000002${'aa'.repeat(12)}` +
      '060000001ae11ae200000000000000000000ffff00000000',
  );
});

void test('over IPv6 it has both addresses as they are', () => {
  const nonce = new Uint8Array(12).fill(0xaa);
  for (const [client, hex] of [
    ['2001:db8:1::11', '20010db8000100000000000000000011'],
    ['2001:db8:1:2:3:4:5:6', '20010db8000100020003000400050006'],
    ['::1', '00000000000000000000000000000001'],
  ] as const)
    assert.equal(
      formatHex(encodePcpMap({ ...REQUEST, nonce, client })),
      `0201000000000e10${hex}${'aa'.repeat(12)}060000001ae11ae2${'00'.repeat(16)}`,
    );
});

void test('a request of NAT-PMP is as RFC 6886 draws it, and names no external port when it removes', () => {
  assert.equal(formatHex(encodeNatPmpMap(REQUEST)), '000200001ae11ae200000e10');
  const removal = { ...REQUEST, lifetimeSeconds: 0 };
  assert.equal(formatHex(encodeNatPmpMap(removal)), '000200001ae1000000000000');
});

void test('replies are told apart', () => {
  const decode = (hex: string): unknown => decodeRouterReply(parseHex(hex) ?? new Uint8Array());
  assert.deepEqual(decode('00820000000000011ae11ae200000e10'), {
    type: 'mapped',
    ...REQUEST,
    nonce: undefined,
  });
  const clock = '00000001'.padEnd(32, '0');
  const outside = `${'00'.repeat(10)}ffff330f4d65`;
  const map = `${'aa'.repeat(12)}060000001ae11ae2${outside}`;
  const nonce = 'aa'.repeat(12);
  const mapped = { type: 'mapped', ...REQUEST, nonce, outsideHost: '51.15.77.101' };
  assert.deepEqual(decode(`0281000000000e10${clock}${map}`), mapped);
  assert.deepEqual(decode(`0281000800000e10${clock}${map}`), { type: 'refused', result: 8 });
  assert.deepEqual(decode('0281000100000000'), { type: 'unsupported' });
  assert.deepEqual(decode('0080000100000000'), { type: 'unsupported' });
  assert.deepEqual(decode('0081000200000000'), { type: 'refused', result: 2 });
  const address = { type: 'outside', host: '51.15.77.101' };
  assert.deepEqual(decode('0080000000000001330f4d65'), address);
});

void test('any bytes are a reply or a PeerFault', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
      try {
        decodeRouterReply(bytes);
      } catch (error) {
        assert(error instanceof PeerFault);
      }
    }),
  );
});
