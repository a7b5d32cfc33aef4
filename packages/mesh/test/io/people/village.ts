/** A village in a simulated world: persons with a device or more, each with a peer that keeps its contacts on disk. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deviceKeyOf, formatHex, PeerFault } from '@coequal/base';
import type { Clock, Conn, DeviceKey, Endpoint, Net } from '@coequal/base';
import type { Database } from '@coequal/base/database';
import { PlainLinks, World } from '@coequal/simulator';
import type { DeviceDirectory, SimHost, WorldOptions } from '@coequal/simulator';
import { sha256 } from '@noble/hashes/sha2.js';
import type { TellableAddress } from '../../../src/core/contacts/address-bytes.ts';
import type { HelperPlace } from '../../../src/core/contacts/helper-places.ts';
import { decodeDeviceList, encodeDeviceList } from '../../../src/core/identity/device-list.ts';
import type { DeviceList } from '../../../src/core/identity/device-list.ts';
import { judgeList } from '../../../src/core/identity/next-list.ts';
import type { PersonKey } from '../../../src/core/identity/person-key.ts';
import type { InvitationHelper } from '../../../src/core/invite/invitation-helpers.ts';
import { openMeshStore } from '../../../src/io/mesh-store.ts';
import type { ByteStream } from '../../../src/io/people/drive-stream.ts';
import { People } from '../../../src/io/people/people.ts';
import type { PeopleEvent } from '../../../src/io/people/people-events.ts';
import type { Announced, Rendezvous } from '../../../src/io/people/rendezvous.ts';
import { ed25519, signerOf } from '../../core/identity/device-lists.ts';
import type { Signer } from '../../core/identity/device-lists.ts';

export const NEVER: AbortSignal = new AbortController().signal;
/** Places where somebody waits; shared by all of a village. */
type Places = Map<string, Set<Endpoint>>;

export class Village implements AsyncDisposable {
  readonly world: World;
  readonly directory: DeviceDirectory = new Map();
  readonly places: Places = new Map();
  readonly villagers: Villager[] = [];
  readonly #folder = mkdtempSync(join(tmpdir(), 'coequal-village-'));

  constructor(options: WorldOptions) {
    this.world = new World(options);
  }

