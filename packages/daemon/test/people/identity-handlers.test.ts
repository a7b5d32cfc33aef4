// The routes of identity on running peers: what they answer, and what they refuse.
import assert from 'node:assert/strict';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { API_CODES, RequestRefused } from '@coequal/contract';
import type { ApiCode, Client, DevicePairing } from '@coequal/contract';
import { LocalFault, untilAborted } from '@coequal/base';
import type { ProvenChannel } from '@coequal/mesh/identity';
import type { PairingWays } from '../../src/people/device-pairing.ts';
import { openPeer, until } from '../api/peer-in-test.ts';
import type { PeerInTest } from '../api/peer-in-test.ts';

const PASS_PHRASE = 'six apples under a blue roof';
const NOBODY = 'c0'.repeat(32);

function refused(code: ApiCode): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof RequestRefused, String(error));
    assert.equal(error.code, code);
    assert.equal(error.status, API_CODES[code]);
    assert.doesNotMatch(error.message, /it failed with/);
    return true;
  };
}

async function create(client: Client, passPhrase?: string): Promise<readonly string[]> {
  const body = { deviceName: 'Laptop', ...(passPhrase !== undefined && { passPhrase }) };
  return (await client.call('createIdentity', { body })).words;
}

void describe('before there is an identity', () => {
  test('nothing of one is answered', async () => {
    await using opened = await openPeer();
    const { client } = opened;
    const params = { person: NOBODY };
    const device = { device: NOBODY };
    const asked: readonly Promise<unknown>[] = [
      client.call('showWords', { body: {} }),
      client.call('askForWords', {}),
      client.call('checkWords', { body: { answers: [{ position: 1, word: 'x' }] } }),
      client.call('changePassPhrase', { body: { next: PASS_PHRASE } }),
      client.call('unlockIdentity', { body: { passPhrase: PASS_PHRASE } }),
      client.call('listDevices', {}),
      client.call('renameDevice', { params: device, body: { name: 'x' } }),
      client.call('revokeDevice', { params: device }),
      client.call('startPairing', {}),
      client.call('showSafetyNumber', { params }),
      client.call('showComparison', { params }),
      client.call('startComparison', { params }),
      client.call('answerComparison', { params, body: { isSame: true } }),
    ];
    await Promise.all(asked.map((each) => assert.rejects(each, refused('NO_IDENTITY'))));
    await assert.rejects(client.call('joinDevices', { body: { code: 'x' } }), refused('BAD_CODE'));
    assert.equal((await client.call('showIdentity', {})).state, 'none');
    const { count, wrong } = await client.call('examineWords', { body: { words: 'abandon zo' } });
    assert.equal(count, 2);
    assert.deepEqual(wrong[0]?.position, 2);
    assert.ok(wrong[0]?.near.includes('zoo'));
  });

  test('what makes none says why', async () => {
    await using opened = await openPeer();
    const { client } = opened;
    const short = { deviceName: 'x', passPhrase: 'short' };
    await assert.rejects(
      client.call('createIdentity', { body: short }),
      refused('PASS_PHRASE_SHORT'),
    );
    const unseen = { deviceName: 'a\u202eb' };
    await assert.rejects(
      client.call('createIdentity', { body: unseen }),
      refused('BAD_DEVICE_NAME'),
    );
    const words = { words: 'abandon' };
    await assert.rejects(client.call('restoreIdentity', { body: words }), refused('BAD_WORDS'));
    const good = `${'abandon '.repeat(23)}art`;
    for (const [more, code] of [
      [{ passPhrase: 'short' }, 'PASS_PHRASE_SHORT'],
      [unseen, 'BAD_DEVICE_NAME'],
    ] as const)
      await assert.rejects(
        client.call('restoreIdentity', { body: { words: good, ...more } }),
        refused(code),
      );
    await assert.rejects(
      client.call('joinDevices', { body: { code: 'x', ...unseen } }),
      refused('BAD_DEVICE_NAME'),
    );
  });
});

