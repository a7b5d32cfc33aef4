/**
 * The group of multicast DNS on each interface that there is, of both families: its sockets, for all that look for
 * somebody near.
 */
import type { Cancel, Clock, LocalFault } from '@coequal/base';
import { familyOf } from '../../core/lan/lan-host.ts';
import { openMdns } from './mdns-socket.ts';
import type { MdnsEvents, MdnsSocket, OpenMdns } from './mdns-socket.ts';

/** A network that is joined now has been waited for by somebody; a look takes 0.1 ms. */
const LOOK_MS = 2_000;

/** Of each family: one computer with hundreds, for containers, does not shout into all. */
export const INTERFACES_MAX = 16;

/** With these there is no socket that could work later. */
const NEVER_OPENED: ReadonlySet<string> = new Set(['EADDRINUSE', 'EACCES', 'EADDRNOTAVAIL']);

export interface LanGroupOptions {
  /**
   * Addresses of this computer, of each interface one of IPv4 and one of IPv6 of the link with its zone, where it may
   * be looked and announced: none with `--offline`, those of `--bind` alone where it is bound.
   */
  hosts(): readonly string[];
  /** An interface cannot be used now. */
  onProblem(error: LocalFault): void;
}

export interface LanMember {
  /** All that there are: at once, and every two seconds. */
  onHosts(hosts: readonly string[]): void;
  /** Somebody else asks who is here. */
  onQuery(): void;
  onAnnouncement(bytes: Uint8Array, from: string): void;
}

export class LanGroup implements AsyncDisposable {
  readonly #options: LanGroupOptions;
  readonly #clock: Clock;
  readonly #open: OpenMdns;
  readonly #members = new Set<LanMember>();
  readonly #sockets = new Map<string, MdnsSocket>();
  readonly #closing = new Set<Promise<void>>();
  /** Told once, until it works again. */
  readonly #problems = new Map<string, string>();
  #hosts: readonly string[] = [];
  #cancelLook: Cancel = () => undefined;
  #isClosed = false;

  /** `open`: tests have a network of their own. */
  constructor(options: LanGroupOptions, clock: Clock, open: OpenMdns = openMdns) {
    this.#options = options;
    this.#clock = clock;
    this.#open = open;
    this.#look();
  }

  /** Where it is looked and announced now. */
  get hosts(): readonly string[] {
    return this.#hosts;
  }

  join(member: LanMember): Cancel {
    this.#members.add(member);
    member.onHosts(this.#hosts);
    return () => void this.#members.delete(member);
  }

  query(via: string): void {
    this.#sockets.get(via)?.query();
  }

  announce(via: string, announcements: readonly Uint8Array[]): void {
    this.#sockets.get(via)?.announce(announcements);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.#cancelLook();
    for (const host of this.#sockets.keys()) this.#close(host);
    await Promise.all(this.#closing);
  }

  #look(): void {
    const all = this.#options.hosts();
    const hosts = ([4, 6] as const).flatMap((family) =>
      all.filter((host) => familyOf(host) === family).slice(0, INTERFACES_MAX),
    );
    for (const host of this.#sockets.keys()) if (!hosts.includes(host)) this.#close(host);
    for (const host of this.#problems.keys())
      if (!hosts.includes(host)) this.#problems.delete(host);
    for (const host of hosts) {
      if (this.#sockets.has(host)) continue;
      this.#sockets.set(host, this.#open(host, this.#eventsOf(host)));
    }
    this.#hosts = hosts;
    for (const member of this.#members) member.onHosts(hosts);
    this.#cancelLook = this.#clock.at(this.#clock.now() + LOOK_MS, () => this.#look());
  }

  #eventsOf(host: string): MdnsEvents {
    return {
      onQuery: (from) => {
        if (this.#isClosed || this.#sockets.has(from)) return; // what we ask ourselves comes back, too
        for (const member of this.#members) member.onQuery();
      },
      onAnnouncement: (bytes, from) => {
        if (this.#isClosed) return;
        for (const member of this.#members) member.onAnnouncement(bytes, from);
      },
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

  #close(host: string): void {
    const socket = this.#sockets.get(host);
    this.#sockets.delete(host);
    if (socket === undefined) return;
    const closing = Promise.resolve(socket[Symbol.asyncDispose]());
    this.#closing.add(closing);
    void closing.finally(() => this.#closing.delete(closing));
  }
}
