// What own devices share, as it is digested: a little in each turn, and right whatever changes meanwhile.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DeviceKey, LinkStream } from '@coequal/base';
import type { Database } from '@coequal/base/database';
import { encodeDeviceList } from '../../../src/core/identity/device-list.ts';
import { personKeyOf } from '../../../src/core/identity/person-key.ts';
import { openMeshStore } from '../../../src/io/mesh-store.ts';
import { DIGESTS_AT_ONCE, OwnBook } from '../../../src/io/own/own-book.ts';
import { OwnDevices } from '../../../src/io/own/own-devices.ts';
import { ContactBook } from '../../../src/io/people/contact-book.ts';
import { InvitationBook } from '../../../src/io/people/invitation-book.ts';
import { deviceOf, ed25519, signerOf } from '../../core/identity/device-lists.ts';
import { stampsOf } from '../people/stamps.ts';

const CONTACTS = 100;
/** At least; there are some more for what is to be done once they are digested. */
const SLICES = Math.ceil(CONTACTS / DIGESTS_AT_ONCE);

interface Scene extends Disposable {
  readonly database: Database;
  readonly contacts: ContactBook;
  open(): OwnBook;
}

function openScene(): Scene {
  const database = openMeshStore(':memory:');
  const stamps = stampsOf(database);
  const contacts = new ContactBook(database, ed25519, stamps);
  for (let number = 1; number <= CONTACTS; number++) {
    const { person, sign } = signerOf(number);
    const devices = [{ key: deviceOf(number), name: 'Laptop', addedAt: 1 }];
    const list = { person, number: 1, devices, revoked: [], signedAt: 1 };
    const introduction = { list, encodedList: encodeDeviceList(list, sign), name: `No. ${number}` };
    contacts.change(person, () =>
      contacts.arrive({ introduction, speaker: deviceOf(number), at: 2, isOwnWish: false }),
    );
  }
  const invitations = new InvitationBook(database);
  const parts = { database, contacts, invitations, stamps, ed25519, person: signerOf(200).person };
  return {
    database,
    contacts,
    open: () => new OwnBook({ ...parts, epochNow: () => 1_000_000 }),
    [Symbol.dispose]: () => database[Symbol.dispose](),
  };
}

test('so many records are digested in one call, and the summary is that of all', () => {
  using scene = openScene();
  const sliced = scene.open();
  const { contacts } = scene;
  const shared = contacts.shared.bind(contacts);
  let asked = 0;
  contacts.shared = (person) => {
    asked += 1;
    return shared(person);
  };
  let calls = 0;
  for (let isMore = true; isMore; calls++) {
    const before = asked;
    isMore = sliced.digestSome();
    assert.ok(asked - before <= DIGESTS_AT_ONCE);
  }
  assert.equal(asked, CONTACTS);
  assert.ok(calls > SLICES);
  contacts.shared = shared;
  assert.deepEqual(sliced.summary(), scene.open().summary());
  assert.equal(Array.from({ length: 256 }, (_, bucket) => sliced.keys(bucket)).flat().length, 100);
});

test('what changes, comes or goes between two of them counts as it is in the end', () => {
  using scene = openScene();
  const sliced = scene.open();
  for (let number = 1; sliced.digestSome(); number++) {
    scene.contacts.setDetails(signerOf(number).person, { note: 'changed' });
    scene.contacts.setDetails(signerOf(CONTACTS - number).person, { note: 'changed' });
    scene.contacts.remove(signerOf(10 + number).person, 5);
    scene.contacts.remove(signerOf(CONTACTS - 10 - number).person, 5);
  }
  assert.deepEqual(sliced.summary(), scene.open().summary());
});

test('a removed contact that is forgotten for a later one is in no summary any more', () => {
  using scene = openScene();
  const { database, contacts } = scene;
  database.transaction(() => {
    for (let number = 0; number < 2_000; number++) {
      const bytes = new Uint8Array(32).fill(9);
      new DataView(bytes.buffer).setUint32(0, number);
      database.run(
        "INSERT INTO stamps VALUES (?, 'standing', ?, '0000000000000000')",
        personKeyOf(bytes),
        number + 1,
      );
    }
  });
  const book = scene.open();
  const before = book.summary();
  contacts.remove(signerOf(1).person, 5);
  const after = book.summary();
  assert.notDeepEqual(after, before);
  assert.deepEqual(after, scene.open().summary());
});

test('a meeting begins when all is digested, in as many turns of the loop as that takes', async () => {
  using scene = openScene();
  const turns: (() => void)[] = [];
  const sent: Uint8Array[] = [];
  const onStreams: ((stream: LinkStream, from: DeviceKey) => void)[] = [];
  const other = deviceOf(250);
  const devices = new OwnDevices(
    {
      links: {
        open: () => Promise.reject(new Error('the other side opens')),
        accept(_protocol, onStream) {
          onStreams.push(onStream);
          return () => undefined;
        },
        path: () => ({ type: 'lan' }),
      },
      clock: {
        now: () => 0,
        epochNow: () => 1_000_000,
        at(when, run) {
          if (when === 0) turns.push(run);
          return () => undefined;
        },
      },
      random: { bytes: (length) => new Uint8Array(length), number: () => 0.5 },
      ownDevice: deviceOf(251),
      others: () => [other],
      isThere: () => true,
      onNews: () => undefined,
      onProblem: () => undefined,
      onFailure: (error) => assert.fail(String(error)),
    },
    scene.open(),
  );
  const stream: LinkStream = {
    remote: other,
    protocol: 'own/1',
    queuedBytes: 0,
    onDrain: undefined,
    start: () => undefined,
    pause: () => undefined,
    resume: () => undefined,
    send: (chunks) => sent.push(...chunks) > 0,
    end: () => undefined,
    close: () => undefined,
  };
  onStreams[0]?.(stream, other);
  let taken = 0;
  for (let next = turns.shift(); next !== undefined; next = turns.shift()) {
    assert.equal(sent.length, 0, `${taken}`);
    taken += 1;
    next();
    await new Promise(setImmediate);
  }
  assert.ok(taken >= SLICES, 'turns of the clock');
  assert.equal(sent.length, 1, 'the hello');
  await devices[Symbol.asyncDispose]();
});
