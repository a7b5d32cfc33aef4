import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as base from '@coequal/base';
import * as node from '@coequal/base/node';

void test('this is the public surface, for a browser too', () => {
  assert.deepEqual(Object.keys(base).toSorted(), [
    'Allowance',
    'AssertionError',
    'ByteReader',
    'EventLog',
    'LeanMap',
    'LeanSet',
    'LocalFault',
    'PeerFault',
    'TaskGroup',
    'assert',
    'compareBytes',
    'concatBytes',
    'decodeUtf8',
    'deviceKeyBytes',
    'deviceKeyOf',
    'encodeUtf8',
    'equalBytes',
    'equalSecrets',
    'formatHex',
    'isAbort',
    'joinPath',
    'parentPath',
    'parseDeviceKey',
    'parseHex',
    'rootPath',
    'sleep',
    'untilAborted',
  ]);
});

void test('this is the public surface under Node', () => {
  assert.deepEqual(Object.keys(node).toSorted(), [
    'addressWithZone',
    'openClock',
    'openDisk',
    'openEd25519',
    'openHasher',
    'openHttp',
    'openNet',
    'openPorts',
    'openRandom',
    'openSlowHash',
    'scopeOf',
  ]);
});

void test('the ports open together and end together', async () => {
  await using ports = node.openPorts({ bindHosts: ['127.0.0.1'], workers: 1 });
  const spans = [{ type: 'zeros', length: 10 } as const];
  const signal = new AbortController().signal;
  const found = await ports.hasher.readAndHash({ spans, digests: { sha1: true } }, signal);
  assert.equal(found?.sha1?.length, 20);
  assert.equal(ports.random.bytes(5).length, 5);
  assert.ok(ports.clock.now() <= ports.clock.now());
});
