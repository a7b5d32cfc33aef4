/** Contacts in the local network: drives `LanDiscovery` over multicast DNS on each interface that there is. */
import { PeerFault } from '@coequal/base';
import type { Cancel, Clock, DeviceKey, LocalFault, Random } from '@coequal/base';
import { LanDiscovery } from '../../core/lan/lan-discovery.ts';
import type { LanInput, LanOutput } from '../../core/lan/lan-discovery.ts';
import type { LanPorts } from '../../core/lan/lan-announcement.ts';
import type { AddressBook, KnownAddress } from '../carrier.ts';
import { openMdns } from './mdns-socket.ts';
import type { MdnsEvents, MdnsSocket, OpenMdns } from './mdns-socket.ts';

/** A network that is joined now has been waited for by somebody; a look takes 0.1 ms. */
const LOOK_MS = 2_000;

/** With these there is no socket that could work later. */
const NEVER_OPENED: ReadonlySet<string> = new Set(['EADDRINUSE', 'EACCES', 'EADDRNOTAVAIL']);

export interface LanOptions {
  /** 32 bytes that this device tells its contacts. */
  readonly secret: Uint8Array;
  /**
   * IPv4 addresses of this computer, one of each interface, where it may be looked and announced: none with
   * `--offline`, those of `--bind` alone where it is bound.
   */
  hosts(): readonly string[];
  /** Something of a device was heard that was not known: it may be dialled there. */
  onFound(device: DeviceKey): void;
  /** An interface cannot be used now. */
  onProblem(error: LocalFault): void;
}

export interface LanPortsNeeded {
  readonly clock: Clock;
  readonly random: Random;
}

export class Lan implements AddressBook, AsyncDisposable {
  readonly #options: LanOptions;
  readonly #clock: Clock;
  readonly #machine: LanDiscovery;
  readonly #open: OpenMdns;
  readonly #sockets = new Map<string, MdnsSocket>();
  readonly #closing = new Set<Promise<void>>();
  /** Told once, until it works again. */
  readonly #problems = new Map<string, string>();
  #cancelLook: Cancel = () => undefined;
  #cancelDue: Cancel = () => undefined;
  #isClosed = false;

  /** `open`: tests have a network of their own. */
  constructor(options: LanOptions, { clock, random }: LanPortsNeeded, open: OpenMdns = openMdns) {
    this.#options = options;
    this.#clock = clock;
    this.#open = open;
    this.#machine = new LanDiscovery({
      secret: options.secret,
      random,
      epochAt: (now) => clock.epochNow() + now - clock.now(),
    });
    this.#look();
  }

  /** Where this device listens; nothing is announced before. */
  setPorts(ports: LanPorts): void {
    this.#step({ type: 'ports', ports });
  }

  /** Secrets of all devices that are to be found. */
  setSecrets(secrets: ReadonlyMap<DeviceKey, Uint8Array>): void {
    this.#step({ type: 'secrets', secrets });
  }

  addressesOf(device: DeviceKey): readonly KnownAddress[] {
    return this.#machine
      .placesOf(device)
      .flatMap(({ host, tcp, udp }) => [
        ...(tcp === 0 ? [] : [{ host, port: tcp, kind: 'tcp', source: 'lan' } as const]),
        ...(udp === 0 ? [] : [{ host, port: udp, kind: 'udp', source: 'lan' } as const]),
      ]);
  }

  /** Counts of announcements: heard, of contacts, and not looked at in a flood. */
  get stats(): Readonly<LanDiscovery['stats']> {
    return this.#machine.stats;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.#cancelLook();
    this.#cancelDue();
    for (const host of this.#sockets.keys()) this.#close(host);
    await Promise.all(this.#closing);
  }

  #look(): void {
    const hosts = this.#options.hosts();
    for (const host of this.#sockets.keys()) if (!hosts.includes(host)) this.#close(host);
    for (const host of this.#problems.keys())
      if (!hosts.includes(host)) this.#problems.delete(host);
    for (const host of hosts) {
      if (this.#sockets.has(host)) continue;
      this.#sockets.set(host, this.#open(host, this.#eventsOf(host)));
    }
    this.#step({ type: 'interfaces', hosts });
    this.#cancelLook = this.#clock.at(this.#clock.now() + LOOK_MS, () => this.#look());
  }

  #eventsOf(host: string): MdnsEvents {
    return {
      // what we ask ourselves comes back, too
      onQuery: (from) => void (this.#sockets.has(from) || this.#step({ type: 'query' })),
      onAnnouncement: (bytes, from) => this.#step({ type: 'announcement', bytes, from }),
      onHeard: () => undefined,
      onProblem: (error) => this.#onProblem(host, error),
    };
  }

  #onProblem(host: string, error: LocalFault): void {
    const errno = String(error.details['errno']);
    if (NEVER_OPENED.has(errno)) this.#close(host); // and opened anew at the next look
    if (this.#isClosed || this.#problems.get(host) === errno) return;
    this.#problems.set(host, errno);
    this.#options.onProblem(error);
  }

  #step(input: LanInput | { readonly type: 'timeout' }): void {
    if (this.#isClosed) return;
    try {
      for (const output of this.#machine.step(input, this.#clock.now())) this.#do(output);
    } catch (error) {
      // somebody said nonsense: there is no connection to end
      if (!(error instanceof PeerFault)) throw error;
    }
    this.#cancelDue();
    const { deadline } = this.#machine;
    if (deadline !== undefined)
      this.#cancelDue = this.#clock.at(deadline, () => this.#step({ type: 'timeout' }));
  }

  #do(output: LanOutput): void {
    switch (output.type) {
      case 'send-query':
        return this.#sockets.get(output.via)?.query();
      case 'send-announcement':
        return this.#sockets.get(output.via)?.announce(output.bytes);
      case 'found':
        return this.#options.onFound(output.device);
    }
  }

  #close(host: string): void {
    const socket = this.#sockets.get(host);
    this.#sockets.delete(host);
    if (socket === undefined) return;
    const closing = Promise.resolve(socket[Symbol.asyncDispose]());
    this.#closing.add(closing);
    void closing.finally(() => this.#closing.delete(closing));
  }
}
