// People in touch by whole peers on loopback: made, invited, found, compared, sent to, and still there after an end.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { openPorts } from '@coequal/base/node';
import type { Client, Contact, Offer, Settings } from '@coequal/contract';
import { Mesh, ownKeysOf } from '@coequal/mesh';
import { openPeer, until } from '../api/peer-in-test.ts';
import type { PeerInTest } from '../api/peer-in-test.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import type { TemporaryFolder } from '../temporary-folder.ts';

const HOST = '127.0.0.1';
const NO_DHT: Partial<Settings> = { usesPeopleDht: false };

async function openPerson(
  name: string,
  flags: Partial<Settings>,
  folder?: TemporaryFolder,
): Promise<PeerInTest> {
  const opened = await openPeer({ flags, ...(folder !== undefined && { folder }) });
  const { client } = opened;
  const { state } = await client.call('showIdentity', {});
  if (state === 'none') await client.call('createIdentity', { body: { deviceName: name } });
  await until(opened, async () => (opened.peer.people.desks === undefined ? undefined : true));
  if (state === 'none') await client.call('changeProfile', { body: { name } });
  return opened;
}

async function contactOf(client: Client, name: string): Promise<Contact | undefined> {
  const { contacts } = await client.call('listContacts', {});
  return contacts.find((contact) => contact.name === name);
}

async function whenLinked(person: PeerInTest, name: string): Promise<Contact> {
  const { client } = person;
  return await until(person, async () => {
    const contact = await contactOf(client, name);
    return contact === undefined || contact.path === 'none' ? undefined : contact;
  });
}

async function befriend(host: PeerInTest, guest: PeerInTest): Promise<void> {
  const { link } = await host.client.call('createInvitation', { body: {} });
  assert.ok(link !== undefined);
  await guest.client.call('acceptInvitation', { body: { text: link } });
}

async function offerOf(person: PeerInTest, state: Offer['state']): Promise<Offer> {
  return await until(person, async () => {
    const { offers } = await person.client.call('showInbox', {});
    return offers.find((offer) => offer.state === state);
  });
}

