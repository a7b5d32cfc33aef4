import assert from 'node:assert/strict';
import { test } from 'node:test';
import { maySendTo } from '../../src/node/address-scope.ts';

const HERE = ['127.0.0.1', '127.9.9.9', '0.0.0.0', '::1', '::', '::ffff:127.0.0.1'];
const AROUND = ['10.1.2.3', '172.31.0.1', '192.168.1.1', '169.254.169.254', 'fd00::1', 'fe80::1'];
const FAR = ['192.0.2.1', '172.32.0.1', '2001:db8::1', '::ffff:192.0.2.1'];

void test('a server may send us as near as it is itself, and no nearer', () => {
  const nearest = [FAR, AROUND, HERE];
  for (const [from, senders] of nearest.entries()) {
    for (const [to, targets] of nearest.entries()) {
      for (const sender of senders) {
        for (const target of targets) {
          assert.equal(maySendTo(sender, target), to <= from, `${sender} to ${target}`);
        }
      }
    }
  }
});
