// People in touch, as processes that are killed: no contact, no offer and no verified byte is lost, and what was under way goes on by itself.
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { readPeerEvents, RequestRefused } from '@coequal/contract';
import type { Client, Contact, Offer, Send } from '@coequal/contract';
import { openRunningClient } from '../../src/remote/running-client.ts';
import { Place } from './command.ts';
import type { Command } from './command.ts';

const UP = ['up', '--json', '--offline', '--api-port', '0'] as const;
const LENGTH = 100_000_000;
/** Several seconds for all of it. */
const SLOW = '16M';
/** Verified bytes are on disk before they are told of; a megabyte may be told and not noted yet. */
const UNNOTED_MAX = 1_000_000;

/** Somebody at a computer of their own, whose peer comes and goes. */
class Person implements AsyncDisposable {
  readonly name: string;
  readonly place: Place;
  #peer: Command | undefined;
  #client: Client | undefined;

  private constructor(name: string, place: Place) {
    this.name = name;
    this.place = place;
  }

  static async open(name: string): Promise<Person> {
    const place = await Place.make();
    await mkdir(place.at('home'));
    await writeFile(
      place.at('home/config.toml'),
      `version = 1\nusesPeopleDht = false\ndownloadDirectory = ${JSON.stringify(place.at('in'))}\n`,
    );
    return new Person(name, place);
  }

  /** Of the peer that runs. */
  get client(): Client {
    assert.ok(this.#client !== undefined, `${this.name} is off`);
    return this.#client;
  }

  async start(...flags: readonly string[]): Promise<void> {
    this.#peer = this.place.start(...UP, ...flags);
    await this.#peer.event('ready');
    this.#client = openRunningClient(this.place.at('home'));
  }

  /** At once, as by a loss of power. */
  async kill(): Promise<void> {
    await this.#peer?.stop('SIGKILL');
    this.#peer = undefined;
    this.#client = undefined;
  }

  /** What `look` gives, as soon as it gives something: it looks after each event of the peer. */
  async until<Found>(look: () => Promise<Found | undefined>): Promise<Found> {
    const leave = new AbortController();
    try {
      // from an event of no run: told at once that something was missed
      for await (const _event of readPeerEvents(this.client, '0', leave.signal)) {
        const found = await look().catch(noneYet);
        if (found !== undefined) return found;
      }
    } finally {
      leave.abort();
    }
    assert.fail(`the events of ${this.name} ended`);
  }

  /** Once there is a link. */
  async linkedTo({ name }: Person): Promise<Contact> {
    return await this.until(async () => {
      const { contacts } = await this.client.call('listContacts', {});
      return contacts.find((contact) => contact.name === name && contact.path !== 'none');
    });
  }

  /** The only offer, when it suits. */
  async offerWhere(suits: (offer: Offer) => boolean): Promise<Offer> {
    return await this.until(async () => {
      const [offer] = (await this.client.call('showInbox', {})).offers;
      return offer !== undefined && suits(offer) ? offer : undefined;
    });
  }

  async sendWhere(id: string, suits: (send: Send) => boolean): Promise<Send> {
    return await this.until(async () => {
      const send = await this.client.call('showSend', { params: { id } });
      return suits(send) ? send : undefined;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#peer?.[Symbol.asyncDispose]();
    await this.place[Symbol.asyncDispose]();
  }
}

/** A peer is ready a little before it is in touch with people. */
function noneYet(error: unknown): undefined {
  if (!(error instanceof RequestRefused && error.code === 'PEOPLE_OFF')) throw error;
}

async function openPerson(name: string): Promise<Person> {
  const person = await Person.open(name);
  await person.start();
  await person.client.call('createIdentity', { body: { deviceName: name } });
  return person;
}

async function befriend(host: Person, guest: Person): Promise<Contact> {
  const { link = '' } = await host.client.call('createInvitation', { body: {} });
  await guest.client.call('acceptInvitation', { body: { text: link } });
  const [contact] = await Promise.all([host.linkedTo(guest), guest.linkedTo(host)]);
  return contact;
}

async function beginSend(from: Person, to: Contact): Promise<Send> {
  const body = { to: [to.person], paths: [from.place.at('film.bin')] };
  return await from.client.call('beginSend', { body });
}

const isWaiting = ({ state, isListed }: Offer): boolean => state === 'waiting' && isListed;
const isDone = ({ state }: Offer): boolean => state === 'done';
const isReceiving =
  (part: number) =>
  ({ state, have }: Offer): boolean =>
    state === 'receiving' && have > part * LENGTH;
const hasArrived = ({ receivers }: Send): boolean => receivers[0]?.state === 'done';

void test('who is killed right after the answer is still the same person', async () => {
  await using anna = await Person.open('Anna');
  await anna.start();
  const { person } = (await anna.client.call('createIdentity', { body: { deviceName: 'Anna' } }))
    .identity;
  await anna.kill();
  await anna.start();
  const { state, person: after } = await anna.client.call('showIdentity', {});
  assert.equal(state, 'created');
  assert.equal(after, person);
});

for (const who of ['the inviter', 'the guest'] as const) {
  void test(`an accepted invitation makes two contacts although ${who} is killed right after the answer`, async () => {
    await using anna = await openPerson('Anna');
    await using ben = await openPerson('Ben');
    const { link = '' } = await anna.client.call('createInvitation', { body: {} });
    await ben.client.call('acceptInvitation', { body: { text: link } });
    const killed = who === 'the inviter' ? anna : ben;
    await killed.kill();
    await killed.start();
    await Promise.all([anna.linkedTo(ben), ben.linkedTo(anna)]);
  });
}

void test('an offer still waits after both were killed, and what was accepted goes on with the last verified byte', async () => {
  await using anna = await openPerson('Anna');
  await using ben = await openPerson('Ben');
  const bytes = await anna.place.write('film.bin', LENGTH);
  const send = await beginSend(anna, await befriend(anna, ben));
  const { id } = await ben.offerWhere(isWaiting);

  await Promise.all([anna.kill(), ben.kill()]);
  await Promise.all([anna.start(), ben.start('--down-limit', SLOW)]);
  await ben.offerWhere(isWaiting);
  await ben.client.call('acceptOffer', { params: { id }, body: {} });
  await ben.kill(); // at once after the answer

  await ben.start('--down-limit', SLOW);
  const { have: before } = await ben.offerWhere(isReceiving(0.1 + 0.3 * Math.random()));
  await Promise.all([ben.kill(), anna.kill()]);

  await ben.start('--down-limit', SLOW); // alone: all that it has is of before
  const { have } = await ben.offerWhere(isReceiving(0));
  assert.ok(have >= before - UNNOTED_MAX, `${before} became ${have}`);
  await anna.start();
  await ben.offerWhere(({ have: now }) => now > have + 0.1 * LENGTH);
  await anna.kill(); // the sender alone

  await anna.start();
  const { path = '' } = await ben.offerWhere(isDone);
  await Promise.all([ben.kill(), anna.kill()]); // at once after it is there

  await Promise.all([anna.start(), ben.start()]);
  await anna.sendWhere(send.id, hasArrived);
  const after = await ben.offerWhere(isDone);
  assert.equal(after.path, path);
  assert.ok(Buffer.from(await ben.place.read(join('in', 'film.bin'))).equals(bytes));
  assert.equal(path, ben.place.at('in/film.bin'));
  await Promise.all([anna.linkedTo(ben), ben.linkedTo(anna)]);
});