describe('people', () => {
  test('one link makes two contacts, and what one sends the other has after accepting', async () => {
    await using anna = await openPerson('Anna', NO_DHT);
    await using ben = await openPerson('Ben', NO_DHT);
    await befriend(anna, ben);
    const [seenByAnna, seenByBen] = await Promise.all([
      whenLinked(anna, 'Ben'),
      whenLinked(ben, 'Anna'),
    ]);
    assert.equal(seenByAnna.path, 'lan');
    assert.equal(seenByBen.devices[0]?.name, 'Anna');

    const content = randomBytes(3_000_000);
    mkdirSync(anna.folder.at('holiday'), { recursive: true });
    writeFileSync(anna.folder.at('holiday', 'sea.jpg'), content);
    const body = {
      to: [seenByAnna.person],
      paths: [anna.folder.at('holiday')],
      note: 'as promised',
    };
    const send = await anna.client.call('beginSend', { body });
    const offer = await offerOf(ben, 'waiting');
    assert.equal(offer.personName, 'Anna');
    assert.equal(offer.note, 'as promised');
    await ben.client.call('acceptOffer', { params: { id: offer.id }, body: {} });
    const { path = '' } = await offerOf(ben, 'done');
    assert.ok(readFileSync(join(path, 'sea.jpg')).equals(content));
    await until(anna, async () => {
      const { receivers } = await anna.client.call('showSend', { params: { id: send.id } });
      return receivers[0]?.state === 'done' ? true : undefined;
    });
  });

  test('both are still contacts after an end of each, and find each other by themselves', async () => {
    using folders = new DisposableStack();
    const [ofAnna, ofBen] = [temporaryFolder(), temporaryFolder()];
    folders.use(ofAnna);
    folders.use(ofBen);
    {
      await using anna = await openPerson('Anna', NO_DHT, ofAnna);
      await using ben = await openPerson('Ben', NO_DHT, ofBen);
      await befriend(anna, ben);
      await Promise.all([whenLinked(anna, 'Ben'), whenLinked(ben, 'Anna')]);
    }
    await using anna = await openPerson('Anna', NO_DHT, ofAnna);
    await using ben = await openPerson('Ben', NO_DHT, ofBen);
    await Promise.all([whenLinked(anna, 'Ben'), whenLinked(ben, 'Anna')]);
  });

  test('who looks on is told to look again when links were opened anew', async () => {
    await using anna = await openPerson('Anna', NO_DHT);
    const { peer, client } = anna;
    const before = peer.people.desks;
    const told: string[] = [];
    const write = (text: string): void => void told.push(text);
    using leaving = new DisposableStack();
    leaving.defer(
      peer.hub.open('watcher', undefined, { waitingBytes: 0, write, end: () => undefined }),
    );
    await client.call('changeSettings', { body: { values: { helpsContacts: false } } });
    await until(anna, async () => {
      const { desks } = peer.people;
      return desks === undefined || desks === before ? undefined : true;
    });
    for (const type of ['contacts', 'invitations', 'sends'])
      assert.ok(
        told.some((text) => text.includes(`"type":"${type}"`)),
        type,
      );
  });

  test('a few words said are an invitation, and three of them shown are the same on both sides', async () => {
    await using directory = await openDirectory();
    await using anna = await openPerson('Anna', directory.flags);
    await using ben = await openPerson('Ben', directory.flags);
    const { id } = await anna.client.call('createInvitation', { body: { spoken: true } });
    const words = await until(anna, async () => {
      const { invitations } = await anna.client.call('listInvitations', {});
      const code = invitations.find((invitation) => invitation.id === id)?.code;
      return code?.state === 'open' ? code.text : undefined;
    });
    await ben.client.call('acceptInvitation', { body: { text: words.replaceAll('-', ' ') } });
    const [ofAnna, ofBen] = await Promise.all([whenLinked(anna, 'Ben'), whenLinked(ben, 'Anna')]);

    await anna.client.call('startComparison', { params: { person: ofAnna.person } });
    const shown = async (peer: PeerInTest, { person }: Contact): Promise<unknown> =>
      await until(peer, async () => {
        const comparison = await peer.client.call('showComparison', { params: { person } });
        return comparison.state === 'shown' ? comparison.words : undefined;
      });
    assert.deepEqual(await shown(anna, ofAnna), await shown(ben, ofBen));
    const params = { person: ofAnna.person };
    await anna.client.call('answerComparison', { params, body: { isSame: true } });
    assert.notEqual((await contactOf(anna.client, 'Ben'))?.verifiedAt, undefined);
  });

  test('a second device joins by a code, and is nobody’s after it was taken out', async () => {
    await using directory = await openDirectory();
    await using laptop = await openPerson('Laptop', directory.flags);
    await using phone = await openPeer({ flags: directory.flags });
    const { code = '' } = await laptop.client.call('startPairing', {});
    await phone.client.call('joinDevices', { body: { code, deviceName: 'Phone' } });
    const asked = await until(laptop, async () => {
      const pairing = await laptop.client.call('showPairing', {});
      return pairing.confirmCode !== undefined ? pairing : undefined;
    });
    const there = await until(phone, async () => {
      const pairing = await phone.client.call('showPairing', {});
      return pairing.confirmCode !== undefined ? pairing : undefined;
    });
    assert.equal(asked.other?.name, 'Phone');
    assert.match(asked.confirmCode ?? '', /^\d{6}$/);
    assert.equal(asked.confirmCode, there.confirmCode);
    await laptop.client.call('answerPairing', { body: { accept: true } });
    await until(phone, async () => {
      const identity = await phone.client.call('showIdentity', {});
      return identity.state === 'member' ? true : undefined;
    });
    // each knows by what way the other is there just now, and of itself nothing of the kind
    const ways = async (peer: PeerInTest): Promise<unknown> =>
      await until(peer, async () => {
        const { devices } = await peer.client.call('listDevices', {});
        const told = devices.map(({ name, path }) => `${name} ${path}`);
        return told.some((each) => each.endsWith('lan')) ? told : undefined;
      });
    assert.deepEqual(await ways(laptop), ['Laptop undefined', 'Phone lan']);
    assert.deepEqual(await ways(phone), ['Laptop lan', 'Phone undefined']);
  });
});

