// Somebody whose firewall lets no UDP out has a dozen contacts, who are behind routers, and one helper by whom alone they
// are reached: all are in touch at the same time, get a file at the same time, and are again after a start.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { NatLab } from '../natlab/nat-lab.ts';
import type { LabPerson } from '../natlab/lab-person.ts';
import { assertReceived, timeOf, World } from '../natlab/people-world.ts';

const CONTACTS = 12;
/** Peers that start at a time: each takes a second of a processor. */
const STARTS_AT_ONCE = 3;
const LENGTH = 300_000;
const TIMEOUT_MS = 560_000;

const skip = await NatLab.skipReason();

test(
  'who has no UDP is in touch with a dozen at a time',
  { timeout: TIMEOUT_MS, skip },
  async () => {
    await using owned = new AsyncDisposableStack();
    const world = owned.use(await World.open());
    const anna = owned.use(await world.person('Anna', 'no-udp'));
    await world.helper.befriend(anna);
    const others: LabPerson[] = [];
    const names = Array.from({ length: CONTACTS }, (_, index) => `contact ${index + 1}`);
    await Promise.all(
      Array.from({ length: STARTS_AT_ONCE }, async () => {
        for (let name = names.shift(); name !== undefined; name = names.shift()) {
          const person = owned.use(await world.person(name, 'portres'));
          others.push(person);
          await world.helper.befriend(person);
        }
      }),
    );
    for (const person of others) await anna.befriend(person);
    assert.equal(await inTouch(anna), CONTACTS);

    const content = randomBytes(LENGTH);
    const file = 'frog.jpg';
    await writeFile(anna.place.at(file), content);
    const { contacts } = await anna.client.call('listContacts', {});
    const to = contacts.flatMap(({ person, name }) => (name === world.helper.name ? [] : [person]));
    const sentAt = performance.now();
    await anna.client.call('beginSend', { body: { to, paths: [anna.place.at(file)] } });
    await Promise.all(
      others.map(async (person) => {
        const { id } = await person.offer(({ state }) => state === 'waiting');
        await person.client.call('acceptOffer', { params: { id }, body: {} });
        await assertReceived(person, content, file);
      }),
    );
    const sentMs = performance.now() - sentAt;

    await anna.stop();
    const startedAt = performance.now();
    await anna.startAgain();
    for (const { name } of others) await anna.linked(name);
    const backMs = performance.now() - startedAt;
    assert.equal(await inTouch(anna), CONTACTS);
    process.stdout.write(`sent to all after ${timeOf(sentMs)}, back after ${timeOf(backMs)}\n`);
  },
);

/** How many are linked at this moment through another computer. */
async function inTouch(person: LabPerson): Promise<number> {
  const { contacts } = await person.client.call('listContacts', {});
  return contacts.filter(({ path }) => path === 'relayed').length;
}
