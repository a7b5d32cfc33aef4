/** A laboratory with nodes of HyperDHT that everybody begins with, a public peer, and whole peers as they are asked for. */
import assert from 'node:assert/strict';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Endpoint } from '@coequal/base';
import type { Contact } from '@coequal/contract';
import { LabProcess } from '../../../mesh/test/natlab/lab-process.ts';
import { LabPerson } from './lab-person.ts';
import { NatLab } from './nat-lab.ts';
import type { NatType } from './nat-lab.ts';

const UDP_PORT = 30_000;
/** One alone could not tell a device what its router does with ports. */
const NODES = 3;

export interface Home extends AsyncDisposable {
  readonly anna: LabPerson;
  readonly ben: LabPerson;
}

/** The laboratory, and nodes of HyperDHT that everybody begins with. */
export class World implements AsyncDisposable {
  readonly lab: NatLab;
  readonly bootstrap: readonly Endpoint[];
  readonly #nodes: AsyncDisposableStack;
  /** A public peer. */
  readonly helper: LabPerson;
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
    this.helper = helper;
    this.#owned = owned;
    this.bootstrap = bootstrap;
    this.#nodes = nodes;
  }

  async person(name: string, type: NatType, settings?: readonly string[]): Promise<LabPerson> {
    return await LabPerson.start(name, await this.lab.host(type), this.bootstrap, { settings });
  }

  /** Two who do not know each other; with a public peer that both know, if `isHelped`. */
  async pair(first: NatType, second: NatType, isHelped: boolean): Promise<Home> {
    await using resources = new AsyncDisposableStack();
    const number = ++this.#pairs;
    const anna = resources.use(await this.person(`Anna ${number}`, first));
    const ben = resources.use(await this.person(`Ben ${number}`, second));
    if (isHelped) {
      await this.helper.befriend(anna);
      await this.helper.befriend(ben);
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
export async function beginSend(
  anna: LabPerson,
  ben: LabPerson,
  to: Contact,
  content: Uint8Array,
  file = 'sea.jpg',
): Promise<void> {
  await writeFile(anna.place.at(file), content);
  const body = { to: [to.person], paths: [anna.place.at(file)] };
  await anna.client.call('beginSend', { body });
  const { id } = await ben.offer(({ state, name }) => state === 'waiting' && name === file);
  await ben.client.call('acceptOffer', { params: { id }, body: {} });
}

export async function assertReceived(
  by: LabPerson,
  content: Uint8Array,
  file = 'sea.jpg',
): Promise<void> {
  const { path = '', name } = await by.offer(
    (offer) => offer.state === 'done' && offer.name === file,
  );
  const isFolder = (await stat(path)).isDirectory();
  assert.ok((await readFile(isFolder ? join(path, name) : path)).equals(content));
}

export function timeOf(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}
