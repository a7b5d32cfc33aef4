// Persons with one device each, who hand things to each other in a simulated network.
import assert from 'node:assert/strict';
import { deviceKeyOf, LocalFault } from '@coequal/base';
import type { DeviceKey, Links } from '@coequal/base';
import { SharedRates } from '@coequal/bittorrent';
import type { Offer, Send } from '@coequal/contract';
import { PlainLinks, World } from '@coequal/simulator';
import type { DeviceDirectory, HostOptions, SimHost, WorldOptions } from '@coequal/simulator';
import type { SendContacts, Trust } from '../../src/sends/contacts.ts';
import { Sends } from '../../src/sends/sends.ts';
import { openStore } from '../../src/store/store.ts';
import type { Store } from '../../src/store/store.ts';

const NEVER = new AbortController().signal;
export const HOUR_MS = 3_600_000;
const DOWNLOADS = '/downloads';

export class Person {
  readonly name: string;
  readonly key: string;
  readonly device: DeviceKey;
  readonly host: SimHost;
  readonly store: Store = openStore(':memory:');
  readonly trust = new Map<string, Trust>();
  /** What the journal was told. */
  readonly told: string[] = [];
  /** As being from elsewhere: what came, and the files in it. */
  readonly marked: string[] = [];
  freeSpaceMin = 0;
  /** None at first. */
  rates: SharedRates | undefined;
  sends: Sends | undefined;
  links: PlainLinks | undefined;

  constructor(name: string, number: number, host: SimHost) {
    this.name = name;
    this.key = number.toString(16).padStart(2, '0').repeat(32);
    this.device = deviceKeyOf(new Uint8Array(32).fill(number));
    this.host = host;
  }

  get desk(): Sends {
    assert(this.sends !== undefined, `${this.name} is off`);
    return this.sends;
  }

  send(id: string): Send {
    return this.desk.sends.show(id);
  }

  /** The only one. */
  get offer(): Offer {
    const [offer, other] = this.desk.inbox.show().offers;
    assert(offer !== undefined && other === undefined, `${this.name} has one offer`);
    return offer;
  }

  get offers(): readonly Offer[] {
    return this.desk.inbox.show().offers;
  }

  fileAt(path: string): Uint8Array | undefined {
    return this.host.disk.content(path);
  }
}

export class SendWorld implements Disposable {
  readonly world: World;
  readonly persons: Person[] = [];
  readonly directory: DeviceDirectory = new Map();
  /** Who is a contact of whom; of everybody without it. */
  knows: (one: Person, other: Person) => boolean = () => true;
  /** What stands between a person and the links. */
  wrap: (person: Person, links: Links) => Links = (_, links) => links;

  constructor(options: WorldOptions) {
    this.world = new World(options);
  }

  async person(name: string, options: HostOptions = {}): Promise<Person> {
    const host = this.world.host({ name, ...options });
    const person = new Person(name, this.persons.length + 1, host);
    this.persons.push(person);
    await this.start(person);
    return person;
  }

  /** As the process of that person starts, on the disk and the store as they are. */
  async start(person: Person): Promise<void> {
    const { host, store, device } = person;
    if (!host.isRunning) host.restart();
    const ports = host.ports;
    await this.world.run(async () => {
      const links = await PlainLinks.open(device, host.address, this.directory, ports.net, NEVER);
      person.links = links;
      person.rates = new SharedRates({}, ports.clock);
      person.sends = await Sends.open(
        {
          own: device,
          links: this.wrap(person, links),
          contacts: this.contactsOf(person),
          store,
          ports,
          resumeDirectory: '/home/resume',
          rates: person.rates,
          settings: () => ({
            downloadDirectory: DOWNLOADS,
            freeSpaceMin: person.freeSpaceMin,
          }),
          markOrigin: async ({ root, files }) => {
            person.marked.push(root, ...files.filter((file) => file !== root));
            assert.ok(files.every((file) => person.fileAt(file) !== undefined));
          },
          tell: (code) => person.told.push(code),
          onChange: () => undefined,
          onBug: (error) => {
            throw error;
          },
        },
        NEVER,
      );
    }, HOUR_MS);
  }

  /** kill -9. */
  crash(person: Person): void {
    person.host.crash();
    this.directory.delete(person.device);
    person.sends = undefined;
    person.links = undefined;
  }

  async stop(person: Person): Promise<void> {
    const { sends, links } = person;
    await this.world.run(async () => {
      await sends?.[Symbol.asyncDispose]();
      await links?.[Symbol.asyncDispose]();
    }, HOUR_MS);
    person.host.stop();
    person.sends = undefined;
    person.links = undefined;
  }

  async until(goal: () => boolean, limitMs = HOUR_MS): Promise<void> {
    await this.world.run(goal, limitMs);
  }

  async ask<T>(work: () => Promise<T>): Promise<T> {
    return await this.world.run(work, HOUR_MS);
  }

  /** From `from` to all others that are named; resolves once it is offered. */
  async offer(from: Person, to: readonly Person[], paths: readonly string[]): Promise<string> {
    const { id } = from.desk.sends.begin({
      to: to.map(({ key }) => key),
      paths: [...paths],
      note: 'here you are',
    });
    await this.until(() => from.send(id).state !== 'preparing');
    await this.until(() =>
      to.every((person) => person.sends === undefined || person.offers.length > 0),
    );
    return id;
  }

  contactsOf(own: Person): SendContacts {
    const known = (): readonly Person[] =>
      this.persons.filter((other) => other !== own && this.knows(own, other));
    return {
      find: (text) => {
        const person = known().find(({ key, name }) => key === text || name === text);
        if (person === undefined) throw new LocalFault('NO_SUCH_CONTACT', { contact: text });
        return person.key;
      },
      devicesOf: (key) => known().flatMap((each) => (each.key === key ? [each.device] : [])),
      personOf: (device) => known().find((each) => each.device === device)?.key,
      nameOf: (key) => this.persons.find((each) => each.key === key)?.name ?? key,
      trustOf: (key) => own.trust.get(key) ?? 'known',
    };
  }

  [Symbol.dispose](): void {
    for (const { store } of this.persons) store[Symbol.dispose]();
  }
}
