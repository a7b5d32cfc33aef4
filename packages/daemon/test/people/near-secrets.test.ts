import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deviceKeyOf } from '@coequal/base';
import type { DeviceKey } from '@coequal/base';
import { openPorts, openSlowHash } from '@coequal/base/node';
import type { Ports } from '@coequal/base';
import { lanSecretOf, openMeshStore, People } from '@coequal/mesh';
import { encodeDeviceList, personKeyOf } from '@coequal/mesh/identity';
import type { DeviceList } from '@coequal/mesh/identity';
import { PlainLinks } from '@coequal/simulator';
import { NearSecrets } from '../../src/people/way-book.ts';

const NEVER = new AbortController().signal;

function deviceOf({ ed25519 }: Ports, fill: number): DeviceKey {
  return deviceKeyOf(ed25519.publicKey(new Uint8Array(32).fill(fill)));
}

/** Of the person whose root secret is `fill` over and over. */
function listOf({ ed25519 }: Ports, fill: number, ...keys: readonly DeviceKey[]): DeviceList {
  const person = personKeyOf(ed25519.publicKey(new Uint8Array(32).fill(fill)));
  const devices = keys.map((key) => ({ key, name: 'computer', addedAt: 1 }));
  return { person, number: 1, devices, revoked: [], signedAt: 1 };
}

async function invitationOf(ports: Ports, fill: number, device: DeviceKey): Promise<string> {
  await using resources = new AsyncDisposableStack();
  const { ed25519, net } = ports;
  const list = listOf(ports, fill, device);
  const sign = (message: Uint8Array): Uint8Array =>
    ed25519.sign(new Uint8Array(32).fill(fill), message);
  const people = resources.use(
    new People({
      ...ports,
      links: resources.use(await PlainLinks.open(device, '127.0.0.1', new Map(), net, NEVER)),
      database: resources.use(openMeshStore(':memory:')),
      identity: {
        person: list.person,
        device,
        deviceList: list,
        encodedDeviceList: encodeDeviceList(list, sign),
        learnList: async () => undefined,
      },
      slowHash: openSlowHash(),
      defaultName: 'Anna',
      ownAddresses: () => ({ relays: false, addresses: [] }),
      onFailure: (error) => assert.ifError(error),
    }),
  );
  return people.invite().link;
}

void test('contacts, who was accepted, and other own devices are known near, each told once', async () => {
  await using ports = openPorts();
  const [own, later, bens, annas, done] = [1, 2, 3, 4, 5].map((fill) => deviceOf(ports, fill));
  assert.ok(own && later && bens && annas && done);
  const told: ReadonlyMap<DeviceKey, Uint8Array>[] = [];
  const identity = { device: own, deviceList: listOf(ports, 10, own) };
  const contacts: { readonly list: DeviceList }[] = [];
  const acceptances: { type: 'link'; state: 'open' | 'done'; link: string }[] = [];
  const near = new NearSecrets(
    { setSecrets: (secrets) => void told.push(secrets) },
    { contacts: () => contacts, acceptances: () => acceptances },
    identity,
  );
  near.refresh();
  assert.equal(told.length, 0, 'nobody is nobody');

  contacts.push({ list: listOf(ports, 11, bens) });
  acceptances.push({ type: 'link', state: 'open', link: await invitationOf(ports, 12, annas) });
  acceptances.push({ type: 'link', state: 'done', link: await invitationOf(ports, 13, done) });
  near.refresh();
  near.refresh();
  assert.equal(told.length, 1);
  assert.deepEqual(
    told[0],
    new Map([bens, annas].map((device) => [device, lanSecretOf(device)] as const)),
  );

  identity.deviceList = listOf(ports, 10, own, later);
  contacts.pop();
  near.refresh();
  assert.deepEqual(
    told[1],
    new Map([annas, later].map((device) => [device, lanSecretOf(device)] as const)),
  );
});
