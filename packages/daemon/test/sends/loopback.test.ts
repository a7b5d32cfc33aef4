// Two peers on this computer hand files to each other, over real links, disks and threads.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import type { DeviceKey, Endpoint } from '@coequal/base';
import { openEd25519, openPorts } from '@coequal/base/node';
import { Mesh, ownKeysOf } from '@coequal/mesh';
import type { OwnKeys } from '@coequal/mesh';
import { markOrigin } from '../../src/mark-origin.ts';
import { Sends } from '../../src/sends/sends.ts';
import { openStore } from '../../src/store/store.ts';
import { attributeOf, noAttributes } from '../attributes.ts';
import { temporaryFolder } from '../temporary-folder.ts';

/** What says on Linux that a file is from elsewhere. */
const ORIGIN = 'user.xdg.origin.url';

const NEVER = new AbortController().signal;

interface Peer extends AsyncDisposable {
  readonly sends: Sends;
  readonly mesh: Mesh;
  /** Resolves when what is asked for is so; it is looked at after each change. */
  until(isSo: () => boolean): Promise<void>;
}

interface Other {
  readonly device: DeviceKey;
  readonly at: () => Endpoint | undefined;
}

function fail(error: unknown): never {
  throw error;
}

async function openPeer(own: OwnKeys, other: Other, home: string): Promise<Peer> {
  await using resources = new AsyncDisposableStack();
  mkdirSync(home, { recursive: true });
  const ports = resources.use(openPorts({ workers: 1 }));
  const store = resources.use(openStore(join(home, 'daemon.sqlite')));
  const mesh = resources.use(
    await Mesh.open(
      {
        keys: own,
        admission: { levelOf: (device) => (device === other.device ? 'contact' : 'refused') },
        book: {
          addressesOf: () => {
            const at = other.at();
            return at === undefined ? [] : [{ ...at, kind: 'tcp', source: 'manual' }];
          },
        },
        helpers: { ownHelpers: () => [], helpersOf: () => [] },
        hosts: ['127.0.0.1'],
        port: 0,
        isNear: () => true,
        mayReach: () => true,
      },
      ports,
      fail,
      NEVER,
    ),
  );
  let changed = Promise.withResolvers<void>();
  const sends = resources.use(
    await Sends.open(
      {
        own: own.device,
        links: mesh.links,
        contacts: {
          find: () => 'the other',
          devicesOf: () => [other.device],
          personOf: (device) => (device === other.device ? 'the other' : undefined),
          nameOf: () => 'the other',
          trustOf: () => 'trusted',
        },
        store,
        ports,
        resumeDirectory: join(home, 'resume'),
        settings: () => ({ downloadDirectory: join(home, 'files'), freeSpaceMin: 0 }),
        markOrigin: async (received) => await markOrigin(received, ports.clock.epochNow()),
        tell: () => undefined,
        onChange: () => {
          changed.resolve();
          changed = Promise.withResolvers();
        },
        onBug: fail,
      },
      NEVER,
    ),
  );
  const opened = resources.move();
  return {
    sends,
    mesh,
    until: async (isSo) => {
      while (!isSo()) await changed.promise;
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

void test('a folder is handed over both ways between two peers of this computer, encrypted', async () => {
  using folder = temporaryFolder();
  const [annaKeys, benKeys] = [1, 2].map((n) =>
    ownKeysOf(new Uint8Array(32).fill(n), openEd25519()),
  ) as [OwnKeys, OwnKeys];
  const ports: { anna?: number; ben?: number } = {};
  const at = (port: number | undefined): Endpoint | undefined =>
    port === undefined ? undefined : { host: '127.0.0.1', port };
  await using anna = await openPeer(
    annaKeys,
    { device: benKeys.device, at: () => at(ports.ben) },
    folder.at('anna'),
  );
  await using ben = await openPeer(
    benKeys,
    { device: annaKeys.device, at: () => at(ports.anna) },
    folder.at('ben'),
  );
  ports.anna = anna.mesh.port;
  ports.ben = ben.mesh.port;
  const files = { 'trip/a.jpg': randomBytes(2_000_000), 'trip/deep/b.jpg': randomBytes(70_000) };
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(folder.at(name)), { recursive: true });
    writeFileSync(folder.at(name), content);
  }
  const { id } = anna.sends.sends.begin({ to: ['ben'], paths: [folder.at('trip')] });
  await ben.until(() => ben.sends.inbox.show().offers.length === 1);
  const [offer] = ben.sends.inbox.show().offers;
  assert.ok(offer !== undefined);
  await ben.sends.inbox.accept(offer.id, undefined);
  await anna.until(() => anna.sends.sends.show(id).state === 'finished');
  await ben.until(() => ben.sends.inbox.show().offers[0]?.state === 'done');
  for (const [name, content] of Object.entries(files))
    assert.deepEqual(readFileSync(folder.at(`ben/files/${name}`)), content);
  if (noAttributes(folder.path) === false)
    for (const name of Object.keys(files))
      assert.equal(attributeOf(folder.at(`ben/files/${name}`), ORIGIN), 'coequal:received');
  // and back, as a rule has it
  anna.sends.inbox.putRule('the other', { sizeMax: 10_000_000 });
  ben.sends.sends.begin({ to: ['anna'], paths: [folder.at('ben/files/trip/a.jpg')] });
  await anna.until(() => anna.sends.inbox.show().offers[0]?.state === 'done');
  assert.deepEqual(readFileSync(folder.at('anna/files/a.jpg')), files['trip/a.jpg']);
});
