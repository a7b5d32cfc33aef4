/** The service that is in touch with people: links, contacts and what is sent, for as long as there is an identity. */
import { join } from 'node:path';
import { assert, LocalFault, sleep } from '@coequal/base';
import type { Endpoint, Hasher } from '@coequal/base';
import { openClock, openRandom, openSlowHash } from '@coequal/base/node';
import type { Settings } from '@coequal/contract';
import type { Lan, Mesh, MeshStats, People, Rendezvous } from '@coequal/mesh';
import type { OwnIdentity } from '@coequal/mesh/identity';
import { limitsAt } from '../files/schedule.ts';
import { watchNetwork } from '../network-watch.ts';
import { lanInterfaces } from '../peer/lan-check.ts';
import type { ServiceSpec } from '../peer/supervisor.ts';
import { openPortsWithin } from '../reach.ts';
import type { PortsWithin, Reach } from '../reach.ts';
import type { Sends } from '../sends/sends.ts';
import type { Store } from '../store/store.ts';
import { liveIdentity } from './live-identity.ts';
import type { IdentityLinks } from './open-identity.ts';
import type { PairingWays } from './device-pairing.ts';
import type { FollowView } from './follow-people.ts';
import { createPairingWays } from './pairing-ways.ts';
import { openMesh, openMeshAtPort } from './open-mesh.ts';
import type { MeshPlan } from './open-mesh.ts';
import type { PeopleDesks } from './people-handlers.ts';
import type { Staging } from './staging.ts';
import { outerHosts } from './own-hosts.ts';
import type * as Parts from './people-parts.ts';
import type { NearSecrets, WayBook } from './way-book.ts';

const TICK_MS = 1_000;
/** A longer tick: this computer slept. */
const ASLEEP_MS = 10_000;
/** What is known of the network is kept for the next start. */
const KEEP_NODES_MS = 600_000;
const DEVICE_SECRET_LENGTH = 32;

export interface PeoplePlan extends FollowView {
  readonly home: string;
  readonly reach: Reach;
  readonly store: Store;
  /** For what is handed over: that of other transfers has other slots. */
  readonly hasher: Hasher;
  /** Undefined while there is nobody. */
  readonly own: () => OwnIdentity | undefined;
  readonly settings: () => Settings;
  readonly lastPort: () => number | undefined;
  readonly onPort: (port: number) => void;
  readonly lastNodes: () => readonly Endpoint[];
  readonly keepNodes: (nodes: readonly Endpoint[]) => void;
  /** What links bring to the identity, or take away. */
  readonly onLinks: (links: IdentityLinks) => void;
}

/** While it runs. */
interface Open {
  readonly own: OwnIdentity;
  readonly mesh: Mesh;
  readonly people: People;
  readonly sends: Sends;
  readonly staging: Staging;
  readonly desks: PeopleDesks;
  readonly near: NearSecrets | undefined;
}

export class PeopleService implements ServiceSpec {
  readonly name = 'people';
  readonly #plan: PeoplePlan;
  /** Also while there is nobody: a new device joins by them. */
  readonly pairingWays: PairingWays;
  #parts: typeof Parts | undefined;
  #open: Open | undefined;
  #opening: PromiseWithResolvers<void> | undefined;

  constructor(plan: PeoplePlan) {
    this.#plan = plan;
    this.pairingWays = createPairingWays({
      ports: { slowHash: openSlowHash(), clock: openClock(), random: openRandom() },
      rendezvous: () => this.#open?.mesh.rendezvous,
      openRendezvous: (signal) => this.#openForNobody(signal),
    });
  }

  get isWanted(): boolean {
    return this.#plan.own() !== undefined;
  }

  get desks(): PeopleDesks | undefined {
    return this.#open?.desks;
  }

  get sends(): Sends | undefined {
    return this.#open?.sends;
  }

  get staging(): Staging | undefined {
    return this.#open?.staging;
  }

  get stats(): MeshStats | undefined {
    return this.#open?.mesh.stats;
  }

