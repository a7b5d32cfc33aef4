/** A peer as far as it is in touch with people, without files, API and store: for tests and benches that need many. */
import { join } from 'node:path';
import { rootPath } from '@coequal/base';
import type { DeviceKey, Endpoint, Ports, SlowHash } from '@coequal/base';
import { openNet } from '@coequal/base/node';
import { Mesh, openMeshStore, ownKeysOf, People } from '@coequal/mesh';
import type { Admission } from '@coequal/mesh';
import { Identity } from '@coequal/mesh/identity';

const NEVER = new AbortController().signal;
/** Told when there is no HyperDHT: nobody listens there. */
const UDP_PORT = 49_737;

export interface LightPeerOptions {
  readonly name: string;
  /** Where it listens, and dials from. */
  readonly host: string;
  /** For its identity. */
  readonly folder: string;
  /** Undefined: without HyperDHT. */
  readonly bootstrap?: readonly Endpoint[] | undefined;
}

/** It passes on for its contacts, as the command does if nobody says otherwise. */
export class LightPeer implements AsyncDisposable {
  readonly mesh: Mesh;
  readonly people: People;
  readonly #resources: AsyncDisposableStack;

  static async open(
    { name, host, folder, bootstrap }: LightPeerOptions,
    ports: Ports & { readonly slowHash: SlowHash },
  ): Promise<LightPeer> {
    await using resources = new AsyncDisposableStack();
    const home = rootPath(join(folder, name));
    const identity = resources.use(await Identity.open({ folder: home }, ports));
    await identity.create({ deviceName: name });
    const { own } = identity;
    if (own === undefined) throw new Error('it was made');
    const late: { people: People | undefined } = { people: undefined };
    const admission: Admission = {
      levelOf: (device) => late.people?.admission(device) ?? 'refused',
    };
    const helpers = (): readonly DeviceKey[] =>
      (late.people?.meetings() ?? []).filter(({ relays }) => relays).map(({ device }) => device);
    const mesh = resources.use(
      await Mesh.open(
        {
          keys: ownKeysOf(own.deviceSecret(), ports.ed25519),
          admission,
          book: { addressesOf: (device) => late.people?.addressesOf(device) ?? [] },
          helpers: {
            ownHelpers: helpers,
            helpersOf: () =>
              helpers().map((helper) => ({ helper, token: undefined, addresses: [] })),
          },
          relayHost: admission,
          hosts: [host],
          port: 0,
          dht: bootstrap && { bindHost: host, bootstrap, nodes: [] },
          isNear: () => false,
          mayReach: () => true,
        },
        { ...ports, net: openNet({ bindHosts: [host] }) },
        fail,
        NEVER,
      ),
    );
    const database = resources.use(openMeshStore(':memory:'));
    const udpPort = mesh.stats.dht?.local?.port ?? UDP_PORT;
    const people = (late.people = resources.use(
      new People({
        ...ports,
        links: mesh.links,
        rendezvous: mesh.rendezvous,
        findsNear: false,
        database,
        identity: own,
        defaultName: name,
        ownAddresses: () => ({
          relays: true,
          isNode: false,
          addresses: [
            { kind: 'tcp', host, port: mesh.port },
            { kind: 'udp', host, port: udpPort },
          ],
        }),
        endpointOf: (device) => mesh.links.endpointOf(device),
        onFailure: fail,
      }),
    ));
    return new LightPeer(mesh, people, resources.move());
  }

  private constructor(mesh: Mesh, people: People, resources: AsyncDisposableStack) {
    this.mesh = mesh;
    this.people = people;
    this.#resources = resources;
  }

  /** What `look` gives, as soon as it gives something; it looks after each event. */
  async until<Found>(look: () => Found | undefined): Promise<Found> {
    const stop = new AbortController();
    const events = this.people.events(stop.signal);
    try {
      for (;;) {
        const found = look();
        if (found !== undefined) return found;
        await events.next();
      }
    } finally {
      stop.abort();
    }
  }

  /** Resolves when both have told each other where they are. */
  async join(link: string): Promise<void> {
    this.people.accept(link);
    await this.until(() => this.people.meetings().find(({ seen }) => seen !== undefined));
    this.mesh.helpersChanged();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources.disposeAsync();
  }
}

function fail(error: unknown): void {
  throw error;
}
