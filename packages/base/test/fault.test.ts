import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assert as assertTrue, AssertionError, LocalFault, PeerFault } from '../src/index.ts';

void test('a fault has a code, details and a cause, and shows them', () => {
  const cause = new Error('why');
  const fault = new LocalFault('DISK_FULL', { path: '/a', errno: undefined }, { cause });
  assert.equal(fault.code, 'DISK_FULL');
  assert.deepEqual(fault.details, { path: '/a', errno: undefined });
  assert.equal(fault.message, 'DISK_FULL path=/a');
  assert.equal(fault.cause, cause);
  assert.equal(fault.name, 'LocalFault');
  assert.equal(new PeerFault('IDLE').message, 'IDLE');
});

void test('whose fault it is can be told', () => {
  assert.ok(!(new PeerFault('A') instanceof LocalFault));
  assert.ok(!(new LocalFault('A') instanceof PeerFault));
  assert.equal(new PeerFault('A').name, 'PeerFault');
});

void test('an assertion that fails is a bug, not a fault', () => {
  assertTrue(true, 'fine');
  assert.throws(() => assertTrue(0, 'zero is wrong'), AssertionError);
  assert.throws(() => assertTrue(undefined, 'zero is wrong'), { message: 'zero is wrong' });
});