  /** Another device of somebody, in whose list it must be; its peer runs. */
  async addDevice(of: Villager, name: string, number: number): Promise<Villager> {
    const path = join(this.#folder, `${of.number}-${number}.sqlite`);
    const villager = new Villager(this, name, path, of.signer, of.number, number);
    villager.take(of.list);
    this.villagers.push(villager);
    await villager.start();
    return villager;
  }

  /** Somebody with one device, whose peer runs. */
  async add(name: string): Promise<Villager> {
    const number = this.villagers.length + 1;
    const path = join(this.#folder, `${number}.sqlite`);
    const villager = new Villager(this, name, path, signerOf(number), number);
    this.villagers.push(villager);
    await villager.start();
    return villager;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.world.run(async () => {
      for (const villager of this.villagers) await villager.stop();
    }, 60_000);
    rmSync(this.#folder, { recursive: true });
  }
}

export class Villager {
  readonly village: Village;
  readonly name: string;
  readonly host: SimHost;
  readonly signer: Signer;
  readonly number: number;
  readonly device: DeviceKey;
  readonly failures: unknown[] = [];
  readonly events: PeopleEvent[] = [];
  list: DeviceList;
  addresses: TellableAddress[] = [];
  endpointOf: (device: DeviceKey) => Endpoint | undefined = () => undefined;
  helpersFor: (device: DeviceKey) => readonly HelperPlace[] = () => [];
  passesUntil: (until: number) => readonly InvitationHelper[] = () => [];
  /** Its clock is wrong by that. */
  clockAheadMs = 0;
  /** What became of each list of this person that came. */
  readonly learned: string[] = [];
  readonly #path: string;
  readonly #identity: {
    person: PersonKey;
    device: DeviceKey;
    deviceList: DeviceList;
    encodedDeviceList: Uint8Array;
    readonly deviceSecret: () => Uint8Array;
    learnList(encoded: Uint8Array): Promise<void>;
  };
  #running:
    | { readonly people: People; readonly links: PlainLinks; readonly database: Database }
    | undefined;

  constructor(
    village: Village,
    name: string,
    path: string,
    signer: Signer,
    number: number,
    deviceNumber = 0,
  ) {
    this.village = village;
    this.name = name;
    this.#path = path;
    this.signer = signer;
    this.host = village.world.host(name);
    this.number = number;
    this.device = keyOf(number, deviceNumber);
    const entry = { key: this.device, name: `${name}'s laptop`, addedAt: 1 };
    this.list = { person: signer.person, number: 1, devices: [entry], revoked: [], signedAt: 1 };
    this.#identity = {
      person: signer.person,
      device: this.device,
      deviceList: this.list,
      encodedDeviceList: encodeDeviceList(this.list, signer.sign),
      deviceSecret: () => new Uint8Array(32).fill(number),
      learnList: (encoded) => this.#learn(encoded),
    };
  }

  get person(): PersonKey {
    return this.signer.person;
  }

  get people(): People {
    if (this.#running === undefined) throw new Error(`${this.name} is not there`);
    return this.#running.people;
  }

  get links(): PlainLinks {
    if (this.#running === undefined) throw new Error(`${this.name} is not there`);
    return this.#running.links;
  }

  get isThere(): boolean {
    return this.#running !== undefined;
  }

  get database(): Database {
    if (this.#running === undefined) throw new Error(`${this.name} is not there`);
    return this.#running.database;
  }

  async start(): Promise<void> {
    const { host, village, device } = this;
    const { random, net } = host.ports;
    const clock = clockOf(host.ports.clock, this.clockAheadMs);
    const opening = PlainLinks.open(device, host.address, village.directory, net, NEVER);
    const links = await village.world.run(() => opening, 10_000);
    const database = openMeshStore(this.#path);
    const people = new People({
      links,
      database,
      identity: this.#identity,
      ed25519,
      clock,
      random,
      slowHash: {
        scrypt: async (password, salt) => sha256.create().update(password).update(salt).digest(),
      },
      rendezvous: new NetRendezvous(net, host.address, village.places),
      defaultName: this.list.devices[0]?.name.replace("'s laptop", '') ?? '',
      findsNear: true,
      ownAddresses: () => ({ relays: false, isNode: false, addresses: this.addresses }),
      endpointOf: (device) => this.endpointOf(device),
      helpersFor: (device) => this.helpersFor(device),
      passesUntil: (until) => this.passesUntil(until),
      onFailure: (error) => this.failures.push(error),
    });
    this.#running = { people, links, database };
    void this.#watch(people);
  }

  /** What was committed stays; all else is gone at once. */
  crash(): void {
    const running = this.#running;
    this.#running = undefined;
    this.village.directory.delete(this.device);
    this.host.crash();
    running?.database[Symbol.dispose]();
  }

  async restart(): Promise<void> {
    this.host.restart();
    await this.start();
  }

  async stop(): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    await running?.people[Symbol.asyncDispose]();
    await running?.links[Symbol.asyncDispose]();
    running?.database[Symbol.dispose]();
  }

  /** Signs another list, as the next number. */
  sign(change: Partial<DeviceList>): void {
    this.take({ ...this.list, number: this.list.number + 1, ...change });
    if (this.isThere) this.people.tell('list');
  }

  take(list: DeviceList): void {
    this.list = list;
    this.#identity.deviceList = list;
    this.#identity.encodedDeviceList = encodeDeviceList(list, this.signer.sign);
  }

  get isRevoked(): boolean {
    return this.list.revoked.includes(this.device);
  }

  /** As an identity without the words does. */
  async #learn(encoded: Uint8Array): Promise<void> {
    const come = decodeDeviceList(encoded, ed25519);
    if (come.person !== this.person) throw new PeerFault('OTHER_PERSON');
    const verdict = judgeList(this.list, come).type;
    this.learned.push(verdict);
    if (verdict !== 'adopt') return;
    this.take(come);
    if (this.isRevoked) await this.stop();
    else this.people.tell('list');
  }

  knows(other: Villager): boolean {
    return this.people.contacts().some(({ person }) => person === other.person);
  }

  async #watch(people: People): Promise<void> {
    for await (const event of people.events(NEVER))
      if (event.type !== 'lagged') this.events.push(event);
  }
}

export function keyOf(person: number, device: number): DeviceKey {
  const bytes = new Uint8Array(32).fill(0xd0 + device);
  bytes[0] = person;
  return deviceKeyOf(bytes);
}

function clockOf(right: Clock, aheadMs: number): Clock {
  return {
    now: () => right.now(),
    epochNow: () => right.epochNow() + aheadMs,
    at: (when, run) => right.at(when, run),
  };
}

/** Whoever waits listens at a port of its host. */
export class NetRendezvous implements Rendezvous {
  readonly #net: Net;
  readonly #host: string;
  readonly #places: Places;

  constructor(net: Net, host: string, places: Places) {
    this.#net = net;
    this.#host = host;
    this.#places = places;
  }

  async announce(
    topic: Uint8Array,
    onVisitor: (stream: ByteStream) => void,
    signal: AbortSignal,
  ): Promise<Announced> {
    const at = { host: this.#host, port: 0 };
    const listener = await this.#net.listen(at, (conn) => onVisitor(streamOf(conn)), signal);
    const place = this.#places.get(formatHex(topic)) ?? new Set();
    this.#places.set(formatHex(topic), place.add(listener.local));
    return {
      reach: 'everywhere',
      [Symbol.asyncDispose]: async () => {
        place.delete(listener.local);
        await listener[Symbol.asyncDispose]();
      },
    };
  }

  async *find(topic: Uint8Array, signal: AbortSignal): AsyncIterable<ByteStream> {
    for (const at of this.#places.get(formatHex(topic)) ?? [])
      yield streamOf(await this.#net.dial(at, signal));
  }
}

function streamOf(conn: Conn): ByteStream {
  let unsent = 0;
  let isEnding = false;
  return {
    get queuedBytes() {
      return conn.queuedBytes;
    },
    start: (onBytes, onClose) => conn.start(onBytes, onClose),
    send(chunks) {
      unsent += 1;
      return conn.send(chunks, () => {
        unsent -= 1;
        if (isEnding && unsent === 0) conn.close();
      });
    },
    end() {
      isEnding = true;
      if (unsent === 0) conn.close();
    },
    close: (why) => conn.close(why),
  };
}
