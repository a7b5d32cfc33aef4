// A whole peer on loopback, and people who mean ill: keys by the hundred at one link, connections that say nothing, a
// contact who offers without end. What is written of limits holds, and an honest person still gets in.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, test } from 'node:test';
import { openPorts, openSlowHash } from '@coequal/base/node';
import type { DeviceKey, Endpoint, Ports, SlowHash } from '@coequal/base';
import { parseInvitation } from '@coequal/mesh';
import type { Offer } from '@coequal/contract';
import { encodeSendMessage } from '../../src/sends/wire/send-message.ts';
import { openPeer } from '../api/peer-in-test.ts';
import type { PeerInTest } from '../api/peer-in-test.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { LightPeer } from './light-peer.ts';

const NEVER = new AbortController().signal;
const USES = 3;
/** `WAITING_OF_PERSON_MAX` of docs/limits.md. */
const WAITING_OF_PERSON_MAX = 32;

interface Scene extends AsyncDisposable {
  readonly victim: PeerInTest;
  readonly ports: Ports & { readonly slowHash: SlowHash };
  /** Somebody else, at an address of their own. */
  person(name: string, host: string): Promise<LightPeer>;
  invite(uses: number): Promise<string>;
  contactNames(): Promise<readonly string[]>;
}

async function openScene(): Promise<Scene> {
  await using resources = new AsyncDisposableStack();
  const folder = resources.use(temporaryFolder());
  const ports = { ...resources.use(openPorts({ workers: 1 })), slowHash: openSlowHash() };
  const victim = resources.use(await openPeer({ flags: { usesPeopleDht: false } }));
  await victim.client.call('createIdentity', { body: { deviceName: 'Anna' } });
  await victim.peer.people.opened(new AbortController().signal);
  const owned = resources.move();
  return {
    victim,
    ports,
    person: async (name, host) =>
      owned.use(await LightPeer.open({ name, host, folder: folder.at('others') }, ports)),
    async invite(uses) {
      const { link } = await victim.client.call('createInvitation', { body: { uses } });
      assert.ok(link !== undefined);
      return link;
    },
    async contactNames() {
      const { contacts } = await victim.client.call('listContacts', {});
      return contacts.map(({ name }) => name);
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function placeOf(link: string): { readonly device: DeviceKey; readonly at: Endpoint } {
  const { devices, addresses } = parseInvitation(link);
  const at = addresses.find(({ kind }) => kind === 'tcp');
  const [device] = devices;
  assert.ok(at !== undefined && device !== undefined);
  return { device, at };
}

describe('a peer on loopback', () => {
  test('lets in as many by one link as it is good for, whoever else has it', async () => {
    await using scene = await openScene();
    const link = await scene.invite(USES);
    const crowd = await Promise.all(
      Array.from({ length: 24 }, (_, index) =>
        scene.person(`Crowd ${index}`, `127.0.1.${index + 1}`),
      ),
    );
    const isDecided = ({ people }: LightPeer): true | undefined => {
      const [mine] = people.acceptances();
      return mine?.type === 'link' && (mine.state !== 'open' || mine.tries > 0) ? true : undefined;
    };
    for (const each of crowd) each.people.accept(link);
    await Promise.all(crowd.map((each) => each.until(() => isDecided(each))));
    assert.equal((await scene.contactNames()).length, USES);
    // whoever was heard is told why, and stops; the others found no place, and try again
    const told = crowd.flatMap(({ people }) => people.acceptances()[0] ?? []);
    const failed = told.filter((each) => each.type === 'link' && each.state === 'failed');
    assert.ok(failed.length > 0);
    assert.ok(failed.every(({ problem }) => problem === 'INVITATION_USED'));
    const ben = await scene.person('Ben', '127.0.2.1');
    await ben.join(await scene.invite(1));
    assert.ok((await scene.contactNames()).includes('Ben'));
    assert.equal((await scene.contactNames()).length, USES + 1);
  });

  test('lets a friend in while hundreds of connections from one address say nothing', async () => {
    await using scene = await openScene();
    const link = await scene.invite(1);
    const { port } = placeOf(link).at;
    const sockets = Array.from({ length: 300 }, () =>
      connect({ host: '127.0.0.1', port, localAddress: '127.0.0.3' }).on('error', () => undefined),
    );
    await Promise.all(sockets.map((socket) => once(socket, 'connect')));
    const ben = await scene.person('Ben', '127.0.2.1');
    await ben.join(link);
    for (const socket of sockets) socket.destroy();
    assert.deepEqual(await scene.contactNames(), ['Ben']);
  });

  test('keeps a few dozen of thousands of offers of one contact, and serves another', async () => {
    await using scene = await openScene();
    const link = await scene.invite(2);
    const { device } = placeOf(link);
    const eve = await scene.person('Eve', '127.0.2.2');
    await eve.join(link);
    const request = { protocol: 'send/1', lane: 'talk' } as const;
    const stream = await eve.mesh.links.open(device, request, NEVER);
    const closed = Promise.withResolvers<void>();
    stream.start(
      () => undefined,
      () => closed.resolve(),
    );
    for (let number = 1; number <= 20_000; number++)
      stream.send([
        encodeSendMessage({
          type: 'offer',
          id: number.toString(16).padStart(32, '0'),
          name: `thing ${number}`,
          note: '',
          fileCount: 1,
          length: 1_000,
          kinds: [1],
          metainfoLength: 20_000,
          metainfoHash: 'ab'.repeat(32),
        }),
      ]);
    await closed.promise; // more messages than MESSAGES_MAX
    const { offers } = await scene.victim.client.call('showInbox', {});
    const waiting = offers.filter(({ state }: Offer) => state === 'waiting');
    assert.equal(waiting.length, WAITING_OF_PERSON_MAX);
    assert.equal(offers.length, WAITING_OF_PERSON_MAX);
    const ben = await scene.person('Ben', '127.0.2.1');
    await ben.join(link);
    assert.deepEqual(new Set(await scene.contactNames()), new Set(['Eve', 'Ben']));
  });
});
