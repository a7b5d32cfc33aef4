import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OwnReach } from '../../../src/core/swarm/own-reach.ts';

const HOUR = 3_600_000;

test('the internet is told the port of the router, and who is near our own', () => {
  const reach = new OwnReach(6881);
  assert.equal(reach.portFor('51.15.77.1'), 6881);
  assert.equal(reach.setExternalPort(4, 50_000), true);
  for (const host of ['51.15.77.1', '::ffff:51.15.77.1', 'tracker.example', ''])
    assert.equal(reach.portFor(host), 50_000, host);
  for (const host of ['192.168.1.9', '127.0.0.1', 'fe80::1', '::ffff:10.0.0.1', '2001:db8::1'])
    assert.equal(reach.portFor(host), 6881, host);
  assert.equal(reach.setExternalPort(4, 50_000), false, 'no news');
  assert.equal(reach.setExternalPort(4, undefined), true);
  assert.equal(reach.portFor('51.15.77.1'), 6881);
});

test('who does not listen tells no port', () => {
  const reach = new OwnReach(undefined);
  assert.equal(reach.setExternalPort(4, 50_000), false);
  assert.equal(reach.portFor('51.15.77.1'), undefined);
});

test('we are reached where somebody came within the hour', () => {
  const reach = new OwnReach(6881);
  const [far, farther, six] = ['51.15.77.1', '198.51.100.7', '2001:db8::1'];
  assert.equal(reach.isReachedFrom('192.168.1.9', 0), true);
  assert.equal(reach.isReachedFrom(far, 0), false);
  reach.wasDialledFrom('192.168.1.9', 0);
  assert.equal(reach.isReachedFrom(far, 0), false, 'a neighbour says nothing of the router');
  reach.wasDialledFrom(far, 0);
  assert.equal(reach.isReachedFrom(farther, HOUR - 1), true);
  assert.equal(reach.isReachedFrom(farther, HOUR), false);
  assert.equal(reach.isReachedFrom(six, 0), false, 'of the other family nothing is known');
  assert.equal(reach.setExternalPort(6, 6881), false, 'the same port');
  assert.equal(reach.isReachedFrom(six, HOUR), false, 'there may be another router behind it');
});
