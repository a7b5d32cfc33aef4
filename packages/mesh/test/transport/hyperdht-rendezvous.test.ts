import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { decodeUtf8, encodeUtf8 } from '@coequal/base';
import type { Endpoint } from '@coequal/base';
import { openEd25519, openRandom } from '@coequal/base/node';
import type { ByteStream, Rendezvous } from '../../src/index.ts';
import { MeetingPlaces } from '../../src/io/people/meeting-places.ts';
import { HyperDhtTransport } from '../../src/io/transport/hyperdht-transport.ts';
import { freePort } from '../../../base/test/node/free-port.ts';
import { Book, clock, Device, isNear, never } from './devices.ts';

const HOST = '127.0.0.1';

async function openNodes(): Promise<AsyncDisposable & { readonly all: readonly Rendezvous[] }> {
  await using resources = new AsyncDisposableStack();
  const port = await freePort();
  const open = async (at: number, bootstrap: readonly Endpoint[]): Promise<Rendezvous> => {
    const device = new Device();
    const transport = resources.use(
      await HyperDhtTransport.open(
        {
          keys: device.keys,
          host: device,
          book: new Book(),
          clock,
          isNear,
          mayReach: () => true,
          bootstrap,
          nodes: [],
          relays: () => [],
          bindHost: HOST,
          port: at,
          ...(at !== 0 && { publicHost: HOST }),
        },
        never,
      ),
    );
    const ports = { clock, random: openRandom(), ed25519: openEd25519() };
    return new MeetingPlaces([transport.meetingPlace()], ports);
  };
  await open(port, []);
  const first = [{ host: HOST, port }];
  const all = [await open(0, first), await open(0, first)];
  const owned = resources.move();
  return { all, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

function nextMessage(encounter: ByteStream): Promise<string | undefined> {
  return new Promise((resolve, reject) =>
    encounter.start(
      (message) => resolve(decodeUtf8(message)),
      (why) => reject(why ?? new Error('closed')),
    ),
  );
}

void test('two meet at a topic that both know, and nobody is at another', async () => {
  await using nodes = await openNodes();
  const [waiting, looking] = nodes.all as readonly [Rendezvous, Rendezvous];
  const topic = randomBytes(32);
  await using _announced = await waiting.announce(
    topic,
    (visitor) => {
      visitor.start(
        (message) => visitor.send([encodeUtf8('you said '), message.slice()]),
        () => undefined,
      );
    },
    never,
  );
  const met: ByteStream[] = [];
  for await (const encounter of looking.find(topic, never)) {
    encounter.send([encodeUtf8('hello')]);
    assert.equal(await nextMessage(encounter), 'you said hello');
    met.push(encounter);
    encounter.close();
  }
  assert.equal(met.length, 1);
  for await (const _encounter of looking.find(randomBytes(32), never)) assert.fail('who is it?');
});
