// Who asks while people are being opened gets an answer a little later, and no refusal.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { LocalFault } from '@coequal/base';
import { World } from '@coequal/simulator';
import { Opening, OPENING_WAIT_MS } from '../../src/people/opening.ts';
import { openPeer } from '../api/peer-in-test.ts';

const NEVER = new AbortController().signal;

describe('while people are being opened, who asks', () => {
  test('waits until they are, also when it is done anew', async () => {
    const world = new World({ seed: 1 });
    const opening = new Opening(world.host('anna').ports.clock);
    const before = opening.wait(NEVER);
    opening.settle();
    await before;
    await opening.wait(NEVER);
    opening.begin();
    let isAnswered = false;
    const after = opening.wait(NEVER).then(() => (isAnswered = true));
    await world.pass(OPENING_WAIT_MS - 1);
    assert.equal(isAnswered, false);
    opening.settle();
    await after;
  });

  test('is refused after long', async () => {
    const world = new World({ seed: 2 });
    const opening = new Opening(world.host('anna').ports.clock);
    const refused = assert.rejects(opening.wait(NEVER), new LocalFault('PEOPLE_OFF'));
    await world.pass(OPENING_WAIT_MS);
    await refused;
  });

  test('waits no longer than it wants to', async () => {
    const world = new World({ seed: 3 });
    const opening = new Opening(world.host('anna').ports.clock);
    const gone = new AbortController();
    const waiting = opening.wait(gone.signal);
    gone.abort();
    await waiting;
  });
});

test('a peer that has just got an identity, or opens its links anew, refuses nobody', async () => {
  await using opened = await openPeer();
  const { client, peer } = opened;
  await assert.rejects(client.call('listContacts', {}), { code: 'PEOPLE_OFF' });
  const askAll = async (): Promise<void> => {
    await Promise.all([
      client.call('listContacts', {}),
      client.call('listInvitations', {}),
      client.call('listAcceptances', {}),
      client.call('showInbox', {}),
      client.call('listSends', {}),
      client.call('showSeenByOthers', {}),
    ]);
  };
  await client.call('createIdentity', { body: { deviceName: 'laptop' } });
  await askAll();
  await client.call('changeSettings', { body: { values: { usesPeopleDht: false } } });
  assert.equal(peer.people.desks, undefined);
  await askAll();
});
