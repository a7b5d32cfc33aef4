// What the routes of contacts and invitations answer, over two peers that talk on loopback; each answer fits its schema.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { deviceKeyOf, parseDeviceKey } from '@coequal/base';
import type { Endpoint } from '@coequal/base';
import { openPorts, openSlowHash } from '@coequal/base/node';
import { ROUTES } from '@coequal/contract';
import type { RouteName } from '@coequal/contract';
import { openMeshStore, People } from '@coequal/mesh';
import { encodeDeviceList, personKeyOf } from '@coequal/mesh/identity';
import type { ByteStream, Rendezvous } from '@coequal/mesh';
import { PlainLinks } from '@coequal/simulator';
import type { DeviceDirectory } from '@coequal/simulator';
import { Compile } from 'typebox/compile';
import { openPeopleDesks } from '../../src/people/people-desks.ts';
import { peopleHandlers } from '../../src/people/people-handlers.ts';
import type { PeopleDesks } from '../../src/people/people-handlers.ts';

const NEVER = new AbortController().signal;

interface Peer extends AsyncDisposable {
  readonly people: People;
  readonly desks: PeopleDesks;
}

async function openPeer(name: string, fill: number, directory: DeviceDirectory): Promise<Peer> {
  await using resources = new AsyncDisposableStack();
  const ports = resources.use(openPorts());
  const { ed25519, net, clock, random } = ports;
  const root = new Uint8Array(32).fill(fill);
  const device = deviceKeyOf(ed25519.publicKey(new Uint8Array(32).fill(fill + 100)));
  const list = {
    person: personKeyOf(ed25519.publicKey(root)),
    number: 1,
    devices: [{ key: device, name: `${name}'s laptop`, addedAt: 1 }],
    revoked: [],
    signedAt: 1,
  };
  const links = resources.use(await PlainLinks.open(device, '127.0.0.1', directory, net, NEVER));
  const database = resources.use(openMeshStore(':memory:'));
  const encodedDeviceList = encodeDeviceList(list, (message) => ed25519.sign(root, message));
  const people = resources.use(
    new People({
      links,
      database,
      identity: {
        person: list.person,
        device,
        deviceList: list,
        encodedDeviceList,
        deviceSecret: () => root,
        learnList: async () => undefined,
      },
      findsNear: false,
      ed25519,
      clock,
      random,
      slowHash: openSlowHash(),
      rendezvous: NOWHERE,
      defaultName: name,
      ownAddresses: () => ({
        relays: false,
        isNode: false,
        addresses: [{ kind: 'tcp', host: '127.0.0.1', port: 7 }],
      }),
      endpointOf: (): Endpoint => ({ host: '127.0.0.1', port: 9 }),
      onFailure: (error) => {
        throw error;
      },
    }),
  );
  const open = resources.move();
  const desks = openPeopleDesks(people, device, links);
  return { people, desks, [Symbol.asyncDispose]: () => open.disposeAsync() };
}

/** Takes what is announced, and nobody is ever found there. */
const NOWHERE: Rendezvous = {
  announce: async () => ({ reach: 'network', [Symbol.asyncDispose]: async () => undefined }),
  // oxlint-disable-next-line require-yield
  async *find(): AsyncIterable<ByteStream> {
    return;
  },
};

/** The answer, once it was seen to fit the schema of its route. */
function fits<T>(name: RouteName, answer: T): T {
  const route = ROUTES[name];
  assert.ok('response' in route);
  const json: unknown = JSON.parse(JSON.stringify(answer));
  assert.deepEqual(Compile(route.response).Errors(json), [], name);
  return answer;
}

