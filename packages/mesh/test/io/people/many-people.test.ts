// Many persons who invite, sign new lists, and die at any moment: in the end all agree. From several seeds.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyOf, Village } from './village.ts';
import type { Villager } from './village.ts';

const MINUTE = 60_000;
const PEOPLE = 8;
const ROUNDS = 30;
const SEEDS = [1, 2, 3, 4];

/** Everybody who was invited by somebody. */
type Pairs = Set<string>;

function pairOf(a: Villager, b: Villager): string {
  return [a.name, b.name].toSorted().join();
}

async function live(village: Village, pairs: Pairs): Promise<void> {
  const { random } = village.world;
  const pick = (): Villager => {
    const villager = village.villagers[Math.floor(random.number() * PEOPLE)];
    assert.ok(villager);
    return villager;
  };
  let phones = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const [a, b] = [pick(), pick()];
    const dice = random.number();
    if (!a.isThere) await a.restart();
    else if (dice < 0.3) a.crash();
    else if (dice < 0.45) {
      phones += 1;
      const phone = { key: keyOf(200, phones), name: `Phone ${phones}`, addedAt: round };
      const [laptop, ...others] = a.list.devices;
      assert.ok(laptop);
      const last = others.at(-1);
      a.sign(
        random.number() < 0.5 && last !== undefined
          ? { devices: a.list.devices.slice(0, -1), revoked: [...a.list.revoked, last.key] }
          : { devices: [...a.list.devices, phone] },
      );
    } else if (a !== b && b.isThere) {
      b.people.accept(a.people.invite().link);
      pairs.add(pairOf(a, b));
    }
    await village.world.pass(Math.ceil(random.number() * 8_000));
  }
  for (const villager of village.villagers) if (!villager.isThere) await villager.restart();
}

function areInAgreement(village: Village, pairs: Pairs): boolean {
  return village.villagers.every((a) =>
    village.villagers.every((b) => {
      if (a === b) return true;
      if (!pairs.has(pairOf(a, b))) return !a.knows(b);
      if (!a.knows(b)) return false;
      const { list } = a.people.contact(b.person);
      return (
        list.number === b.list.number &&
        b.list.devices.every(({ key }) => a.people.personOf(key) === b.person) &&
        b.list.revoked.every((key) => a.people.personOf(key) === undefined)
      );
    }),
  );
}

for (const seed of SEEDS) {
  test(`seed ${seed}: who was invited is a contact of both, with the newest devices, whoever died when`, async () => {
    const village = new Village({ seed, latencyMs: [20, 200] });
    await using _ = village;
    for (let count = 0; count < PEOPLE; count++) await village.add(`Person ${count}`);
    const pairs: Pairs = new Set();
    await live(village, pairs);
    assert.ok(pairs.size > 2);
    await village.world.run(() => areInAgreement(village, pairs), 120 * MINUTE);
    for (const { failures, people } of village.villagers) {
      assert.deepEqual(failures, []);
      for (const { problem } of people.contacts()) assert.equal(problem, undefined);
    }
  });
}
