import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { DeviceKey } from '@coequal/base';
import { PlainLinks } from '@coequal/simulator';
import type { DeviceDirectory, SimHost } from '@coequal/simulator';
import type { PersonKey } from '../../../src/core/identity/person-key.ts';
import {
  ANSWERED_MAX,
  COMPARE_PROTOCOL,
  Comparisons,
  SHOWN_MS,
} from '../../../src/io/identity/comparisons.ts';
import type { ComparisonView } from '../../../src/io/identity/comparisons.ts';
import { deviceOf, signerOf } from '../../core/identity/device-lists.ts';
import { fault, World } from './people.ts';

const never = new AbortController().signal;

interface Side {
  readonly person: PersonKey;
  readonly device: DeviceKey;
  readonly host: SimHost;
  readonly links: PlainLinks;
  readonly comparisons: Comparisons;
  readonly verified: PersonKey[];
}

/** `knows`: the contacts of each, by the number of their key. */
async function side(
  world: World,
  directory: DeviceDirectory,
  own: number,
  knows: readonly number[],
): Promise<Side> {
  const host = world.host();
  const { person } = signerOf(own);
  const device = deviceOf(own);
  const links = await PlainLinks.open(device, host.address, directory, host.ports.net, never);
  const verified: PersonKey[] = [];
  const view: ComparisonView = {
    own: () => ({ person, device }),
    personOf: (key) => {
      const found = knows.find((each) => deviceOf(each) === key);
      return found === undefined ? undefined : signerOf(found).person;
    },
    devicesOf: (who) => knows.filter((each) => signerOf(each).person === who).map(deviceOf),
    onVerified: (who) => void verified.push(who),
    onChange: () => undefined,
  };
  const comparisons = new Comparisons(links, view, host.ports);
  return { person, device, host, links, comparisons, verified };
}

async function two(work: (world: World, anna: Side, ben: Side) => Promise<void>): Promise<void> {
  const world = new World({ seed: 7 });
  await world.run(async () => {
    const directory: DeviceDirectory = new Map();
    const anna = await side(world, directory, 1, [2]);
    const ben = await side(world, directory, 2, [1]);
    await work(world, anna, ben);
    for (const { links, comparisons } of [anna, ben]) {
      comparisons[Symbol.dispose]();
      await links[Symbol.asyncDispose]();
    }
  }, 7_200_000);
}

function wordsOf({ comparisons }: Side, { person }: Side): string {
  const state = comparisons.state(person);
  assert.ok(state.type === 'shown', state.type);
  return state.words.join();
}

async function until(world: World, isSo: () => boolean): Promise<void> {
  while (!isSo()) await pass(world, 10);
}

async function pass(world: World, ms: number): Promise<void> {
  await new Promise<void>((resolve) => void world.after(ms, resolve));
}

const isShown = (one: Side, other: Side) => (): boolean =>
  one.comparisons.state(other.person).type === 'shown';

describe('comparing with a contact', () => {
  it('shows both the same words, and whoever says so trusts the other', () =>
    two(async (world, anna, ben) => {
      await anna.comparisons.start(ben.person, never);
      await until(world, isShown(ben, anna));
      assert.equal(wordsOf(anna, ben), wordsOf(ben, anna));
      anna.comparisons.answer(ben.person, true);
      ben.comparisons.answer(anna.person, false);
      assert.deepEqual([anna.verified, ben.verified], [[ben.person], []]);
      assert.equal(anna.comparisons.state(ben.person).type, 'same');
      assert.equal(ben.comparisons.state(anna.person).type, 'different');
      assert.throws(() => anna.comparisons.answer(ben.person, true), fault('NOT_POSSIBLE_NOW'));
    }));

  it('that both begin at once is one comparison', () =>
    two(async (world, anna, ben) => {
      await Promise.all([
        anna.comparisons.start(ben.person, never),
        ben.comparisons.start(anna.person, never),
      ]);
      await until(world, isShown(ben, anna));
      await until(world, isShown(anna, ben));
      assert.equal(wordsOf(anna, ben), wordsOf(ben, anna));
    }));

  it('is not begun again while words are shown, which are taken away in time', () =>
    two(async (world, anna, ben) => {
      await anna.comparisons.start(ben.person, never);
      await until(world, isShown(ben, anna));
      const shown = wordsOf(ben, anna);
      anna.comparisons.answer(ben.person, false);
      await anna.comparisons.start(ben.person, never);
      assert.equal(anna.comparisons.state(ben.person).type, 'failed');
      assert.equal(wordsOf(ben, anna), shown);
      await pass(world, SHOWN_MS);
      assert.equal(ben.comparisons.state(anna.person).type, 'none');
      await anna.comparisons.start(ben.person, never);
      assert.equal(anna.comparisons.state(ben.person).type, 'shown');
    }));

  it('can be asked for a few times an hour only', () =>
    two(async (world, anna, ben) => {
      for (let count = 0; count <= ANSWERED_MAX; count++) {
        await anna.comparisons.start(ben.person, never);
        const { type } = anna.comparisons.state(ben.person);
        assert.equal(type, count < ANSWERED_MAX ? 'shown' : 'failed');
        if (type !== 'shown') break;
        await until(world, isShown(ben, anna));
        anna.comparisons.answer(ben.person, false);
        ben.comparisons.answer(anna.person, false);
      }
    }));

  it('who does not answer, or says nonsense, is not waited for', () =>
    two(async (world, anna, ben) => {
      const cut = await ben.links.open(
        anna.device,
        { protocol: COMPARE_PROTOCOL, lane: 'talk' },
        never,
      );
      cut.start(
        () => undefined,
        () => undefined,
      );
      cut.send([Uint8Array.of(0xff, 0xff, 0xff, 0xff, 1)]);
      await until(world, () => anna.comparisons.state(ben.person).type === 'failed');
      const silent = await ben.links.open(
        anna.device,
        { protocol: COMPARE_PROTOCOL, lane: 'talk' },
        never,
      );
      silent.start(
        () => undefined,
        () => undefined,
      );
      await until(world, () => anna.comparisons.state(ben.person).type === 'connecting');
      await until(world, () => anna.comparisons.state(ben.person).type === 'failed');
      await assert.rejects(
        anna.comparisons.start(signerOf(9).person, never),
        fault('NO_SUCH_CONTACT'),
      );
    }));
});
