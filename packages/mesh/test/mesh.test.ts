import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeUtf8, encodeUtf8 } from '@coequal/base';
import type { DeviceKey, Endpoint } from '@coequal/base';
import { openClock, openEd25519, openNet, openRandom } from '@coequal/base/node';
import { Mesh } from '../src/index.ts';
import type { Admission, DhtPlace } from '../src/index.ts';
import { freePort } from '../../base/test/node/free-port.ts';
import { Book, isNear, makeKeys, never, placeOf } from './transport/devices.ts';

const HOST = '127.0.0.1';
const ports = { clock: openClock(), random: openRandom(), net: openNet(), ed25519: openEd25519() };

interface Options {
  readonly book: Book;
  readonly contacts: readonly DeviceKey[];
  readonly dht?: Pick<DhtPlace, 'bootstrap' | 'publicHost'>;
  readonly helpers?: readonly DeviceKey[];
  /** Relays for its contacts. */
  readonly helps?: boolean;
  readonly port?: number;
}

async function openMesh(keys: ReturnType<typeof makeKeys>, options: Options): Promise<Mesh> {
  const { book, contacts, dht, helpers = [], helps = false, port = 0 } = options;
  const isContact = (key: DeviceKey): boolean => contacts.includes(key);
  const admission: Admission = { levelOf: (key) => (isContact(key) ? 'contact' : 'refused') };
  const mesh = await Mesh.open(
    {
      keys,
      book,
      admission,
      helpers: { ownHelpers: () => helpers, helpersOf: () => helpers.map(placeOf) },
      relayHost: helps ? admission : undefined,
      hosts: [HOST],
      port,
      dht: dht === undefined ? undefined : { bindHost: HOST, nodes: [], ...dht },
      isNear,
      mayReach: () => true,
    },
    ports,
    (error) => assert.ifError(error),
    never,
  );
  mesh.links.accept('echo/1', (stream) =>
    stream.start(
      (view) => stream.send([view.slice()]),
      () => undefined,
    ),
  );
  return mesh;
}

/** What comes back of some bytes, from who echoes. */
async function echo(from: Mesh, to: DeviceKey): Promise<string | undefined> {
  const stream = await from.links.open(to, { protocol: 'echo/1', lane: 'talk' }, never);
  const { promise, resolve } = Promise.withResolvers<Uint8Array>();
  stream.start(
    (view) => resolve(view.slice()),
    (why) => resolve(encodeUtf8(`closed: ${why?.message}`)),
  );
  stream.send([encodeUtf8('hello')]);
  const back = decodeUtf8(await promise);
  stream.close();
  return back;
}

const [anna, ben, helper] = [makeKeys(), makeKeys(), makeKeys()];

void test('two devices that know an address speak over TCP', async () => {
  const book = new Book();
  await using first = await openMesh(anna, { book, contacts: [ben.device] });
  await using second = await openMesh(ben, { book, contacts: [anna.device] });
  book.add(ben.device, 'tcp', HOST, second.port);
  assert.equal(await echo(first, ben.device), 'hello');
  assert.deepEqual(first.links.path(ben.device), { type: 'lan' });
});

void test('a key is enough where there is a directory, which any peer can be', async () => {
  const book = new Book();
  const port = await freePort();
  const first: Endpoint = { host: HOST, port };
  await using _first = await openMesh(helper, {
    book,
    contacts: [],
    dht: { bootstrap: [], publicHost: HOST },
    port,
  });
  const dht = { bootstrap: [first] };
  await using a = await openMesh(anna, { book, contacts: [ben.device], dht });
  await using b = await openMesh(ben, { book, contacts: [anna.device], dht });
  while (b.stats.dht?.isAnnounced !== true) await settle();
  assert.equal(await echo(a, ben.device), 'hello');
  assert.ok((a.stats.dht?.nodes ?? 0) > 0);
});

void test('a contact who listens on TCP relays for two that cannot reach each other', async () => {
  const book = new Book();
  await using middle = await openMesh(helper, {
    book,
    contacts: [anna.device, ben.device],
    helps: true,
  });
  book.add(helper.device, 'tcp', HOST, middle.port);
  const helpers = [helper.device];
  await using a = await openMesh(anna, { book, contacts: [ben.device, helper.device], helpers });
  await using b = await openMesh(ben, { book, contacts: [anna.device, helper.device], helpers });
  while (!b.stats.waitingAt.includes(helper.device)) await settle();
  assert.equal(await echo(a, ben.device), 'hello');
  assert.deepEqual(a.links.path(ben.device), { type: 'relayed', by: helper.device });
});

function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