void test('an identity is made, checked, sealed, and restored elsewhere', async () => {
  await using opened = await openPeer();
  const { client, folder } = opened;
  const words = await create(client);
  const path = folder.at('home', 'identity', 'person');
  if (process.platform !== 'win32') assert.equal(statSync(path).mode & 0o777, 0o600);
  const { positions } = await client.call('askForWords', {});
  const wrong = positions.map((position) => ({ position, word: 'wrong' }));
  await assert.rejects(
    client.call('checkWords', { body: { answers: wrong } }),
    refused('WORDS_DIFFER'),
  );
  await assert.rejects(
    client.call('checkWords', { body: { answers: wrong } }),
    refused('NOT_POSSIBLE_NOW'),
  );
  const again = (await client.call('askForWords', {})).positions;
  const answers = again.map((position) => ({
    position,
    word: ` ${words[position - 1]?.toUpperCase()}`,
  }));
  assert.equal((await client.call('checkWords', { body: { answers } })).state, 'checked');
  await assert.rejects(client.call('showWords', { body: {} }), refused('PASS_PHRASE_NOT_SET'));
  const short = { next: 'short' };
  await assert.rejects(
    client.call('changePassPhrase', { body: short }),
    refused('PASS_PHRASE_SHORT'),
  );
  const sealed = await client.call('changePassPhrase', { body: { next: PASS_PHRASE } });
  assert.equal(sealed.isSealed, true);
  await assert.rejects(
    client.call('changePassPhrase', { body: { next: null } }),
    refused('PASS_PHRASE_MISSING'),
  );
  await assert.rejects(
    client.call('changePassPhrase', { body: { next: null, current: 'another one' } }),
    refused('PASS_PHRASE_WRONG'),
  );
  await assert.rejects(client.call('showWords', { body: {} }), refused('PASS_PHRASE_MISSING'));
  const body = { passPhrase: 'not the right one' };
  await assert.rejects(client.call('showWords', { body }), refused('PASS_PHRASE_WRONG'));
  await assert.rejects(client.call('unlockIdentity', { body }), refused('PASS_PHRASE_WRONG'));
  await client.call('lockIdentity', {});
  const { devices } = await client.call('listDevices', {});
  const params = { device: devices[0]?.key ?? '' };
  const rename = (name: string): Promise<unknown> =>
    client.call('renameDevice', { params, body: { name } });
  await assert.rejects(rename('Desk'), refused('IDENTITY_LOCKED'));
  await assert.rejects(
    client.call('revokeDevice', { params: { device: NOBODY } }),
    refused('IDENTITY_LOCKED'),
  );
  await client.call('askForWords', {});
  await assert.rejects(
    client.call('checkWords', { body: { answers } }),
    refused('IDENTITY_LOCKED'),
  );
  const unlocked = await client.call('unlockIdentity', { body: { passPhrase: PASS_PHRASE } });
  assert.equal(unlocked.isUnlocked, true);
  assert.ok((unlocked.unlockedUntil ?? 0) > Date.now());
  await assert.rejects(rename('a\u202eb'), refused('BAD_DEVICE_NAME'));
  await rename('Desk');
  await assert.rejects(client.call('revokeDevice', { params }), refused('NOT_THIS_DEVICE'));
  const none = { device: NOBODY };
  await assert.rejects(client.call('revokeDevice', { params: none }), refused('NO_SUCH_DEVICE'));
  await assert.rejects(
    client.call('renameDevice', { params: none, body: { name: 'x' } }),
    refused('NO_SUCH_DEVICE'),
  );
  await assert.rejects(create(client), refused('IDENTITY_EXISTS'));
  const shown = await client.call('showWords', { body: { passPhrase: PASS_PHRASE } });
  assert.deepEqual(shown.words, words);

  await using other = await openPeer();
  const restored = await other.client.call('restoreIdentity', { body: { words: words.join(' ') } });
  assert.equal(restored.person, unlocked.person);
  assert.equal(restored.state, 'restored');
  const mine = { params: { person: NOBODY } };
  const { groups } = await client.call('showSafetyNumber', mine);
  assert.equal(groups.length, 12);
  assert.deepEqual(await other.client.call('showSafetyNumber', mine), { groups });
});

/** Two peers whose codes lead to each other in memory. */
function waysBetween(): { readonly old: PairingWays; readonly fresh: PairingWays } {
  const ends = [queue(), queue()] as const;
  const channel = (mine: Queue, other: Queue): ProvenChannel => ({
    confirmCode: '4711',
    send: (message) => other.put(message.slice()),
    receive: (signal) => untilAborted(mine.take(), signal),
  });
  const met = Promise.withResolvers<ProvenChannel>();
  return {
    old: {
      offer: async (signal) => ({ code: 'the-code', channel: untilAborted(met.promise, signal) }),
      join: () => Promise.reject(new Error('not here')),
    },
    fresh: {
      offer: () => Promise.reject(new Error('not here')),
      join: async (code) => {
        assert.equal(code, 'the-code');
        met.resolve(channel(ends[0], ends[1]));
        return channel(ends[1], ends[0]);
      },
    },
  };
}

