/**
 * What links ask about devices while contacts, sends and the local network are opened after them: who may come, where a
 * device is, and who helps.
 */
import { isIP } from 'node:net';
import type { DeviceKey } from '@coequal/base';
import type {
  AddressBook,
  AdmissionLevel,
  HelperBook,
  KnownAddress,
  Lan,
  Mesh,
  People,
  PeopleOptions,
  RelayHost,
} from '@coequal/mesh';
import type { Sends } from '../sends/sends.ts';

export class WayBook {
  people: People | undefined;
  sends: Sends | undefined;
  lan: Lan | undefined;

  readonly levelOf = (device: DeviceKey): AdmissionLevel => {
    const level = this.people?.admission(device) ?? 'refused';
    // who helps in a swarm of now may be somebody else's contact; a ticket is asked of it all the same
    return level === 'stranger' && this.sends?.admits(device) === true ? 'contact' : level;
  };

  readonly book: AddressBook = {
    addressesOf: (device): readonly KnownAddress[] => [
      ...(this.lan?.addressesOf(device) ?? []),
      ...(this.people?.addressesOf(device) ?? []),
    ],
  };

  /** A contact who passes on for one may do so for another contact, too. */
  readonly helpers: HelperBook = {
    ownHelpers: () => this.#relays(),
    helpersOf: () => this.#relays(),
  };

  readonly relayHost: RelayHost = {
    mayWait: (device) => this.people?.admission(device) === 'contact',
    mayCall: (device) => this.people?.admission(device) === 'contact',
  };

  #relays(): readonly DeviceKey[] {
    const meetings = this.people?.meetings() ?? [];
    return meetings.filter(({ relays }) => relays).map(({ device }) => device);
  }
}

/** What contacts are told of where this device is. */
export function ownAddressesOf(
  { port, stats }: Mesh,
  hosts: readonly string[],
  relays: boolean,
): ReturnType<PeopleOptions['ownAddresses']> {
  const udp = stats.dht?.local?.port;
  const seen = stats.dht?.seenAt;
  const tcp = hosts.map((host) => ({ kind: 'tcp', host, port }) as const);
  const near =
    udp === undefined
      ? []
      : hosts
          .filter((host) => isIP(host) === 4)
          .map((host) => ({ kind: 'udp', host, port: udp }) as const);
  const far = seen === undefined ? [] : [{ kind: 'udp', ...seen } as const];
  return { relays, addresses: [...tcp, ...far, ...near] };
}
