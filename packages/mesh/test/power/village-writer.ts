// A village whose people become contacts, change and remove each other, one with two devices, and say each thing that was
// acknowledged: to its person, or to another device of theirs.
import { writeSync } from 'node:fs';
import type { PersonKey } from '../../src/core/identity/person-key.ts';
import { keyOf, Village } from '../io/people/village.ts';
import type { Villager } from '../io/people/village.ts';

const MINUTE = 60_000;

/** A fact of the file of that villager, from now on. */
export type Said =
  | { readonly of: string; readonly what: 'invitation' | 'revoked'; readonly id: string }
  | {
      readonly of: string;
      readonly what: 'blocked' | 'removed' | 'contact' | 'noted';
      readonly id: PersonKey;
    };

function say(said: Said): void {
  writeSync(1, `${JSON.stringify(said)}\n`);
}

function invite(by: Villager, uses: number): { readonly link: string; readonly id: string } {
  const { link, id } = by.people.invite({ uses });
  say({ of: `${by.number}`, what: 'invitation', id });
  return { link, id };
}

function sayContacts(village: Village): void {
  for (const of of village.villagers)
    for (const { person, trust } of of.people.contacts())
      if (trust !== 'blocked') say({ of: `${of.number}`, what: 'contact', id: person });
}

const [seed = ''] = process.argv.slice(2);
const village = new Village({ seed, latencyMs: [5, 60] });
const anna = await village.add('Anna');
const ben = await village.add('Ben');
const cara = await village.add('Cara');
const { world } = village;

const first = invite(anna, 1);
ben.people.accept(first.link);
await world.run(() => anna.knows(ben) && ben.knows(anna), MINUTE);
sayContacts(village);
const second = invite(ben, 3);
cara.people.accept(second.link);
anna.people.accept(invite(cara, 1).link);
await world.run(() => anna.knows(cara) && cara.knows(anna) && ben.knows(cara), 5 * MINUTE);
await world.run(() => cara.knows(ben), MINUTE);
sayContacts(village);
ben.people.revoke(second.id);
say({ of: `${ben.number}`, what: 'revoked', id: second.id });
anna.people.change(cara.person, { trust: 'blocked' });
say({ of: `${anna.number}`, what: 'blocked', id: cara.person });
anna.people.rename('Anna Maria');
await world.pass(MINUTE);
anna.sign({ devices: [...anna.list.devices, { key: keyOf(1, 1), name: 'Phone', addedAt: 2 }] });
const phone = await village.addDevice(anna, 'Phone', 1);
const PHONE = '1-1';
// it said of each record that it has it
const isSettled = (): boolean => anna.people.ownSettled().includes(phone.device);
await world.run(isSettled, 5 * MINUTE);
say({ of: PHONE, what: 'contact', id: ben.person });
say({ of: PHONE, what: 'blocked', id: cara.person });
anna.people.change(ben.person, { note: 'owes me a boat' });
say({ of: `${anna.number}`, what: 'noted', id: ben.person });
const third = invite(anna, 1);
await world.run(isSettled, 5 * MINUTE);
say({ of: PHONE, what: 'noted', id: ben.person });
say({ of: PHONE, what: 'invitation', id: third.id });
ben.people.remove(cara.person);
say({ of: `${ben.number}`, what: 'removed', id: cara.person });
await world.pass(5 * MINUTE);
// the files stay as they are: the power went
process.exit(0);