interface Queue {
  put(message: Uint8Array): void;
  take(): Promise<Uint8Array>;
}

function queue(): Queue {
  const messages: Uint8Array[] = [];
  let wake = (): void => undefined;
  return {
    put(message) {
      messages.push(message);
      wake();
    },
    async take() {
      while (messages.length === 0) await new Promise<void>((resolve) => (wake = resolve));
      return messages.shift() ?? new Uint8Array();
    },
  };
}

async function untilPairing(opened: PeerInTest, wanted: DevicePairing['state']): Promise<void> {
  await until(opened, async () => {
    const { state } = await opened.client.call('showPairing', {});
    return state === wanted ? true : undefined;
  });
}

void describe('a second device', () => {
  test('joins by a code, once its name and code were seen on the first', async () => {
    await using first = await openPeer();
    await using second = await openPeer();
    const ways = waysBetween();
    await create(first.client, PASS_PHRASE);
    first.peer.identityLinks = { pairingWays: ways.old, comparisons: undefined };
    second.peer.identityLinks = { pairingWays: ways.fresh, comparisons: undefined };
    await first.client.call('lockIdentity', {});
    const answer = (body: { accept: boolean; passPhrase?: string }): Promise<{ state: string }> =>
      first.client.call('answerPairing', { body });
    await assert.rejects(answer({ accept: true }), refused('NOT_POSSIBLE_NOW'));
    const { code = '' } = await first.client.call('startPairing', {});
    await assert.rejects(first.client.call('startPairing', {}), refused('NOT_POSSIBLE_NOW'));
    await second.client.call('joinDevices', { body: { code, deviceName: 'Phone' } });
    await untilPairing(first, 'asking');
    await untilPairing(second, 'asking');
    const [seen, shown] = await Promise.all([
      first.client.call('showPairing', {}),
      second.client.call('showPairing', {}),
    ]);
    assert.deepEqual([seen.other?.name, shown.other?.name], ['Phone', 'Laptop']);
    assert.equal(seen.confirmCode, shown.confirmCode);
    await assert.rejects(answer({ accept: true }), refused('IDENTITY_LOCKED'));
    await assert.rejects(
      answer({ accept: true, passPhrase: 'wrong one here' }),
      refused('PASS_PHRASE_WRONG'),
    );
    assert.equal((await answer({ accept: true, passPhrase: PASS_PHRASE })).state, 'joined');
    const member = await second.client.call('showIdentity', {});
    assert.equal(member.state, 'member');
    assert.equal(member.device?.name, 'Phone');
    assert.equal((await second.client.call('listDevices', {})).devices.length, 2);
    await membersHaveNoWords(second);
    const device = member.device?.key ?? '';
    const left = await first.client.call('revokeDevice', { params: { device } });
    assert.deepEqual(left.revoked, [device]);
  });

  async function membersHaveNoWords({ client }: PeerInTest): Promise<void> {
    const params = { device: NOBODY };
    const asked: readonly Promise<unknown>[] = [
      client.call('showWords', { body: {} }),
      client.call('askForWords', {}),
      client.call('checkWords', { body: { answers: [{ position: 1, word: 'x' }] } }),
      client.call('changePassPhrase', { body: { next: PASS_PHRASE } }),
      client.call('unlockIdentity', { body: { passPhrase: PASS_PHRASE } }),
      client.call('renameDevice', { params, body: { name: 'x' } }),
      client.call('revokeDevice', { params }),
      client.call('startPairing', {}),
    ];
    await Promise.all(asked.map((each) => assert.rejects(each, refused('WORDS_NOT_HERE'))));
    await assert.rejects(
      client.call('joinDevices', { body: { code: 'x' } }),
      refused('IDENTITY_EXISTS'),
    );
    const words = `${'abandon '.repeat(23)}art`;
    await assert.rejects(
      client.call('restoreIdentity', { body: { words } }),
      refused('OTHER_WORDS'),
    );
  }

  test('is not added when the person says no, or ends it', async () => {
    await using first = await openPeer();
    await using second = await openPeer();
    await create(first.client);
    for (const ends of ['no', 'cancel'] as const) {
      const ways = waysBetween();
      first.peer.identityLinks = { pairingWays: ways.old, comparisons: undefined };
      second.peer.identityLinks = { pairingWays: ways.fresh, comparisons: undefined };
      await first.client.call('startPairing', {});
      await second.client.call('joinDevices', { body: { code: 'the-code', deviceName: 'Phone' } });
      await untilPairing(first, 'asking');
      await untilPairing(second, 'asking');
      if (ends === 'no') {
        await first.client.call('answerPairing', { body: { accept: false } });
        await untilPairing(second, 'failed');
        const { problem } = await second.client.call('showPairing', {});
        assert.equal(problem?.code, 'PAIRING_DECLINED');
      } else {
        await first.client.call('cancelPairing', {});
        await second.client.call('cancelPairing', {});
        assert.equal((await second.client.call('showPairing', {})).state, 'none');
      }
      assert.equal((await first.client.call('showPairing', {})).state, 'none');
      assert.equal((await first.client.call('listDevices', {})).devices.length, 1);
    }
  });
});

