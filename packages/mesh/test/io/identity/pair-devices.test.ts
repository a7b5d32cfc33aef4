import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { untilAborted } from '@coequal/base';
import type { Ports } from '@coequal/base';
import { admitDevice, joinPerson } from '../../../src/io/identity/pair-devices.ts';
import type { OtherDevice, ProvenChannel } from '../../../src/io/identity/pair-devices.ts';
import type { Identity } from '../../../src/io/identity/identity.ts';
import { fault, openOn, ownOf, PASS_PHRASE, World } from './people.ts';

/** Both ends of a channel in memory; `change` sees every message, and may lose or change it. */
function channel(change: (message: Uint8Array) => Uint8Array | undefined = (m) => m): {
  readonly ends: readonly [ProvenChannel, ProvenChannel];
  readonly cut: () => void;
} {
  const lost = new AbortController();
  const queues = [openQueue(), openQueue()] as const;
  const end = (mine: Queue, other: Queue): ProvenChannel => ({
    confirmCode: '4711',
    send(message) {
      const changed = change(message);
      if (changed !== undefined) other.put(changed.slice());
    },
    receive: (signal) => untilAborted(mine.take(), AbortSignal.any([signal, lost.signal])),
  });
  return {
    ends: [end(queues[0], queues[1]), end(queues[1], queues[0])],
    cut: () => lost.abort(new Error('cut')),
  };
}

interface Queue {
  put(message: Uint8Array): void;
  take(): Promise<Uint8Array>;
}

function openQueue(): Queue {
  const messages: Uint8Array[] = [];
  const waiting: ((message: Uint8Array) => void)[] = [];
  return {
    put(message) {
      const first = waiting.shift();
      if (first === undefined) messages.push(message);
      else first(message);
    },
    take() {
      const first = messages.shift();
      if (first !== undefined) return Promise.resolve(first);
      return new Promise((resolve) => void waiting.push(resolve));
    },
  };
}

interface Scene {
  readonly world: World;
  readonly old: Identity;
  readonly fresh: Identity;
  readonly ports: Ports;
}

async function scene(work: (scene: Scene) => Promise<void>): Promise<void> {
  const world = new World({ seed: 1 });
  await world.run(async () => {
    const host = world.host();
    const old = await openOn(host.ports);
    await old.create({ deviceName: 'Laptop' });
    const fresh = await openOn(world.host().ports);
    await work({ world, old, fresh, ports: host.ports });
  }, 3_600_000);
}

const yes = async (): Promise<boolean> => true;
const never = new AbortController().signal;

