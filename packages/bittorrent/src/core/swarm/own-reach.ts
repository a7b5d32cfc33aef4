/** At which port peers can dial us, and whether anybody beyond the own network has shown that they can. */
import type { Endpoint, Millis } from '@coequal/base';
import { addressFamily, unmappedAddress } from '../compact-peers.ts';
import type { AddressFamily } from '../compact-peers.ts';
import { isNear } from './network.ts';

/** How long it counts that somebody came: a computer that is carried about is behind another router by then. */
const REACHED_VALID_MS: Millis = 3_600_000;

/** From where peers have dialled us: the farthest place. */
export type Reached = 'nowhere' | 'nearby' | 'internet';

export class OwnReach {
  /** Undefined when nothing listens. */
  readonly listenPort: number | undefined;
  /** Of the router, where it lets peers in. */
  readonly #externalPorts = new Map<AddressFamily, number>();
  readonly #reachedAt = new Map<AddressFamily, Millis>();
  #reachedFrom: Reached = 'nowhere';

  constructor(listenPort: number | undefined) {
    this.listenPort = listenPort;
  }

  /** Where who is at `host` can dial us. A name stands for the internet of IPv4, where most are. */
  portFor(host: string): number | undefined {
    if (this.listenPort === undefined || isNear(host)) return this.listenPort;
    return this.portOver(familyOf(host));
  }

  /** Where the internet can dial us over that family. */
  portOver(family: AddressFamily): number | undefined {
    if (this.listenPort === undefined) return undefined;
    return this.#externalPorts.get(family) ?? this.listenPort;
  }

  /** Undefined: the router lets nobody in, or we know of none. Returns whether peers are told another one now. */
  setExternalPort(family: AddressFamily, port: number | undefined): boolean {
    const before = this.portOver(family);
    if (port === undefined) this.#externalPorts.delete(family);
    else this.#externalPorts.set(family, port);
    return this.portOver(family) !== before;
  }

  get reachedFrom(): Reached {
    return this.#reachedFrom;
  }

  /** A peer dialled us, and was no part of a rendezvous: those come in where nobody else does. */
  accepted({ host }: Endpoint): void {
    if (!isNear(host)) this.#reachedFrom = 'internet';
    else if (this.#reachedFrom === 'nowhere') this.#reachedFrom = 'nearby';
  }

  /** Somebody has dialled us over TCP: over UDP it may be that we had sent there before. */
  wasDialledFrom(host: string, now: Millis): void {
    if (!isNear(host)) this.#reachedAt.set(familyOf(host), now);
  }

  /**
   * There is a sign that who is at `host` could dial us. A mapping in the router is none: the provider may have another
   * router behind it.
   */
  isReachedFrom(host: string, now: Millis): boolean {
    const since = this.#reachedAt.get(familyOf(host));
    const isRecent = since !== undefined && now - since < REACHED_VALID_MS;
    return isNear(host) || isRecent;
  }
}

function familyOf(host: string): AddressFamily {
  return addressFamily(unmappedAddress(host)) ?? 4;
}
