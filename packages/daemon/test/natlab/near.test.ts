// Whole peers with `--lan-only` in a local network that leads nowhere: all that people do with each other works there
// without the internet and without a directory, by words that are said.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Endpoint } from '@coequal/base';
import { Laboratory, skipWithoutNamespaces } from '../e2e/namespaces.ts';
import type { Capture } from '../e2e/namespaces.ts';
import { LabPerson } from './lab-person.ts';
import type { LabPersonOptions } from './lab-person.ts';

const NEAR = ['--lan-only'];
const LENGTH = 1_000_000;
/** What has not come by then never comes. */
const TIMEOUT_MS = 240_000;

class Home implements AsyncDisposable {
  readonly lab = new Laboratory();
  readonly #switch = this.lab.addSwitch('switch');
  readonly #people = new AsyncDisposableStack();
  readonly #hosts = new Map<string, string>();

  /** At 10.96.0.`last`; 0: at an address of IPv6 alone, which is of the link and of the system's choice. */
  async start(
    name: string,
    last: number,
    options: LabPersonOptions = { flags: NEAR },
    bootstrap: readonly Endpoint[] = [],
  ): Promise<LabPerson> {
    const host = this.lab.addHost(name.toLowerCase());
    this.#hosts.set(name, host);
    const addresses = last === 0 ? [] : [`10.96.0.${last}/24`];
    this.lab.plug({ host, name: 'cable', addresses }, this.#switch);
    const place = {
      type: 'public',
      launcher: ['ip', 'netns', 'exec', host],
      address: last === 0 ? '::1' : `10.96.0.${last}`,
      number: last,
    } as const;
    return this.#people.use(await LabPerson.start(name, place, bootstrap, options));
  }

  capture(name: string): Promise<Capture> {
    return this.lab.capture(this.#hosts.get(name) ?? assert.fail());
  }

  move(name: string, from: number, to: number): void {
    const host = this.#hosts.get(name) ?? assert.fail();
    this.lab.ip(host, 'address', 'delete', `10.96.0.${from}/24`, 'dev', 'cable');
    this.lab.ip(host, 'address', 'add', `10.96.0.${to}/24`, 'dev', 'cable');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#people.disposeAsync();
    await this.lab[Symbol.asyncDispose]();
  }
}

/** Her words, typed by him, make both contacts that are linked. */
async function becomeContacts(host: LabPerson, guest: LabPerson): Promise<void> {
  const { id } = await host.client.call('createInvitation', { body: { spoken: true } });
  const text = await host.until(async () => {
    const { invitations } = await host.client.call('listInvitations', {});
    const code = invitations.find((each) => each.id === id)?.code;
    // no directory takes it
    return code?.reach === 'network' ? code.text : undefined;
  });
  await guest.client.call('acceptInvitation', { body: { text } });
  await Promise.all([host.linked(guest.name, ['lan']), guest.linked(host.name, ['lan'])]);
}

async function handOver(from: LabPerson, to: LabPerson, name: string): Promise<void> {
  const content = randomBytes(LENGTH);
  await writeFile(from.place.at(name), content);
  const { person } = await from.linked(to.name);
  const body = { to: [person], paths: [from.place.at(name)] };
  await from.client.call('beginSend', { body });
  const { id } = await to.offer((offer) => offer.state === 'waiting' && offer.name === name);
  await to.client.call('acceptOffer', { params: { id }, body: {} });
  const { path = '' } = await to.offer((offer) => offer.state === 'done' && offer.id === id);
  const isFolder = (await stat(path)).isDirectory();
  assert.ok((await readFile(isFolder ? join(path, name) : path)).equals(content));
}

async function findsNear(person: LabPerson, findsPeopleNearby: boolean): Promise<void> {
  await person.client.call('changeSettings', { body: { values: { findsPeopleNearby } } });
}

/** Joins by the words that the other device shows. */
async function pair(old: LabPerson, fresh: LabPerson): Promise<void> {
  const shown = await old.client.call('startPairing', {});
  const { code, reach } = shown;
  assert.ok(code !== undefined);
  assert.equal(reach, 'network');
  await fresh.client.call('joinDevices', { body: { code, deviceName: fresh.name } });
  const asked = await old.until(async () => {
    const state = await old.client.call('showPairing', {});
    assert.notEqual(state.state, 'failed');
    return state.state === 'asking' ? state : undefined;
  });
  const seen = await fresh.client.call('showPairing', {});
  assert.equal(seen.confirmCode, asked.confirmCode);
  await old.client.call('answerPairing', { body: { accept: true } });
  await fresh.until(async () => {
    const state = await fresh.client.call('showPairing', {});
    return state.state === 'joined' ? state : undefined;
  });
}

test(
  'with --lan-only words that are said make contacts, files go over, and who comes back elsewhere is found',
  { skip: skipWithoutNamespaces(), timeout: TIMEOUT_MS },
  async () => {
    await using home = new Home();
    const anna = await home.start('Anna', 1);
    const ben = await home.start('Ben', 2);
    const capture = await home.capture('Anna');
    await becomeContacts(anna, ben);
    await handOver(anna, ben, 'first.jpg');

    // both went to bed; in the morning both have another address, and nobody can say which
    await Promise.all([anna.stop(), ben.stop()]);
    home.move('Anna', 1, 76);
    home.move('Ben', 2, 77);
    await Promise.all([anna.startAgain(), ben.startAgain()]);
    await Promise.all([anna.linked('Ben', ['lan']), ben.linked('Anna', ['lan'])]);
    await handOver(ben, anna, 'second.jpg');

    // where nothing finds a device by itself, a line says where it is
    for (const each of [anna, ben]) await findsNear(each, false);
    await Promise.all([anna.stop(), ben.stop()]);
    home.move('Anna', 76, 31);
    home.move('Ben', 77, 32);
    await Promise.all([anna.startAgain(), ben.startAgain()]);
    const { text = '' } = await ben.client.call('showAddressCard', {});
    assert.match(text, /^coequal:at\/[0-9a-f]{64}\?.*tcp=10\.96\.0\.32:\d+/);
    const { text: own = '' } = await anna.client.call('showAddressCard', {});
    await assert.rejects(anna.client.call('useAddressCard', { body: { text: own } }), {
      code: 'NO_SUCH_CONTACT',
    });
    const { path } = await anna.client.call('useAddressCard', { body: { text } });
    assert.equal(path, 'none');
    await anna.linked('Ben', ['lan']);
    await findsNear(anna, true);

    const phone = await home.start('Phone', 3, { flags: NEAR, isNobody: true });
    await pair(anna, phone);
    const { devices } = await anna.client.call('listDevices', {});
    assert.deepEqual(devices.map(({ name }) => name).toSorted(), ['Anna', 'Phone']);

    const left = await capture.end();
    const outside = left.filter(
      ({ to }) => !/^(10\.96\.0\.|224\.0\.0\.|ff0|fe80|127\.)/.test(to) && to !== '',
    );
    assert.deepEqual(
      outside.map(({ to, port }) => `${to}:${port}`),
      [],
    );
  },
);

test(
  'in a network that has IPv6 alone codes are found, files go over, devices are paired, and contacts find each other again',
  { skip: skipWithoutNamespaces(), timeout: TIMEOUT_MS },
  async () => {
    await using home = new Home();
    const anna = await home.start('Anna', 0);
    const ben = await home.start('Ben', 0);
    const capture = await home.capture('Anna');
    await becomeContacts(anna, ben);
    await handOver(anna, ben, 'first.jpg');
    assert.match(
      await anna.run('invite', '--code'),
      /Or say, .*\nIt is good in this network alone/,
    );

    await Promise.all([anna.stop(), ben.stop()]);
    await Promise.all([anna.startAgain(), ben.startAgain()]);
    await Promise.all([anna.linked('Ben', ['lan']), ben.linked('Anna', ['lan'])]);

    const phone = await home.start('Phone', 0, { flags: NEAR, isNobody: true });
    await pair(anna, phone);
    const { devices } = await anna.client.call('listDevices', {});
    assert.deepEqual(devices.map(({ name }) => name).toSorted(), ['Anna', 'Phone']);
    const wayToPhone = async (way: string): Promise<string> =>
      await anna.until(async () => {
        const all = await anna.client.call('listDevices', {});
        return all.devices.find(({ name, path }) => name === 'Phone' && path === way)?.key;
      });
    await wayToPhone('lan');
    assert.match(await anna.run('devices'), /Phone: here, in the same network, since /);
    await phone.stop();
    await wayToPhone('none');
    assert.match(
      await anna.run('devices'),
      /Anna {2}\(this one\).*\n.*Phone: not here now, since /,
    );
    // an address of the link says nothing to who does not know by which interface
    assert.deepEqual(await anna.client.call('showAddressCard', {}), {});
    const left = await capture.end();
    assert.deepEqual(
      left.filter(({ to }) => !/^(ff0|fe80|::1)/.test(to)).map(({ to, port }) => `${to}:${port}`),
      [],
    );
  },
);

test(
  'a code says that it is good in this network alone when the directory is out of reach',
  { skip: skipWithoutNamespaces(), timeout: TIMEOUT_MS },
  async () => {
    await using home = new Home();
    // nobody is where it is to ask, and there is no way out
    const nowhere = ['10.96.0.99', '203.0.113.9'].map((host) => ({ host, port: 49_737 }));
    const anna = await home.start('Anna', 1, {}, nowhere);
    const ben = await home.start('Ben', 2, {}, nowhere);
    await becomeContacts(anna, ben);
  },
);