describe('a new device', () => {
  it('joins when the person says yes on the other, and both show each other', () =>
    scene(async ({ old, fresh, ports }) => {
      const { ends } = channel();
      const seen: OtherDevice[] = [];
      const confirm = async (other: OtherDevice): Promise<boolean> => seen.push(other) > 0;
      const [added] = await Promise.all([
        admitDevice(old, ends[0], confirm, ports, never),
        joinPerson(fresh, 'Phone', ends[1], (other) => seen.push(other), ports, never),
      ]);
      assert.equal(added?.key, fresh.device);
      const shown = seen.map(({ name, confirmCode }) => `${name} ${confirmCode}`);
      assert.deepEqual(shown.toSorted(), ['Laptop 4711', 'Phone 4711']);
      assert.equal(fresh.state, 'member');
      assert.equal(ownOf(fresh).person, ownOf(old).person);
      assert.deepEqual(ownOf(fresh).encodedDeviceList, ownOf(old).encodedDeviceList);
      await assert.rejects(fresh.renameDevice(fresh.device, 'x'), fault('WORDS_NOT_HERE'));
      await assert.rejects(fresh.showWords(PASS_PHRASE), fault('WORDS_NOT_HERE'));
    }));

  it('can have the words later, and stays the device that it is', () =>
    scene(async ({ old, fresh, ports }) => {
      const { ends } = channel();
      await Promise.all([
        admitDevice(old, ends[0], yes, ports, never),
        joinPerson(fresh, 'Phone', ends[1], () => undefined, ports, never),
      ]);
      const other = `${'abandon '.repeat(23)}art`;
      await assert.rejects(fresh.restore(other, { deviceName: 'x' }), fault('OTHER_WORDS'));
      const { device } = fresh;
      await fresh.restore((await old.showWords()).join(' '), { deviceName: 'x' });
      assert.equal(fresh.device, device);
      await fresh.renameDevice(device, 'Pocket');
      assert.equal(ownOf(fresh).deviceList.devices[1]?.name, 'Pocket');
    }));

  it('that was restored from the words finds the others by pairing, and nobody else’s', () =>
    scene(async ({ world, old, fresh, ports }) => {
      await old.renameDevice(old.device, 'Desk');
      await fresh.restore((await old.showWords()).join(' '), { deviceName: 'New' });
      const { device } = fresh;
      const stranger = await openOn(world.host().ports);
      await stranger.create({ deviceName: 'Stranger' });
      const wrong = channel();
      const admitting = admitDevice(stranger, wrong.ends[0], yes, ports, never);
      const joining = joinPerson(fresh, 'New', wrong.ends[1], () => undefined, ports, never);
      await assert.rejects(joining, fault('OTHER_WORDS'));
      wrong.cut();
      await assert.rejects(admitting, /cut/);
      const { ends } = channel();
      await Promise.all([
        admitDevice(old, ends[0], yes, ports, never),
        joinPerson(fresh, 'New', ends[1], () => undefined, ports, never),
      ]);
      assert.equal(fresh.device, device);
      assert.equal(fresh.state, 'restored');
      assert.deepEqual(
        ownOf(fresh).deviceList.devices.map(({ name }) => name),
        ['Desk', 'New'],
      );
      assert.deepEqual(ownOf(fresh).encodedDeviceList, ownOf(old).encodedDeviceList);
    }));

  it('learns of changes that the other signs, and that it was revoked', () =>
    scene(async ({ old, fresh, ports }) => {
      const { ends } = channel();
      await Promise.all([
        admitDevice(old, ends[0], yes, ports, never),
        joinPerson(fresh, 'Phone', ends[1], () => undefined, ports, never),
      ]);
      const before = ownOf(old).encodedDeviceList;
      await old.revokeDevice(fresh.device);
      await fresh.learnList(ownOf(old).encodedDeviceList);
      assert.equal(fresh.isRevoked, true);
      await fresh.learnList(before); // an old one does not make it good again
      assert.equal(fresh.isRevoked, true);
    }));

  it('is told no, and nothing is changed', () =>
    scene(async ({ old, fresh, ports }) => {
      const { ends } = channel();
      const no = async (): Promise<boolean> => false;
      const joining = joinPerson(fresh, 'Phone', ends[1], () => undefined, ports, never);
      const [added] = await Promise.all([
        admitDevice(old, ends[0], no, ports, never),
        assert.rejects(joining, fault('PAIRING_DECLINED')),
      ]);
      assert.equal(added, undefined);
      assert.equal(ownOf(old).deviceList.number, 1);
      assert.equal(fresh.state, 'none');
    }));

  it('that was signed for when the line was cut joins when it pairs again', () =>
    scene(async ({ world, old, ports }) => {
      const host = world.host();
      host.disk.put('/home/daemon.lock', new Uint8Array(1)); // the folder is its owner's, and there
      const first = await openOn(host.ports);
      const { ends, cut } = channel((message) => (message[0] === 3 ? undefined : message));
      const admitting = admitDevice(old, ends[0], yes, ports, never);
      const joining = joinPerson(first, 'Phone', ends[1], () => undefined, ports, never);
      while (ownOf(old).deviceList.number === 1) await pass(world);
      cut();
      await assert.rejects(admitting, /cut/);
      await assert.rejects(joining, /cut/);
      host.powerLoss();
      const again = await openOn(host.restart());
      assert.equal(again.device, first.device);
      const good = channel();
      await Promise.all([
        admitDevice(old, good.ends[0], yes, ports, never),
        joinPerson(again, 'Phone', good.ends[1], () => undefined, ports, never),
      ]);
      assert.equal(again.state, 'member');
      assert.equal(ownOf(old).deviceList.devices.length, 2);
    }));

  it('is not added by a request that was changed, or whose key is not its own', () =>
    scene(async ({ old, fresh, ports }) => {
      for (const at of [1, 40, 60]) {
        const { ends, cut } = channel((message) =>
          message[0] === 2 ? message.with(at, (message[at] ?? 0) ^ 1) : message,
        );
        const joining = joinPerson(fresh, 'Phone', ends[1], () => undefined, ports, never);
        await assert.rejects(
          admitDevice(old, ends[0], yes, ports, never),
          /BAD_SIGNATURE|BAD_PAIR_MESSAGE/,
        );
        cut();
        await assert.rejects(joining, /cut/);
        assert.equal(ownOf(old).deviceList.number, 1);
      }
    }));

  it('is not added while the words are locked', () =>
    scene(async ({ old, fresh, ports }) => {
      await old.changePassPhrase(undefined, PASS_PHRASE);
      old.lock();
      const { ends, cut } = channel();
      const joining = joinPerson(fresh, 'Phone', ends[1], () => undefined, ports, never);
      await assert.rejects(admitDevice(old, ends[0], yes, ports, never), fault('IDENTITY_LOCKED'));
      cut();
      await assert.rejects(joining, /cut/);
    }));
});

async function pass(world: World): Promise<void> {
  await new Promise<void>((resolve) => void world.after(1, resolve));
}
