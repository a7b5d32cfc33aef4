import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decodeDeviceList } from '../../../src/core/identity/device-list.ts';
import { UNLOCKED_MS } from '../../../src/io/identity/root.ts';
import type { Identity } from '../../../src/io/identity/identity.ts';
import { deviceOf, ed25519 } from '../../core/identity/device-lists.ts';
import { fault, openOn, ownOf, PASS_PHRASE, World } from './people.ts';

/** Runs `work` in virtual time. */
async function inWorld(work: (world: World) => Promise<void>): Promise<void> {
  const world = new World({ seed: 1 });
  await world.run(() => work(world), 3_600_000);
}

async function check(identity: Identity, words: readonly string[]): Promise<void> {
  const positions = identity.askForWords();
  await identity.checkWords(
    positions.map((position) => ({ position, word: words[position - 1] ?? '' })),
  );
}

describe('an identity', () => {
  it('is made, checked, and there again after a start', () =>
    inWorld(async (world) => {
      const host = world.host();
      const first = await openOn(host.ports);
      assert.equal(first.state, 'none');
      const words = await first.create({ deviceName: 'Laptop' });
      assert.equal(words.length, 24);
      assert.equal(first.state, 'created');
      await check(first, words);
      const own = ownOf(first);
      assert.deepEqual(decodeDeviceList(own.encodedDeviceList, ed25519), own.deviceList);
      assert.deepEqual(
        own.deviceList.devices.map(({ key, name }) => [key, name]),
        [[first.device, 'Laptop']],
      );
      first[Symbol.dispose]();
      host.stop();
      const second = await openOn(host.restart());
      assert.equal(second.state, 'checked');
      assert.deepEqual(ownOf(second).encodedDeviceList, own.encodedDeviceList);
      assert.deepEqual(second.deviceSecret(), own.deviceSecret());
    }));

  it('is made once', () =>
    inWorld(async (world) => {
      const identity = await openOn(world.host().ports);
      const made = await Promise.allSettled([
        identity.create({ deviceName: 'a' }),
        identity.create({ deviceName: 'b' }),
      ]);
      assert.deepEqual(
        made.map(({ status }) => status),
        ['fulfilled', 'rejected'],
      );
      await assert.rejects(
        identity.restore(`${'abandon '.repeat(23)}art`, { deviceName: 'c' }),
        fault('IDENTITY_EXISTS'),
      );
    }));

  it('is not made with a name or a pass phrase that is none', () =>
    inWorld(async (world) => {
      const host = world.host();
      const identity = await openOn(host.ports);
      await assert.rejects(identity.create({ deviceName: '' }), fault('BAD_DEVICE_NAME'));
      await assert.rejects(
        identity.create({ deviceName: 'a', passPhrase: 'short' }),
        fault('PASS_PHRASE_SHORT'),
      );
      assert.equal(identity.state, 'none');
      assert.deepEqual(host.disk.paths(), []);
    }));

  it('asks for other words after a wrong answer, and says which were wrong', () =>
    inWorld(async (world) => {
      const identity = await openOn(world.host().ports);
      const words = await identity.create({ deviceName: 'a' });
      await assert.rejects(identity.checkWords([]), fault('NOT_POSSIBLE_NOW'));
      const asked = identity.askForWords();
      assert.equal(new Set(asked).size, 3);
      const answers = asked.map((position, at) => ({
        position,
        word: at === 1 ? 'wrong' : (words[position - 1] ?? ''),
      }));
      await assert.rejects(identity.checkWords(answers), (error) => {
        assert.ok(fault('WORDS_DIFFER')(error));
        assert.match(String(error), new RegExp(`positions=${asked[1]}$`));
        return true;
      });
      await assert.rejects(identity.checkWords(answers), fault('NOT_POSSIBLE_NOW'));
      assert.equal(identity.state, 'created');
      await check(identity, words);
      assert.equal(identity.state, 'checked');
    }));

  it('shows the words until they were checked, and then with the pass phrase alone', () =>
    inWorld(async (world) => {
      const identity = await openOn(world.host().ports);
      const words = await identity.create({ deviceName: 'a' });
      assert.deepEqual(await identity.showWords(), words);
      await check(identity, words);
      await assert.rejects(identity.showWords(), fault('PASS_PHRASE_NOT_SET'));
      await identity.changePassPhrase(undefined, PASS_PHRASE);
      await assert.rejects(identity.showWords(), fault('PASS_PHRASE_MISSING'));
      await assert.rejects(
        identity.showWords('another one altogether'),
        fault('PASS_PHRASE_WRONG'),
      );
      assert.deepEqual(await identity.showWords(PASS_PHRASE), words);
    }));

  it('keeps sealed words out of its file, and clear ones out of other eyes', () =>
    inWorld(async (world) => {
      const host = world.host();
      const identity = await openOn(host.ports);
      await identity.create({ deviceName: 'a' });
      const clear = host.disk.content('/home/identity/person') ?? new Uint8Array();
      await identity.changePassPhrase(undefined, PASS_PHRASE);
      const sealed = host.disk.content('/home/identity/person') ?? new Uint8Array();
      // after the magic, version, device secret, state and how words are kept
      const entropy = Buffer.from(clear.subarray(39, 71));
      assert.ok(Buffer.from(clear).includes(entropy));
      assert.ok(!Buffer.from(sealed).includes(entropy));
      assert.ok(!Buffer.from(sealed).includes(Buffer.from(PASS_PHRASE)));
      assert.deepEqual(host.disk.paths(), ['/home/identity/person']);
    }));

  it('that is sealed signs nothing until it is unlocked, and for a while then', () =>
    inWorld(async (world) => {
      const host = world.host();
      const made = await openOn(host.ports);
      await made.create({ deviceName: 'a', passPhrase: PASS_PHRASE });
      host.stop();
      let changes = 0;
      const identity = await openOn(host.restart(), () => (changes += 1));
      assert.deepEqual([identity.isSealed, identity.isUnlocked], [true, false]);
      const rename = (name: string): Promise<void> => identity.renameDevice(identity.device, name);
      await assert.rejects(rename('b'), fault('IDENTITY_LOCKED'));
      await assert.rejects(identity.unlock('not the right one'), fault('PASS_PHRASE_WRONG'));
      await identity.unlock(PASS_PHRASE);
      await rename('b');
      assert.equal(ownOf(identity).deviceList.number, 2);
      const before = changes;
      await sleepIn(world, UNLOCKED_MS);
      assert.ok(changes > before);
      await assert.rejects(rename('c'), fault('IDENTITY_LOCKED'));
      await identity.unlock(PASS_PHRASE);
      identity.lock();
      await assert.rejects(rename('c'), fault('IDENTITY_LOCKED'));
      assert.equal(ownOf(identity).deviceList.devices[0]?.name, 'b');
    }));

  it('has a pass phrase changed and taken away with the one that is', () =>
    inWorld(async (world) => {
      const identity = await openOn(world.host().ports);
      const words = await identity.create({ deviceName: 'a', passPhrase: PASS_PHRASE });
      const other = 'seven pears on a green table';
      await assert.rejects(
        identity.changePassPhrase(undefined, other),
        fault('PASS_PHRASE_MISSING'),
      );
      await assert.rejects(identity.changePassPhrase(other, other), fault('PASS_PHRASE_WRONG'));
      await identity.changePassPhrase(PASS_PHRASE, other);
      assert.deepEqual(await identity.showWords(other), words);
      await identity.changePassPhrase(other, undefined);
      assert.equal(identity.isSealed, false);
      assert.deepEqual(await identity.showWords(), words);
    }));

  it('has the same wallet wherever it is restored', () =>
    inWorld(async (world) => {
      const one = await openOn(world.host().ports);
      const words = await one.create({ deviceName: 'a' });
      const other = await openOn(world.host().ports);
      await other.restore(words.join(' '), { deviceName: 'b' });
      assert.equal(ownOf(other).person, ownOf(one).person);
      assert.notEqual(other.device, one.device);
      assert.deepEqual(await other.walletWords(), await one.walletWords());
      assert.notDeepEqual(await other.walletWords(1), await one.walletWords());
    }));

  it('leaves nothing of a write that was killed', () =>
    inWorld(async (world) => {
      const host = world.host();
      await (await openOn(host.ports)).create({ deviceName: 'a' });
      host.disk.put('/home/identity/person.new', new Uint8Array(10));
      assert.equal((await openOn(host.ports)).state, 'created');
      assert.deepEqual(host.disk.paths(), ['/home/identity/person']);
    }));

  it('in a file that is damaged is not taken for none', () =>
    inWorld(async (world) => {
      const host = world.host();
      await (await openOn(host.ports)).create({ deviceName: 'a' });
      const bytes = host.disk.content('/home/identity/person') ?? new Uint8Array();
      host.disk.put('/home/identity/person', bytes.with(50, 1));
      await assert.rejects(openOn(host.ports), fault('IDENTITY_UNREADABLE'));
    }));

  it('says that the disk is full, and is what it was', () =>
    inWorld(async (world) => {
      const host = world.host();
      const identity = await openOn(host.ports);
      await identity.create({ deviceName: 'a' });
      for (const operation of ['writeAt', 'sync', 'rename'] as const) {
        host.disk.failNext(operation, 'DISK_FULL');
        await assert.rejects(identity.renameDevice(identity.device, 'b'), fault('DISK_FULL'));
        assert.equal(ownOf(identity).deviceList.number, 1);
      }
      await identity.renameDevice(identity.device, 'c');
      assert.equal(ownOf(await openOn(host.ports)).deviceList.devices[0]?.name, 'c');
    }));
});

