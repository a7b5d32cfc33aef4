// Whatever is done to an identity, and whenever the power goes: what was acknowledged is there, and what is there is whole.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Ports } from '@coequal/base';
import type { Identity } from '../../../src/io/identity/identity.ts';
import { encodeDeviceList } from '../../../src/core/identity/device-list.ts';
import { openRoot } from '../../../src/io/identity/root.ts';
import { deviceOf, ed25519, signerOf } from '../../core/identity/device-lists.ts';
import { openOn, PASS_PHRASE, QUICK_HASH, World } from './people.ts';

/** More operations of the disk than any change has. */
const STEPS_MAX = 30;

interface Case {
  readonly name: string;
  readonly before: (identity: Identity) => Promise<unknown>;
  readonly change: (identity: Identity) => Promise<unknown>;
  /** What tells both sides apart. */
  readonly look: (identity: Identity) => string;
}

const WORDS = `${'abandon '.repeat(23)}art`;
const create = (identity: Identity): Promise<unknown> => identity.create({ deviceName: 'a' });
const state = (identity: Identity): string => identity.state;
const numbers = ({ own, isSealed }: Identity): string => `${own?.deviceList.number} ${isSealed}`;

/** Of a person whose key is not here, with that device in it. */
function listWith({ device }: Identity): Uint8Array {
  const { person, sign } = signerOf(1);
  const devices = [{ key: device, name: 'new', addedAt: 1 }];
  return encodeDeviceList({ person, number: 7, devices, revoked: [], signedAt: 1 }, sign);
}

/** A newer one of the same person, signed elsewhere, that this device is not in. */
async function learnOther(identity: Identity): Promise<unknown> {
  const { own } = identity;
  assert.ok(own);
  const { secret } = await openRoot(new Uint8Array(32), QUICK_HASH);
  const devices = [{ key: deviceOf(3), name: 'other', addedAt: 1 }];
  const list = { person: own.person, number: 9, devices, revoked: [deviceOf(4)], signedAt: 1 };
  return identity.learnList(encodeDeviceList(list, (message) => ed25519.sign(secret, message)));
}

const CASES: readonly Case[] = [
  { name: 'making one', before: async () => undefined, change: create, look: state },
  {
    name: 'restoring one',
    before: (identity) => identity.keepDevice(),
    change: (identity) => identity.restore(WORDS, { deviceName: 'a', passPhrase: PASS_PHRASE }),
    look: state,
  },
  {
    name: 'joining another device',
    before: (identity) => identity.keepDevice(),
    change: (identity) => identity.join(listWith(identity)),
    look: state,
  },
  {
    name: 'learning of a list that was signed elsewhere',
    before: (identity) => identity.restore(WORDS, { deviceName: 'a' }),
    change: learnOther,
    // a moment in between is allowed: it waits to be merged
    look: ({ own, needsSigning }) => `${own?.deviceList.number} ${needsSigning}`,
  },
  {
    name: 'setting a pass phrase',
    before: create,
    change: (identity) => identity.changePassPhrase(undefined, PASS_PHRASE),
    look: numbers,
  },
  {
    name: 'naming a device',
    before: create,
    change: (identity) => identity.renameDevice(identity.device, 'b'),
    look: numbers,
  },
];

/** How many operations of the disk the change had; the power goes after the one with that number. */
async function run(seed: number, { before, change, look }: Case, step: number): Promise<number> {
  let count = -1;
  let isLost = false;
  const world = new World({
    seed,
    onEvent({ label }) {
      if (count < 0 || !label.startsWith('disk ') || isLost) return;
      if (count === step) {
        isLost = true;
        world.after(0, () => host.powerLoss());
      }
      count += 1;
    },
  });
  const host = world.host();
  host.disk.put('/home/daemon.lock', new Uint8Array(1)); // the folder is its owner's, and there
  const open = async (ports: Ports): Promise<Identity> => await openOn(ports);
  let was = '';
  let device = '';
  let isDone = false;
  await world.run(async () => {
    const identity = await open(host.ports);
    await before(identity);
    was = look(identity);
    device = identity.state === 'none' ? '' : identity.device;
    count = 0;
    void change(identity).then(() => (isDone = true));
  }, 60_000);
  await world.pass(60_000);
  const steps = count;
  count = -1; // what follows is not part of it
  if (!isLost) host.powerLoss();
  const isAcknowledged: boolean = isDone;
  const after = await world.run(async () => await open(host.restart()), 60_000);
  assert.ok(after);
  const is = look(after);
  if (isAcknowledged) assert.notEqual(is, was, `step ${step}, seed ${seed}: it was acknowledged`);
  if (device !== '') assert.equal(after.device, device);
  if (isAcknowledged) assert.equal(after.needsSigning, false);
  if (is !== was && after.state === 'created') {
    const shown = world.run(
      () => after.showWords(after.isSealed ? PASS_PHRASE : undefined),
      60_000,
    );
    assert.equal((await shown)?.length, 24);
  }
  return steps;
}

describe('the power goes at any step of', () => {
  for (const each of CASES) {
    it(each.name, async () => {
      for (let seed = 1; seed <= 5; seed++) {
        // the last of them: after all was acknowledged
        const steps = await run(seed, each, STEPS_MAX);
        assert.ok(steps > 3 && steps < STEPS_MAX, `${steps} steps`);
        for (let step = 0; step < steps; step++) await run(seed, each, step);
      }
    });
  }
});