void test('a code that could not be offered does not stand in the way of the next', async () => {
  await using opened = await openPeer();
  const { client, peer } = opened;
  await create(client);
  const none = (): Promise<never> =>
    Promise.reject(new LocalFault('NOT_POSSIBLE_NOW', { what: 'links' }));
  peer.identityLinks = { pairingWays: { offer: none, join: none }, comparisons: undefined };
  await assert.rejects(client.call('startPairing', {}), refused('NOT_POSSIBLE_NOW'));
  peer.identityLinks = { pairingWays: waysBetween().old, comparisons: undefined };
  assert.equal((await client.call('startPairing', {})).state, 'waiting');
});

void test('beside a code it says from where a device can come by it, once that is known', async () => {
  await using opened = await openPeer();
  const { client, peer } = opened;
  await create(client);
  let reach: 'network' | undefined;
  const { old } = waysBetween();
  const offer: typeof old.offer = async (signal) => {
    const offered = await old.offer(signal);
    return {
      code: offered.code,
      channel: offered.channel,
      get reach() {
        return reach;
      },
    };
  };
  peer.identityLinks = { pairingWays: { ...old, offer }, comparisons: undefined };
  assert.equal((await client.call('startPairing', {})).reach, undefined);
  reach = 'network';
  assert.equal((await client.call('showPairing', {})).reach, 'network');
  await client.call('cancelPairing', {});
  assert.deepEqual(await client.call('showPairing', {}), { state: 'none' });
});

void test('without a directory there is nobody to pair with, and without contacts nobody to compare', async () => {
  await using opened = await openPeer({ flags: { usesPeopleDht: false } });
  const { client } = opened;
  await create(client);
  const params = { person: NOBODY };
  await assert.rejects(client.call('startPairing', {}), refused('NO_MEETING_PLACE'));
  await assert.rejects(client.call('startComparison', { params }), refused('NO_SUCH_CONTACT'));
  await assert.rejects(
    client.call('answerComparison', { params, body: { isSame: true } }),
    refused('NOT_POSSIBLE_NOW'),
  );
  assert.equal((await client.call('showComparison', { params })).state, 'none');
});

void test('an identity that is damaged is left as it is, and the peer goes on', async () => {
  await using opened = await openPeer();
  await create(opened.client);
  const path = opened.folder.at('home', 'identity', 'person');
  const damaged = readFileSync(path).fill(1, 50, 60);
  writeFileSync(path, damaged);
  const { openIdentity } = await import('../../src/people/open-identity.ts');
  const told: unknown[] = [];
  using again = await openIdentity(opened.folder.at('home'), opened.peer.ports, {
    identityLinks: { pairingWays: undefined, comparisons: undefined },
    hub: { publish: () => undefined },
    identityChanged: () => undefined,
    journal: { fault: (error) => void told.push(error) },
    stopSignal: opened.peer.stopSignal,
  });
  assert.throws(() => again.desks, /IDENTITY_UNREADABLE/);
  assert.throws(() => again.identity, /IDENTITY_UNREADABLE/);
  assert.equal(told.length, 1);
  assert.deepEqual(readFileSync(path), damaged);
});