describe('words that are wrong', () => {
  it('restore nobody, and say why', () =>
    inWorld(async (world) => {
      const identity = await openOn(world.host().ports);
      const tries: readonly [string, string][] = [
        ['abandon '.repeat(23), 'problem=COUNT'],
        [`${'abandon '.repeat(23)}abandon`, 'problem=MIXED_UP'],
        [`${'abandon '.repeat(23)}artt`, 'problem=UNKNOWN position=24'],
      ];
      for (const [text, says] of tries)
        await assert.rejects(identity.restore(text, { deviceName: 'a' }), (error) => {
          assert.ok(fault('BAD_WORDS')(error));
          assert.ok(String(error).includes(says), String(error));
          return true;
        });
      assert.equal(identity.state, 'none');
    }));
});

describe('a device that is revoked', () => {
  it('is nobody any more, cannot come back, and its person can with another key', () =>
    inWorld(async (world) => {
      const host = world.host();
      const one = await openOn(world.host().ports);
      const words = await one.create({ deviceName: 'one' });
      const other = await openOn(host.ports);
      await other.restore(words.join(' '), { deviceName: 'other' });
      await one.learnList(ownOf(other).encodedDeviceList);
      assert.equal(ownOf(one).deviceList.devices.length, 2);
      const lost = other.device;
      await assert.rejects(one.revokeDevice(one.device), fault('NOT_THIS_DEVICE'));
      await assert.rejects(one.revokeDevice(deviceOf(7)), fault('NO_SUCH_DEVICE'));
      await one.revokeDevice(lost);
      await other.learnList(ownOf(one).encodedDeviceList);
      assert.equal(other.isRevoked, true);
      const { own: nobody } = other;
      assert.equal(nobody, undefined);
      await other.restore(words.join(' '), { deviceName: 'again' });
      assert.notEqual(other.device, lost);
      assert.equal(ownOf(other).deviceList.revoked[0], lost);
      assert.deepEqual(
        ownOf(other).deviceList.devices.map(({ name }) => name),
        ['one', 'again'],
      );
      host.stop();
      assert.equal(ownOf(await openOn(host.restart())).deviceList.devices.length, 2);
    }));
});

