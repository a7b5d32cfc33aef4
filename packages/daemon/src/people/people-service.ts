/** The service that is in touch with people: links, contacts and what is sent, for as long as there is an identity. */
import { join } from 'node:path';
import { assert, sleep } from '@coequal/base';
import type { DeviceKey, Endpoint, Hasher } from '@coequal/base';
import { openClock, openRandom, openSlowHash } from '@coequal/base/node';
import type { Settings } from '@coequal/contract';
import type { Mesh, MeshStats, People, Rendezvous } from '@coequal/mesh';
import type { OwnIdentity } from '@coequal/mesh/identity';
import type { PeerRates } from '../files/peer-rates.ts';
import { markOrigin } from '../mark-origin.ts';
import { watchNetwork } from '../network-watch.ts';
import type { ServiceSpec } from '../peer/supervisor.ts';
import { openPortsWithin } from '../reach.ts';
import type { PortsWithin, Reach } from '../reach.ts';
import type { Sends } from '../sends/sends.ts';
import type { Store } from '../store/store.ts';
import { wayToOwn } from './device-ways.ts';
import type { DeviceWay } from './device-ways.ts';
import { liveIdentity } from './live-identity.ts';
import type { IdentityLinks } from './open-identity.ts';
import type { PairingWays } from './device-pairing.ts';
import type { FollowView } from './follow-people.ts';
import { isGiftAwaited } from './gifts.ts';
import { Opening } from './opening.ts';
import { createPairingWays } from './pairing-ways.ts';
import { openMesh, openMeshAtPort, openNear } from './open-mesh.ts';
import type { PeopleDesks } from './people-handlers.ts';
import { PlaceNews } from './place-news.ts';
import type { Staging } from './staging.ts';
import { outerHosts } from './own-hosts.ts';
import { OwnTrouble } from './own-trouble.ts';
import type * as Parts from './people-parts.ts';
import type { NearSecrets } from './near-secrets.ts';

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
  readonly rates: PeerRates;
  /** Undefined while there is nobody. */
  readonly own: () => OwnIdentity | undefined;
  readonly settings: () => Settings;
  readonly lastPort: () => number | undefined;
  readonly onPort: (port: number) => void;
  readonly lastNodes: () => readonly Endpoint[];
  readonly keepNodes: (nodes: readonly Endpoint[]) => void;
  /** About once a second, while it runs. */
  readonly onTick: () => void;
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
  readonly #opening: Opening;

  constructor(plan: PeoplePlan) {
    const clock = openClock();
    this.#plan = plan;
    this.#opening = new Opening(clock);
    this.pairingWays = createPairingWays({
      ports: { slowHash: openSlowHash(), clock, random: openRandom() },
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
    const near = openNear(this.#plan, this.#loaded, ports);
    if (near !== undefined) resources.use(near);
    const secret = ports.random.bytes(DEVICE_SECRET_LENGTH);
    const late = new this.#loaded.WayBook();
    const at = { secret, port: 0, late, near };
    const { rendezvous } = resources.use(
      await openMesh(this.#plan, this.#loaded, at, ports, signal),
    );
    const owned = resources.move();
    return { rendezvous, [Symbol.asyncDispose]: () => owned.disposeAsync() };
  }

  /** Once it is in touch, or there is nobody, or it cannot be now. Throws LocalFault `PEOPLE_OFF` after long. */
  async opened(signal: AbortSignal): Promise<void> {
    if (this.isWanted) await this.#opening.wait(signal);
  }

  async run(onRunning: () => void, signal: AbortSignal): Promise<void> {
    const own = this.#plan.own();
    if (own === undefined) return;
    this.#opening.begin();
    try {
      await this.#run(own, onRunning, signal);
    } finally {
      // it was ended from without, perhaps before it was open, and is begun anew
      if (signal.aborted) this.#opening.begin();
      else this.#opening.settle();
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
    this.#opening.settle();
    // it may be another than before
    for (const type of ['contacts', 'invitations', 'sends'] as const) this.#plan.publish({ type });
    try {
      onRunning();
      await this.#tick(open, ports, changed, signal);
    } finally {
      this.#open = undefined;
      // from now on, and not once all is closed: who asks meanwhile waits
      if (signal.aborted) this.#opening.begin();
      this.#plan.onLinks({ pairingWays: this.pairingWays, comparisons: undefined });
      this.#plan.keepNodes(mesh.nodes());
    }
  }

  async #tick(
    { mesh, people, staging, near }: Open,
    { clock }: PortsWithin,
    onWake: () => void,
    signal: AbortSignal,
  ): Promise<void> {
    let keptAt = clock.now();
    const place = new PlaceNews(people.toldAddresses());
    for (let before = clock.epochNow(); ; before = clock.epochNow()) {
      this.#plan.rates.look();
      await sleep(clock, TICK_MS, signal);
      this.#plan.onTick();
      if (clock.epochNow() - before > ASLEEP_MS) onWake();
      if (place.isDue(people.toldAddresses(), clock.now())) people.tell('addresses');
      if (clock.now() - keptAt < KEEP_NODES_MS) continue;
      keptAt = clock.now();
      this.#plan.keepNodes(mesh.nodes());
      near?.refresh(); // what ends by time
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
    const group = openNear(this.#plan, this.#loaded, ports);
    if (group !== undefined) resources.use(group);
    const lan = group && new this.#loaded.Lan(group, (device) => late.people?.hurry(device), ports);
    if (lan !== undefined) resources.use(lan);
    late.lan = lan;
    const secret = own.deviceSecret();
    const at = { secret, late, near: group };
    const mesh = resources.use(await openMeshAtPort(this.#plan, this.#loaded, at, ports, signal));
    const { links } = mesh;
    lan?.setPorts({ tcp: mesh.port, udp: mesh.stats.dht?.local?.port ?? 0 });
    const trouble = new OwnTrouble(this.#plan);
    const live = liveIdentity(own, this.#plan, trouble);
    const people = resources.use(
      new this.#loaded.People({
        ...ports,
        database,
        identity: live,
        slowHash: openSlowHash(),
        findsNear: lan !== undefined,
        // the same on all devices, until a person says it: contacts hear it of each
        defaultName: own.deviceList.devices[0]?.name ?? '',
        ...this.#loaded.peopleOver(mesh, late, {
          hosts: () => this.#hosts(ports),
          settings,
        }),
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
    const reached = (device: DeviceKey): DeviceWay => wayToOwn(device, live, people, links);
    const { pairingWays } = this;
    this.#plan.onLinks({ pairingWays, comparisons, trouble, wayTo: reached });
    const staging = await this.#openStaging(people, sends, ports);
    const near = lan && new this.#loaded.NearSecrets(lan, people);
    const followed = { own: live, trouble, people, mesh, sends, staging, near };
    resources.defer(this.#loaded.followPeople(followed, this.#plan));
    return {
      own,
      mesh,
      people,
      sends,
      staging,
      near,
      desks: this.#loaded.openPeopleDesks(people, own.device, links),
    };
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
        beginOnce: (id, request) => sends.sends.begin(request, id),
        isSendLive: (id) =>
          sends.sends.list().some((send) => send.id === id && send.endedAt === undefined),
        isGiftAwaited: (id, given) => isGiftAwaited(people, id, given),
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
    const { home, store, rates, settings, publish, tell, onBug } = this.#plan;
    return await this.#loaded.Sends.open(
      {
        own: own.device,
        links,
        contacts: this.#loaded.sendContactsOf(people),
        store,
        ports,
        resumeDirectory: join(home, 'send-resume'),
        rates: rates.shared,
        settings,
        markOrigin: async (received) => await markOrigin(received, ports.clock.epochNow()),
        tell,
        onChange: () => publish({ type: 'sends' }),
        onBug,
      },
      signal,
    );
  }
}