  /** Whether another run is needed: it is somebody else's device now, or nobody's. */
  identityChanged(): 'nothing' | 'restart' | 'start' {
    const own = this.#plan.own();
    if (this.#open === undefined) return own === undefined ? 'nothing' : 'start';
    if (own?.person !== this.#open.own.person || own.device !== this.#open.own.device)
      return 'restart';
    this.#open.people.tell('list');
    this.#open.near?.refresh();
    return 'nothing';
  }

  get #loaded(): typeof Parts {
    assert(this.#parts !== undefined, 'it is loaded with the first run');
    return this.#parts;
  }

  /** A device without anybody, under a key that is thrown away: nobody comes in. */
  async #openForNobody(
    signal: AbortSignal,
  ): Promise<AsyncDisposable & { readonly rendezvous: Rendezvous }> {
    this.#parts ??= await import('./people-parts.ts');
    await using resources = new AsyncDisposableStack();
    const { reach, settings, hasher } = this.#plan;
    const bind = settings().bind ?? undefined;
    const ports = resources.use(openPortsWithin(reach, { bind, hasher }));
    const mesh = resources.use(
      await openMesh(
        { ...this.#meshPlan(ports, new this.#loaded.WayBook()), port: 0 },
        ports.random.bytes(DEVICE_SECRET_LENGTH),
        signal,
      ),
    );
    const { rendezvous } = mesh;
    if (rendezvous === undefined) throw new LocalFault('NOT_POSSIBLE_NOW', { what: 'links' });
    const owned = resources.move();
    return { rendezvous, [Symbol.asyncDispose]: () => owned.disposeAsync() };
  }

  /** Once it is in touch, or cannot be now: who makes an identity asks for more at once. */
  async opened(): Promise<void> {
    await this.#opening?.promise;
  }

  async run(onRunning: () => void, signal: AbortSignal): Promise<void> {
    const own = this.#plan.own();
    if (own === undefined) return;
    const opening = (this.#opening = Promise.withResolvers<void>());
    try {
      await this.#run(
        own,
        () => {
          onRunning();
          opening.resolve();
        },
        signal,
      );
    } finally {
      opening.resolve();
    }
  }

  async #run(own: OwnIdentity, onRunning: () => void, signal: AbortSignal): Promise<void> {
    const { bind } = this.#plan.settings();
    const { reach, hasher } = this.#plan;
    this.#parts ??= await import('./people-parts.ts');
    await using resources = new AsyncDisposableStack();
    const ports = resources.use(openPortsWithin(reach, { bind: bind ?? undefined, hasher }));
    const open = await this.#openAll(own, ports, resources, signal);
    const { mesh, people, sends } = open;
    const changed = (): void => {
      mesh.networkChanged();
      people.tell('addresses');
      people.hurry();
      sends.rouse();
    };
    using _watch = watchNetwork(ports.binding, ports.clock, changed);
    this.#plan.onPort(mesh.port);
    this.#open = open;
    // who asked while it did not run was refused, and asks again
    for (const type of ['contacts', 'invitations', 'sends'] as const) this.#plan.publish({ type });
    try {
      onRunning();
      await this.#tick(open, ports, changed, signal);
    } finally {
      this.#open = undefined;
      this.#plan.onLinks({ pairingWays: this.pairingWays, comparisons: undefined });
      this.#plan.keepNodes(mesh.nodes());
    }
  }

  async #tick(
    { mesh, sends, staging }: Open,
    { clock }: PortsWithin,
    onWake: () => void,
    signal: AbortSignal,
  ): Promise<void> {
    let keptAt = clock.now();
    for (let before = clock.epochNow(); ; before = clock.epochNow()) {
      const { up, down } = limitsAt(this.#plan.settings(), new Date(clock.epochNow()));
      sends.setLimits(up, down);
      await sleep(clock, TICK_MS, signal);
      if (clock.epochNow() - before > ASLEEP_MS) onWake();
      if (clock.now() - keptAt < KEEP_NODES_MS) continue;
      keptAt = clock.now();
      this.#plan.keepNodes(mesh.nodes());
      await staging.sweep();
    }
  }

  async #openAll(
    own: OwnIdentity,
    ports: PortsWithin,
    resources: AsyncDisposableStack,
    signal: AbortSignal,
  ): Promise<Open> {
    const { home, publish, settings } = this.#plan;
    const database = resources.use(this.#loaded.openMeshStore(join(home, 'mesh.sqlite')));
    const late = new this.#loaded.WayBook();
    const lan = this.#openLan(own, ports, late);
    if (lan !== undefined) resources.use(lan);
    late.lan = lan;
    const mesh = resources.use(
      await openMeshAtPort(this.#meshPlan(ports, late), own.deviceSecret(), signal),
    );
    const { links, rendezvous } = mesh;
    lan?.setPorts({ tcp: mesh.port, udp: mesh.stats.dht?.local?.port ?? 0 });
    const live = liveIdentity(own, () => this.#plan.own());
    const people = resources.use(
      new this.#loaded.People({
        ...ports,
        links,
        database,
        identity: live,
        slowHash: openSlowHash(),
        rendezvous,
        defaultName: own.deviceList.devices.find(({ key }) => key === own.device)?.name ?? '',
        ownAddresses: () => late.ownAddresses(mesh, this.#hosts(ports), settings()),
        endpointOf: (device) => links.endpointOf(device),
        helpersFor: (device) => late.toldTo(device, mesh),
        onNode: (addresses) => mesh.addNodes(addresses),
        onFailure: (error) => this.#plan.onBug(error),
      }),
    );
    late.people = people;
    const sends = resources.use(await this.#openSends(own, mesh, people, ports, signal));
    late.sends = sends;
    const comparisons = resources.use(
      new this.#loaded.Comparisons(
        links,
        {
          own: () => ({ person: own.person, device: own.device }),
          personOf: (device) => people.personOf(device),
          devicesOf: (person) => people.devicesOf(person),
          onVerified: (person) => people.verified(person),
          onChange: () => publish({ type: 'contacts' }),
        },
        ports,
      ),
    );
    this.#plan.onLinks({ pairingWays: this.pairingWays, comparisons });
    const staging = await this.#openStaging(people, sends, ports);
    const near = lan && new this.#loaded.NearSecrets(lan, people, live);
    const followed = { people, mesh, sends, staging, near };
    resources.defer(this.#loaded.followPeople(followed, this.#plan));
    return {
      own,
      mesh,
      people,
      sends,
      staging,
      near,
      desks: this.#loaded.openPeopleDesks(people, links),
    };
  }

  #meshPlan(ports: PortsWithin, late: WayBook): MeshPlan {
    const { reach, settings, lastPort, lastNodes, onBug } = this.#plan;
    const loaded = this.#loaded;
    return { loaded, reach, settings: settings(), lastPort, lastNodes, onBug, ports, late };
  }

  #openLan(own: OwnIdentity, ports: PortsWithin, late: WayBook): Lan | undefined {
    const { reach, settings } = this.#plan;
    if (reach === 'loopback' || !settings().findsPeopleNearby) return undefined;
    const options = {
      secret: this.#loaded.lanSecretOf(own.device),
      hosts: () => lanInterfaces(reach, settings().bind).map(({ host }) => host),
      onFound: () => late.people?.hurry(),
      onProblem: (error: LocalFault) => this.#plan.onProblem(error),
    };
    return new this.#loaded.Lan(options, ports);
  }

  /** Where contacts can look for this computer. */
  #hosts(ports: PortsWithin): readonly string[] {
    return this.#plan.reach === 'loopback' ? ['127.0.0.1'] : outerHosts(ports);
  }

  async #openStaging(people: People, sends: Sends, { clock }: PortsWithin): Promise<Staging> {
    return await this.#loaded.Staging.open(
      { directory: join(this.#plan.home, 'staging') },
      {
        begin: (request) => sends.sends.begin(request),
        isSendLive: (id) =>
          sends.sends.list().some((send) => send.id === id && send.endedAt === undefined),
        isGiftAwaited: (id) =>
          people.invitations().some(({ gift, state }) => gift?.id === id && state === 'open'),
        now: () => clock.epochNow(),
      },
    );
  }

  async #openSends(
    own: OwnIdentity,
    { links }: Mesh,
    people: People,
    ports: PortsWithin,
    signal: AbortSignal,
  ): Promise<Sends> {
    const { home, store, settings, publish, tell, onBug } = this.#plan;
    return await this.#loaded.Sends.open(
      {
        own: own.device,
        links,
        contacts: this.#loaded.sendContactsOf(people),
        store,
        ports,
        resumeDirectory: join(home, 'send-resume'),
        settings,
        tell,
        onChange: () => publish({ type: 'sends' }),
        onBug,
      },
      signal,
    );
  }
}
