import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkLan, lanInterfaces } from '../../src/peer/lan-check.ts';
import { openPeer } from '../api/peer-in-test.ts';

test('the doctor says in words what keeps contacts in the local network from being found', () => {
  const blocked = checkLan({ code: 'LAN_BLOCKED_HERE', name: 'wlan0' });
  assert.deepEqual(blocked, {
    name: 'local-network',
    verdict: 'odd',
    finding: {
      code: 'LAN_BLOCKED_HERE',
      details: { name: 'wlan0' },
      text: 'what is said in the local network does not come in at wlan0',
      hint: 'Let UDP port 5353 in, in the firewall of this computer.',
    },
  });
  assert.equal(checkLan({ code: 'LAN_GOOD', others: 2 }).verdict, 'good');
  const codes = ['LAN_OFFLINE', 'LAN_NO_NETWORK', 'LAN_PORT_TAKEN'] as const;
  for (const code of codes) assert.ok(checkLan({ code }).finding.text.length > 20, code);
});

test('an offline peer has no interface to look at, and its doctor says so once it is set up', async () => {
  assert.deepEqual(lanInterfaces('loopback', null), []);
  await using opened = await openPeer();
  const finding = async () => {
    const { checks } = await opened.client.call('examine', {});
    return checks.find(({ name }) => name === 'local-network')?.finding.code;
  };
  assert.equal(await finding(), undefined);
  opened.peer.setUp();
  assert.equal(await finding(), 'LAN_OFFLINE');
});
