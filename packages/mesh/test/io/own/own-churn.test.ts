/**
 * Three devices of one person that are changed while they are apart, killed at any moment and started again: in the end
 * all have the same, and it is what was said last. COEQUAL_SEEDS=3 makes it short, SEED=n is one.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Trust } from '../../../src/core/contacts/contact.ts';
import type { PersonKey } from '../../../src/core/identity/person-key.ts';
import { keyOf, Village } from '../people/village.ts';
import type { Villager } from '../people/village.ts';

const { SEED, COEQUAL_SEEDS } = process.env;
const SEEDS = Number(COEQUAL_SEEDS ?? 8);
const ACTS = 60;
const MINUTE = 60_000;
const HOUR = 3_600_000;
const TRUSTS: readonly Trust[] = ['new', 'known', 'trusted', 'blocked'];

interface Expected {
  isRemoved: boolean;
  note: string;
  trust: Trust;
}

const seeds =
  SEED === undefined ? Array.from({ length: SEEDS }, (_, at) => at + 1) : [Number(SEED)];

test(`three devices have the same in the end, and what was said last, with ${seeds.length} seeds`, async () => {
  const sum = { removed: 0, noted: 0, crashes: 0, partitions: 0, records: 0 };
  for (const seed of seeds)
    await new Churn(seed, sum).run().catch((cause: unknown) => {
      throw new Error(`seed ${seed}`, { cause });
    });
  console.log(JSON.stringify(sum));
  if (seeds.length < 8) return;
  for (const [what, count] of Object.entries(sum)) assert.ok(count > 0, `nothing was ${what}`);
});

class Churn {
  readonly #village: Village;
  readonly #sum: Record<'removed' | 'noted' | 'crashes' | 'partitions' | 'records', number>;
  readonly #expected = new Map<PersonKey, Expected>();
  #devices: Villager[] = [];
  #contacts: Villager[] = [];
  #name = '';

  constructor(seed: number, sum: Churn['sum']) {
    this.#village = new Village({ seed, latencyMs: [5, 150], loss: seed % 2 === 0 ? 0.02 : 0 });
    this.#sum = sum;
  }

  get sum(): Record<'removed' | 'noted' | 'crashes' | 'partitions' | 'records', number> {
    return this.#sum;
  }

  async run(): Promise<void> {
    await using _ = this.#village;
    await this.#begin();
    for (let act = 0; act < ACTS; act++) {
      await this.#act(act);
      await this.#village.world.pass(this.#integer(5, 20_000));
    }
    await this.#settle();
    this.#check();
    await this.#revoke();
    for (const { failures, name } of this.#village.villagers) assert.deepEqual(failures, [], name);
  }

  async #begin(): Promise<void> {
    const village = this.#village;
    const laptop = await village.add('Anna');
    for (const name of ['Ben', 'Cara', 'Dora', 'Emil'])
      this.#contacts.push(await village.add(name));
    const entries = [1, 2].map((at) => ({ key: keyOf(1, at), name: `device ${at}`, addedAt: 2 }));
    laptop.sign({ devices: [...laptop.list.devices, ...entries] });
    const phone = await village.addDevice(laptop, 'Phone', 1);
    const tablet = await village.addDevice(laptop, 'Tablet', 2);
    this.#devices = [laptop, phone, tablet];
    for (const contact of this.#contacts) {
      const inviting = this.#pick(this.#devices);
      contact.people.accept(inviting.people.invite().link);
      this.#expected.set(contact.person, { isRemoved: false, note: '', trust: 'new' });
    }
    await village.world.run(
      () => this.#devices.every((device) => this.#contacts.every((each) => device.knows(each))),
      HOUR,
    );
  }

  async #act(act: number): Promise<void> {
    const device = this.#pick(this.#devices);
    const dice = this.#village.world.random.number();
    if (dice < 0.1) {
      this.#sum.partitions += 1;
      const other = this.#pick(this.#devices.filter((each) => each !== device));
      this.#village.world.partition(device.host, other.host);
    } else if (dice < 0.2) this.#village.world.heal();
    else if (dice < 0.35) {
      if (!device.isThere) await device.restart();
      // at any moment of what follows
      else
        this.#village.world.after(
          this.#integer(1, 400),
          () => device.isThere && this.#crash(device),
        );
    } else if (device.isThere) this.#change(device, act);
  }

  #crash(device: Villager): void {
    this.#sum.crashes += 1;
    device.crash();
  }

  #change({ people }: Villager, act: number): void {
    const dice = this.#village.world.random.number();
    const contact = this.#pick(people.contacts());
    if (dice < 0.1 || contact === undefined) {
      this.#name = `Anna ${act}`;
      people.rename(this.#name);
      return;
    }
    const expected = this.#expected.get(contact.person);
    assert.ok(expected !== undefined);
    if (dice < 0.17) {
      people.remove(contact.person);
      expected.isRemoved = true;
      this.#sum.removed += 1;
    } else if (dice < 0.6) {
      expected.note = `note ${act}`;
      people.change(contact.person, { note: expected.note });
      this.#sum.noted += 1;
    } else {
      expected.trust = this.#pick(TRUSTS);
      people.change(contact.person, { trust: expected.trust });
    }
  }

  async #settle(): Promise<void> {
    const { world } = this.#village;
    world.heal();
    for (const device of this.#devices) {
      if (device.isThere) device.crash(); // one that was about to be killed is now
      await device.restart();
    }
    await world
      .run(() => {
        const [first, ...others] = this.#devices.map(stateOf);
        return others.every((state) => state === first);
      }, 3 * HOUR)
      .catch((cause: unknown) => {
        throw new Error(this.#devices.map(stateOf).join('\n'), { cause });
      });
    // and it stays so
    await world.pass(HOUR);
    const [first, ...others] = this.#devices.map(stateOf);
    for (const state of others) assert.equal(state, first);
  }

  #check(): void {
    const [{ people } = assert.fail()] = this.#devices;
    if (this.#name !== '') assert.equal(people.name, this.#name);
    for (const [person, { isRemoved, note, trust }] of this.#expected) {
      const contact = people.contacts().find((each) => each.person === person);
      assert.equal(contact === undefined, isRemoved, 'who was removed stays so');
      if (contact === undefined) continue;
      this.#sum.records += 1;
      assert.equal(contact.note, note);
      assert.equal(contact.trust, trust);
    }
  }

  /** What a device changed after it was taken out, and before it heard so, counts nowhere. */
  async #revoke(): Promise<void> {
    const { world } = this.#village;
    const [laptop, phone, tablet] = this.#devices;
    assert.ok(laptop !== undefined && phone !== undefined && tablet !== undefined);
    world.partition(tablet.host, world.hosts);
    for (const device of this.#devices) device.links.cut();
    laptop.sign({
      devices: laptop.list.devices.filter(({ key }) => key !== tablet.device),
      revoked: [tablet.device],
    });
    await world.run(() => phone.list.revoked.length === 1, HOUR);
    tablet.people.rename('Mallory');
    for (const { person } of tablet.people.contacts()) tablet.people.remove(person);
    const before = stateOf(laptop);
    world.heal();
    await world.run(() => tablet.isRevoked && !tablet.isThere, HOUR);
    await world.pass(10 * MINUTE);
    assert.equal(stateOf(laptop), before);
    assert.equal(stateOf(phone), before);
  }

  #integer(min: number, max: number): number {
    return this.#village.world.random.integer(min, max);
  }

  #pick<Item>(items: readonly Item[]): Item {
    return items[this.#integer(0, items.length - 1)] as Item;
  }
}

/** All that own devices keep equal. */
function stateOf({ people }: Villager): string {
  const contacts = people
    .contacts()
    .toSorted((a, b) => (a.person < b.person ? -1 : 1))
    .map(({ person, ownName, givenName, note, trust, verifiedAt, list }) =>
      [person, ownName, givenName, note, trust, verifiedAt, list.number].join(),
    );
  const invitations = people
    .invitations()
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))
    .map(({ id, state, usedBy }) => [id, state, ...usedBy.map(({ person }) => person)].join());
  return JSON.stringify([people.name, contacts, invitations]);
}