describe('the devices of one person', () => {
  test('have one book of contacts: what one learned the other sends to, and a block on one is one on both', async () => {
    using folders = new DisposableStack();
    const ofLaptop = folders.use(temporaryFolder());
    await using directory = await openDirectory();
    await using phone = await openPeer({ flags: directory.flags });
    await using ben = await openPerson('Ben', directory.flags);
    {
      await using laptop = await openPerson('Anna', directory.flags, ofLaptop);
      await pair(laptop, phone);
      await befriend(laptop, ben);
      await whenLinked(phone, 'Ben');
      assert.equal((await phone.client.call('showProfile', {})).name, 'Anna');
    }
    const content = randomBytes(100_000);
    writeFileSync(phone.folder.at('note.bin'), content);
    const known = await contactOf(phone.client, 'Ben');
    assert.ok(known !== undefined);
    const body = { to: [known.person], paths: [phone.folder.at('note.bin')] };
    await phone.client.call('beginSend', { body });
    const offer = await offerOf(ben, 'waiting');
    assert.equal(offer.personName, 'Anna');
    await ben.client.call('acceptOffer', { params: { id: offer.id }, body: {} });
    const { path = '' } = await offerOf(ben, 'done');
    assert.ok(readFileSync(path).equals(content));

    await using laptop = await openPerson('Anna', directory.flags, ofLaptop);
    const params = { person: known.person };
    await laptop.client.call('changeContact', { params, body: { trust: 'blocked' } });
    await until(phone, async () => {
      const contact = await contactOf(phone.client, 'Ben');
      return contact?.trust === 'blocked' ? true : undefined;
    });
  });

  test('restored from the words has the contacts back once another one added it', async () => {
    await using directory = await openDirectory();
    await using laptop = await openPeer({ flags: directory.flags });
    const body = { deviceName: 'Laptop' };
    const { words } = await laptop.client.call('createIdentity', { body });
    await until(laptop, async () => (laptop.peer.people.desks === undefined ? undefined : true));
    await laptop.client.call('changeProfile', { body: { name: 'Anna' } });
    await using ben = await openPerson('Ben', directory.flags);
    await befriend(laptop, ben);
    await whenLinked(laptop, 'Ben');
    await using desktop = await openPeer({ flags: directory.flags });
    const restored = { words: words.join(' '), deviceName: 'Desktop' };
    await desktop.client.call('restoreIdentity', { body: restored });
    assert.equal(await contactOf(desktop.client, 'Ben'), undefined);
    await pair(laptop, desktop, 'Desktop');
    await whenLinked(desktop, 'Ben');
    const seenByBen = await until(ben, async () => {
      const contact = await contactOf(ben.client, 'Anna');
      return contact?.devices.length === 2 ? contact : undefined;
    });
    assert.deepEqual(
      seenByBen.devices.map(({ name }) => name),
      ['Laptop', 'Desktop'],
    );
  });

  test('that was taken out says so, and contacts do not know it any more', async () => {
    await using directory = await openDirectory();
    await using laptop = await openPerson('Anna', directory.flags);
    await using phone = await openPeer({ flags: directory.flags });
    await using ben = await openPerson('Ben', directory.flags);
    await pair(laptop, phone);
    await befriend(laptop, ben);
    await whenLinked(phone, 'Ben');
    const { device } = await phone.client.call('showIdentity', {});
    assert.ok(device !== undefined);
    await laptop.client.call('revokeDevice', { params: { device: device.key } });
    await until(phone, async () => {
      const { isRevoked } = await phone.client.call('showIdentity', {});
      return isRevoked ? true : undefined;
    });
    await until(ben, async () => {
      const contact = await contactOf(ben.client, 'Anna');
      return contact?.devices.length === 1 ? true : undefined;
    });
    const { entries } = await phone.client.call('readLog', { query: {} });
    assert.ok(entries.some(({ what }) => what.code === 'OWN_DEVICE_REVOKED'));
  });
});

/** The second device joins by a code, and is in touch. */
async function pair(has: PeerInTest, joins: PeerInTest, deviceName = 'Phone'): Promise<void> {
  const { code = '' } = await has.client.call('startPairing', {});
  await joins.client.call('joinDevices', { body: { code, deviceName } });
  await until(has, async () => {
    const { confirmCode } = await has.client.call('showPairing', {});
    return confirmCode;
  });
  await has.client.call('answerPairing', { body: { accept: true } });
  await until(joins, async () => (joins.peer.people.desks === undefined ? undefined : true));
}

interface Directory extends AsyncDisposable {
  readonly flags: Partial<Settings>;
}

/** A node of HyperDHT that others begin with. */
async function openDirectory(): Promise<Directory> {
  await using resources = new AsyncDisposableStack();
  const ports = resources.use(openPorts());
  const never = new AbortController().signal;
  const probe = await ports.net.listen({ host: HOST, port: 0 }, () => undefined, never);
  const { port } = probe.local;
  await probe[Symbol.asyncDispose]();
  resources.use(
    await Mesh.open(
      {
        keys: ownKeysOf(ports.random.bytes(32), ports.ed25519),
        admission: { levelOf: () => 'refused' },
        book: { addressesOf: () => [] },
        helpers: { ownHelpers: () => [], helpersOf: () => [] },
        hosts: [HOST],
        port,
        dht: { bindHost: HOST, publicHost: HOST, bootstrap: [], nodes: [] },
        isNear: () => true,
        mayReach: () => true,
      },
      ports,
      (error) => assert.ifError(error),
      never,
    ),
  );
  const owned = resources.move();
  return {
    flags: { usesPeopleDht: true, peopleBootstrap: [`${HOST}:${port}`] },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
