/** A whole peer in one of the laboratory's hosts, with an identity; it is asked by its API. */
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Endpoint } from '@coequal/base';
import { Client } from '@coequal/contract';
import type { Contact, Offer } from '@coequal/contract';
import { readOwnerSecret } from '../../src/peer/owner-secret.ts';
import { COMMAND, NODE, Place } from '../e2e/command.ts';
import type { Command } from '../e2e/command.ts';
import type { LabHost } from './nat-lab.ts';

const DOOR = fileURLToPath(new URL('api-door.ts', import.meta.url));
/** Each has a namespace of its own. */
const API_PORT = 7_227;

/** A laboratory with a person behind each kind of router is there for longer than one command usually is. */
const LIFETIME_MS = 600_000;

/** What is timed is looked at so often: a path is told without events while a peer is stopped. */
const LOOK_MS = 50;

export interface LabPersonOptions {
  /** Of `up`. */
  readonly flags?: readonly string[] | undefined;
  /** It has no identity yet. */
  readonly isNobody?: boolean | undefined;
  /** Lines of its configuration. */
  readonly settings?: readonly string[] | undefined;
}

export class LabPerson implements AsyncDisposable {
  readonly name: string;
  readonly host: LabHost;
  readonly place: Place;
  readonly #client: Client;
  readonly #resources: AsyncDisposableStack;
  readonly #flags: readonly string[];
  #command: Command;

  static async start(
    name: string,
    host: LabHost,
    bootstrap: readonly Endpoint[],
    { flags = [], isNobody = false, settings = [] }: LabPersonOptions = {},
  ): Promise<LabPerson> {
    await using resources = new AsyncDisposableStack();
    const place = resources.use(await Place.make());
    await mkdir(place.at('home'));
    const nodes = bootstrap.map((at) => `"${at.host}:${at.port}"`).join(', ');
    const lines = [
      'version = 1',
      `peopleBootstrap = [${nodes}]`,
      `downloadDirectory = "${place.at('in')}"`,
      'usesDht = false',
      'usesLsd = false',
      'mapsPorts = false',
      'freeSpaceMin = 0',
      ...settings,
    ];
    await writeFile(place.at('home', 'config.toml'), `${lines.join('\n')}\n`);
    const command = await up(host, place, flags);
    const door = [...host.launcher, NODE, DOOR, place.at('door'), String(API_PORT)];
    await resources.use(place.startOther(door, LIFETIME_MS)).event('open');
    const person = new LabPerson(name, host, place, flags, command, resources.move());
    if (isNobody) return person;
    await person.client.call('createIdentity', { body: { deviceName: name } });
    await person.#isThere();
    await person.client.call('changeProfile', { body: { name } });
    return person;
  }

  private constructor(
    name: string,
    host: LabHost,
    place: Place,
    flags: readonly string[],
    command: Command,
    resources: AsyncDisposableStack,
  ) {
    this.name = name;
    this.host = host;
    this.place = place;
    this.#flags = flags;
    this.#command = command;
    this.#resources = resources;
    this.#client = new Client({
      base: `http://127.0.0.1:${API_PORT}`,
      secret: readOwnerSecret(place.at('home')),
      fetch: fetchOver(place.at('door')),
    });
  }

  get client(): Client {
    return this.#client;
  }

  /** What a command there prints, which ends well. */
  async run(...args: readonly string[]): Promise<string> {
    const { launcher } = this.host;
    await using command = this.place.startOther([...launcher, ...COMMAND, ...args]);
    const { code, stdout, stderr } = await command.ended;
    assert.equal(code, 0, stderr);
    return stdout;
  }

  signal(signal: NodeJS.Signals): void {
    this.#command.signal(signal);
  }

  async stop(): Promise<void> {
    assert.equal((await this.#command.stop('SIGTERM')).code, 0);
  }

  async startAgain(): Promise<void> {
    this.#command = await up(this.host, this.place, this.#flags);
    await this.#isThere();
  }

  /** What `look` gives, as soon as it gives something. */
  async until<Found>(look: () => Promise<Found | undefined>): Promise<Found> {
    for (;;) {
      const found = await look();
      if (found !== undefined) return found;
      await sleep(LOOK_MS);
    }
  }

  /** Once the contact is linked, by one of these ways if some are given. */
  async linked(name: string, by?: readonly Contact['path'][]): Promise<Contact> {
    return await this.until(async () => {
      const { contacts } = await this.client.call('listContacts', {});
      const contact = contacts.find((each) => each.name === name);
      if (contact === undefined || contact.path === 'none') return undefined;
      return by === undefined || by.includes(contact.path) ? contact : undefined;
    });
  }

  /** The contact is none any more, on this side. */
  async forget(name: string): Promise<void> {
    const { contacts } = await this.client.call('listContacts', {});
    const contact = contacts.find((each) => each.name === name);
    assert.ok(contact);
    await this.client.call('removeContact', { params: { person: contact.person } });
  }

  async offer(suits: (offer: Offer) => boolean): Promise<Offer> {
    return await this.until(async () => {
      const { offers } = await this.client.call('showInbox', {});
      return offers.find(suits);
    });
  }

  /** Both are contacts, and linked. */
  async befriend(guest: LabPerson): Promise<void> {
    const { link } = await this.client.call('createInvitation', { body: {} });
    assert.ok(link !== undefined);
    await guest.client.call('acceptInvitation', { body: { text: link } });
    await Promise.all([this.linked(guest.name), guest.linked(this.name)]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#command[Symbol.asyncDispose]();
    await this.#resources.disposeAsync();
  }

  /** Its links are open. */
  async #isThere(): Promise<void> {
    await this.until(async () => {
      try {
        return await this.client.call('listContacts', {});
      } catch {
        return undefined; // not yet
      }
    });
  }
}

async function up(host: LabHost, place: Place, more: readonly string[]): Promise<Command> {
  const flags = ['up', '--json', '--no-open', '--api-port', String(API_PORT), ...more];
  const command = place.startOther([...host.launcher, ...COMMAND, ...flags], LIFETIME_MS);
  await command.event('ready');
  return command;
}

/** Of a server that is reached by a socket of the file system. */
function fetchOver(socketPath: string): typeof globalThis.fetch {
  return async (input, init = {}) => {
    const { promise, resolve, reject } = Promise.withResolvers<Response>();
    const { pathname, search, host } = new URL(input instanceof Request ? input.url : input);
    const headers = { ...Object.fromEntries(new Headers(init.headers)), host };
    const { method = 'GET', body } = init;
    const asked = request(
      { socketPath, method, path: `${pathname}${search}`, headers, agent: false },
      (answer) => {
        const stream = Readable.toWeb(answer) as ReadableStream<Uint8Array>;
        resolve(new Response(stream, { status: answer.statusCode ?? 500 }));
      },
    );
    asked.on('error', reject).end(body ?? undefined);
    return await promise;
  };
}
