// Whole peers behind routers of their own become contacts, hand over a file, and find each other again after what
// happens to networks. docs/mesh-nat.md has the table: `node packages/daemon/test/natlab/people.test.ts --update`.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { stat, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Endpoint } from '@coequal/base';
import type { Contact, Offer } from '@coequal/contract';
import { LabProcess } from '../../../mesh/test/natlab/lab-process.ts';
import { LabPerson } from './lab-person.ts';
import { NatLab } from './nat-lab.ts';
import type { NatType } from './nat-lab.ts';

const DOCUMENT = new URL('../../../../docs/mesh-nat.md', import.meta.url);
const TABLE = /^\| whole peers behind .*\n\|(?:---\|)+\n(?:\|.*\n)*/m;
const isUpdate = process.argv.includes('--update');

const UDP_PORT = 30_000;
/** One alone could not tell a device what its router does with ports. */
const NODES = 3;
const SMALL_LENGTH = 1_000_000;
const LARGE_LENGTH = 60_000_000;
/** So that what is sent runs while networks change. */
const SLOW_BYTES_PER_SECOND = 500_000;
/** More than the pieces that a peer could have had in hand when its network broke. */
const GROWN_LENGTH = 2_000_000;
const SUSPENDED_MS = 20_000;
/** A test of this file: what has not come by then never comes. */
const TIMEOUT_MS = 85_000;

interface Row {
  readonly what: string;
  readonly path: string;
  readonly ms: number;
  readonly sentMs?: number;
}

const skip = await NatLab.skipReason();
const rows: Row[] = [];

describe('whole peers behind routers', { concurrency: false, timeout: 300_000, skip }, () => {
  let world: World | undefined;

  before(async () => {
    world = await World.open();
  });

  after(async () => {
    await world?.[Symbol.asyncDispose]();
    process.stdout.write(format(rows));
    if (!isUpdate) return;
    const document = readFileSync(DOCUMENT, 'utf8');
    writeFileSync(DOCUMENT, document.replace(TABLE, format(rows)));
  });

  const PAIRS = [
    ['portres', 'portres', 'direct'],
    ['symmetric', 'symmetric', 'relayed'],
    ['no-udp', 'portres', 'relayed'],
  ] as const;
  for (const [first, second, path] of PAIRS) {
    test(
      `${first} and ${second} become contacts and hand over a file`,
      { timeout: TIMEOUT_MS },
      async () => {
        assert.ok(world);
        await using home = await world.pair(first, second, path === 'relayed');
        const began = performance.now();
        await home.anna.befriend(home.ben);
        const ms = performance.now() - began;
        const seen = await home.anna.linked(home.ben.name, [path]);
        const sentAt = performance.now();
        const content = randomBytes(SMALL_LENGTH);
        await beginSend(home, seen, content);
        await assertReceived(home.ben, content);
        const sentMs = performance.now() - sentAt;
        rows.push({ what: `${first}, ${second}`, path: seen.path, ms, sentMs });
      },
    );
  }

  test(
    'a link and what runs over it recover from a new mapping, a new address and a sleep',
    { timeout: TIMEOUT_MS },
    async () => {
      assert.ok(world);
      await using home = await world.pair('portres', 'portres', false);
      const { lab } = world;
      const { anna, ben } = home;
      await anna.befriend(ben);
      await anna.client.call('changeSettings', {
        body: { values: { uploadMax: SLOW_BYTES_PER_SECOND } },
      });
      const content = randomBytes(LARGE_LENGTH);
      await beginSend(home, await anna.linked(ben.name), content);
      await grown(ben, GROWN_LENGTH);
      const recovers = async (what: string, disturb: () => Promise<void>): Promise<void> => {
        await disturb();
        const began = performance.now();
        // what is said now, not what was on its way: a new name
        await anna.client.call('changeProfile', { body: { name: what } });
        const { path } = await ben.linked(what);
        const ms = performance.now() - began;
        const { have } = await ben.offer(() => true);
        assert.ok(have < LARGE_LENGTH, 'the send ended too early to tell anything');
        await grown(ben, have + GROWN_LENGTH);
        rows.push({ what, path, ms, sentMs: performance.now() - began });
      };
      await recovers('restart of a router', () => lab.restartRouter(anna.host));
      await recovers('another address at home', () => lab.moveHost(ben.host));
      await recovers('20 s of sleep', async () => {
        ben.signal('SIGSTOP');
        await sleep(SUSPENDED_MS);
        ben.signal('SIGCONT');
      });
      await anna.client.call('changeSettings', { body: { values: { uploadMax: null } } });
      await assertReceived(ben, content);
    },
  );

  test(
    'earlier contacts find each other without the nodes that they began with',
    { timeout: TIMEOUT_MS },
    async () => {
      assert.ok(world);
      await using home = await world.pair('portres', 'portres', true);
      const { anna, ben } = home;
      await anna.befriend(ben);
      await Promise.all([anna.stop(), ben.stop()]);
      await world.killNodes();
      const began = performance.now();
      await Promise.all([anna.startAgain(), ben.startAgain()]);
      const [{ path }] = await Promise.all([anna.linked(ben.name), ben.linked(anna.name)]);
      rows.push({
        what: 'both started again, all nodes gone',
        path,
        ms: performance.now() - began,
      });
      const content = randomBytes(SMALL_LENGTH);
      await beginSend(home, await anna.linked(ben.name), content);
      await assertReceived(ben, content);
    },
  );
});