describe('the people of a running peer', () => {
  let anna: Peer;
  let ben: Peer;
  before(async () => {
    const directory: DeviceDirectory = new Map();
    anna = await openPeer('Anna', 1, directory);
    ben = await openPeer('Ben', 2, directory);
  });
  after(async () => {
    await anna[Symbol.asyncDispose]();
    await ben[Symbol.asyncDispose]();
  });

  test('an invitation is made, read, accepted, and both are listed as contacts', async () => {
    const heard = anna.people.events(AbortSignal.timeout(60_000));
    const gift = { id: 's1', name: 'film.mp4', size: 5 };
    const made = fits(
      'createInvitation',
      await anna.desks.invitations.create({ note: 'Ben', gift, spoken: true }),
    );
    assert.equal(made.qr, made.link?.toUpperCase());
    assert.match(made.code?.text ?? '', /^\d{1,2}-[a-z]+-[a-z]+-[a-z]+$/);
    const text = made.link ?? '';
    const reading = fits('readInvitation', ben.desks.acceptances.read(`here: ${text}`));
    assert.deepEqual([reading.name, reading.isContact], ['Anna', false]);
    assert.deepEqual(fits('readInvitation', ben.desks.acceptances.read('7 amber river table')), {
      type: 'code',
      isContact: false,
    });
    const { id } = fits('acceptInvitation', ben.desks.acceptances.accept(text));
    for await (const event of heard) {
      const { seen } = anna.desks.self.seen();
      if (event.type !== 'lagged' && seen.length > 0) break;
    }
    const [contact] = fits('listContacts', anna.desks.contacts.list()).contacts;
    assert.deepEqual(
      [contact?.name, contact?.trust, contact?.path, contact?.devices[0]?.path],
      ['Ben', 'new', 'direct', 'direct'],
    );
    const acceptances = fits('listAcceptances', { acceptances: ben.desks.acceptances.list() });
    assert.equal(acceptances.acceptances.find((each) => each.id === id)?.state, 'done');
    const [listed] = fits('listInvitations', anna.desks.invitations.list()).invitations;
    assert.equal(listed?.state, 'used');
    assert.equal(listed.link, undefined);
    const [seen] = fits('showSeenByOthers', anna.desks.self.seen()).seen;
    assert.deepEqual(
      [seen?.name, seen?.address, seen?.told],
      ['Ben', '127.0.0.1:9', ['127.0.0.1:7']],
    );
  });

  test('a contact is named, noted, blocked and removed', () => {
    const { person } = anna.desks.contacts.list().contacts[0] ?? { person: '' };
    const change = { name: 'Brother', note: 'boat', trust: 'trusted' } as const;
    const changed = fits('changeContact', anna.desks.contacts.change(person, change));
    assert.deepEqual([changed.name, changed.ownName, changed.note], ['Brother', 'Ben', 'boat']);
    fits('changeContact', anna.desks.contacts.change(person, { trust: 'blocked' }));
    assert.equal(fits('showContact', anna.desks.contacts.show(person)).trust, 'blocked');
    assert.equal(anna.people.admission(parseDeviceKey(changed.devices[0]?.key ?? '')), 'refused');
    anna.desks.contacts.remove(person);
    assert.throws(() => anna.desks.contacts.show(person), { code: 'NO_SUCH_CONTACT' });
    assert.throws(() => anna.desks.contacts.remove(person), { code: 'NO_SUCH_CONTACT' });
  });

  test('what cannot be is refused with the codes of the routes', () => {
    const { acceptances, invitations, self } = anna.desks;
    const own = anna.people.invite().link;
    for (const [run, code] of [
      [() => acceptances.accept(own), 'OWN_INVITATION'],
      [() => acceptances.accept('coequal:invite/aaaa'), 'BAD_INVITATION'],
      [() => acceptances.read('7-amber-rivver-table'), 'BAD_CODE'],
      [() => acceptances.forget('00'.repeat(8)), 'NO_SUCH_INVITATION'],
      [() => invitations.revoke('00'.repeat(8)), 'NO_SUCH_INVITATION'],
      [() => self.rename('\u0007'), 'BAD_NAME'],
    ] as const)
      assert.throws(run, { code });
    assert.deepEqual(fits('changeProfile', self.rename('Anna M.')), { name: 'Anna M.' });
    assert.deepEqual(fits('showProfile', self.profile()), { name: 'Anna M.' });
  });

  test('while the peer is in touch with nobody, an invitation is read, and each other route says so', async () => {
    const { readInvitation, ...handlers } = peopleHandlers(() => undefined);
    const caller = undefined as never;
    const { link: text = '' } = await anna.desks.invitations.create({});
    const read = async (given: string): Promise<unknown> =>
      await readInvitation({ body: { text: given } }, caller, NEVER);
    assert.partialDeepStrictEqual(await read(text), { type: 'link', isContact: false });
    await assert.rejects(read('coequal:invite/aa'), { code: 'BAD_INVITATION' });
    for (const handler of Object.values(handlers)) {
      const run = async (): Promise<unknown> =>
        await (handler as (...given: unknown[]) => unknown)(
          { params: {}, body: {} },
          caller,
          NEVER,
        );
      await assert.rejects(run, { code: 'PEOPLE_OFF' });
    }
  });
});