describe('a person restored from words', () => {
  it('goes on with the number that own devices and contacts have, and forgets no device', () =>
    inWorld(async (world) => {
      const old = await openOn(world.host().ports);
      const words = await old.create({ deviceName: 'old' });
      for (const name of ['b', 'c', 'd']) await old.renameDevice(old.device, name);
      const restored = await openOn(world.host().ports);
      await restored.restore(words.join('\n'), { deviceName: 'new' });
      assert.equal(ownOf(restored).deviceList.number, 1);
      // a contact shows what it has
      await restored.learnList(ownOf(old).encodedDeviceList);
      assert.equal(ownOf(restored).deviceList.number, 5);
      assert.deepEqual(
        ownOf(restored)
          .deviceList.devices.map(({ name }) => name)
          .toSorted(),
        ['d', 'new'],
      );
      await old.learnList(ownOf(restored).encodedDeviceList);
      assert.deepEqual(ownOf(old).encodedDeviceList, ownOf(restored).encodedDeviceList);
    }));

  it('waits with signing until it is unlocked', () =>
    inWorld(async (world) => {
      const host = world.host();
      const old = await openOn(world.host().ports);
      const words = await old.create({ deviceName: 'old' });
      await old.renameDevice(old.device, 'b');
      const made = await openOn(host.ports);
      await made.restore(words.join(' '), { deviceName: 'new', passPhrase: PASS_PHRASE });
      host.stop();
      const restored = await openOn(host.restart());
      await restored.learnList(ownOf(old).encodedDeviceList);
      assert.equal(restored.needsSigning, true);
      assert.equal(ownOf(restored).deviceList.number, 1);
      await restored.unlock(PASS_PHRASE);
      assert.equal(restored.needsSigning, false);
      assert.equal(ownOf(restored).deviceList.number, 3);
    }));

  it('is not given lists of others', () =>
    inWorld(async (world) => {
      const one = await openOn(world.host().ports);
      await one.create({ deviceName: 'one' });
      const stranger = await openOn(world.host().ports);
      await stranger.create({ deviceName: 'x' });
      const list = ownOf(stranger).encodedDeviceList;
      await assert.rejects(one.learnList(list), fault('OTHER_PERSON'));
      await assert.rejects(one.learnList(list.with(5, 0)), fault('BAD_SIGNATURE'));
      await assert.rejects(one.learnList(new Uint8Array(9)), fault('BAD_DEVICE_LIST'));
    }));
});

async function sleepIn(world: World, ms: number): Promise<void> {
  await new Promise<void>((resolve) => void world.after(ms, resolve));
}