interface Home extends AsyncDisposable {
  readonly anna: LabPerson;
  readonly ben: LabPerson;
}

/** The laboratory, and nodes of HyperDHT that everybody begins with. */
class World implements AsyncDisposable {
  readonly lab: NatLab;
  readonly #bootstrap: readonly Endpoint[];
  readonly #nodes: AsyncDisposableStack;
  readonly #helper: LabPerson;
  readonly #owned: AsyncDisposableStack;
  #pairs = 0;

  static async open(): Promise<World> {
    await using resources = new AsyncDisposableStack();
    const lab = await NatLab.open();
    resources.defer(async () => lab[Symbol.dispose]());
    const bootstrap: Endpoint[] = [];
    await using nodes = new AsyncDisposableStack();
    for (let index = 0; index < NODES; index++) {
      const host = await lab.host('public');
      const options = {
        name: `node${index}`,
        udpPort: UDP_PORT,
        publicHost: host.address,
        bootstrap: [...bootstrap],
        helpers: [],
        book: [],
      };
      nodes.use(await LabProcess.start(host, options));
      bootstrap.push({ host: host.address, port: UDP_PORT });
    }
    const helper = resources.use(
      await LabPerson.start('Carla', await lab.host('public'), bootstrap),
    );
    return new World(lab, helper, bootstrap, nodes.move(), resources.move());
  }

  private constructor(
    lab: NatLab,
    helper: LabPerson,
    bootstrap: readonly Endpoint[],
    nodes: AsyncDisposableStack,
    owned: AsyncDisposableStack,
  ) {
    this.lab = lab;
    this.#helper = helper;
    this.#owned = owned;
    this.#bootstrap = bootstrap;
    this.#nodes = nodes;
  }

  /** Two who do not know each other; with a public peer that both know, if `isHelped`. */
  async pair(first: NatType, second: NatType, isHelped: boolean): Promise<Home> {
    await using resources = new AsyncDisposableStack();
    const number = ++this.#pairs;
    const start = async (name: string, type: NatType): Promise<LabPerson> => {
      const host = await this.lab.host(type);
      return resources.use(await LabPerson.start(`${name} ${number}`, host, this.#bootstrap));
    };
    const anna = await start('Anna', first);
    const ben = await start('Ben', second);
    if (isHelped) {
      await this.#helper.befriend(anna);
      await this.#helper.befriend(ben);
    }
    const owned = resources.move();
    return { anna, ben, [Symbol.asyncDispose]: () => owned.disposeAsync() };
  }

  async killNodes(): Promise<void> {
    await this.#nodes.disposeAsync();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.killNodes();
    await this.#owned.disposeAsync();
  }
}

/** Until Ben receives it. */
async function beginSend({ anna, ben }: Home, to: Contact, content: Uint8Array): Promise<void> {
  await writeFile(anna.place.at('sea.jpg'), content);
  const body = { to: [to.person], paths: [anna.place.at('sea.jpg')] };
  await anna.client.call('beginSend', { body });
  const { id } = await ben.offer(({ state }) => state === 'waiting');
  await ben.client.call('acceptOffer', { params: { id }, body: {} });
}

async function assertReceived(by: LabPerson, content: Uint8Array): Promise<void> {
  const { path = '', name } = await by.offer(({ state }) => state === 'done');
  const isFolder = (await stat(path)).isDirectory();
  assert.ok((await readFile(isFolder ? join(path, name) : path)).equals(content));
}

/** Once so many bytes of the only offer are there and verified. */
async function grown(by: LabPerson, length: number): Promise<Offer> {
  return await by.offer(({ have }) => have >= length);
}

function format(found: readonly Row[]): string {
  const lines = found.map(({ what, path, ms, sentMs }) => {
    const sent = sentMs === undefined ? '' : timeOf(sentMs);
    return `| ${what} | ${path} | ${timeOf(ms)} | ${sent} |`;
  });
  const head = '| whole peers behind | path | linked after | bytes after |';
  return `${[head, '|---|---|---|---|', ...lines].join('\n')}\n`;
}

function timeOf(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}
