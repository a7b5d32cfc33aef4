/**
 * What links ask about devices while contacts, sends and the local network are opened after them: who may come, where a
 * device is, and who helps.
 */
import { isIP } from 'node:net';
import type { DeviceKey } from '@coequal/base';
import { lanSecretOf, parseInvitation } from '@coequal/mesh';
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
import type { OwnIdentity } from '@coequal/mesh/identity';
import type { Sends } from '../sends/sends.ts';

export class WayBook {
  people: People | undefined;
  sends: Sends | undefined;
  lan: Lan | undefined;

  readonly levelOf = (device: DeviceKey): AdmissionLevel => {
    const level = this.people?.admission(device) ?? 'refused';
    // who helps in a swarm of now may be somebody else's contact; a ticket is asked of it all the same
    const mayHelp = level === 'stranger' && this.people?.wasRevoked(device) === false;
    return mayHelp && this.sends?.admits(device) === true ? 'contact' : level;
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
    const { people } = this;
    const meetings = [...(people?.ownMeetings() ?? []), ...(people?.meetings() ?? [])];
    return meetings.filter(({ relays }) => relays).map(({ device }) => device);
  }
}

/** Who is known near, told to the local network when it is somebody else than before. */
export class NearSecrets {
  readonly #lan: Pick<Lan, 'setSecrets'>;
  readonly #people: NearPeople;
  readonly #own: NearOwn;
  #told: ReadonlyMap<DeviceKey, Uint8Array> = new Map();

  /** `own` as it is at each time: a device that is added later is looked for, too. */
  constructor(lan: Pick<Lan, 'setSecrets'>, people: NearPeople, own: NearOwn) {
    this.#lan = lan;
    this.#people = people;
    this.#own = own;
  }

  /** Contacts, acceptances or the own devices may have changed. */
  refresh(): void {
    const devices = nearDevicesOf(this.#people, this.#own);
    const told = this.#told;
    if (devices.size === told.size && [...devices].every((device) => told.has(device))) return;
    const secrets = [...devices].map(
      (device) => [device, told.get(device) ?? lanSecretOf(device)] as const,
    );
    this.#told = new Map(secrets);
    this.#lan.setSecrets(this.#told);
  }
}

/** Of `People`. */
interface NearPeople {
  contacts(): readonly Pick<ReturnType<People['contacts']>[number], 'list'>[];
  acceptances(): readonly NearAcceptance[];
}
type NearAcceptance =
  | { readonly type: 'code' }
  | { readonly type: 'link'; readonly state: string; readonly link: string };
type NearOwn = Pick<OwnIdentity, 'device' | 'deviceList'>;

/** Contacts, who was accepted and is not there yet, and the other own devices. */
function nearDevicesOf(people: NearPeople, own: NearOwn): ReadonlySet<DeviceKey> {
  const contacts = people.contacts().flatMap(({ list }) => list.devices.map(({ key }) => key));
  const awaited = people
    .acceptances()
    .flatMap((acceptance) =>
      acceptance.type === 'link' && acceptance.state === 'open'
        ? parseInvitation(acceptance.link).devices
        : [],
    );
  const others = own.deviceList.devices.map(({ key }) => key).filter((key) => key !== own.device);
  return new Set([...contacts, ...awaited, ...others]);
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
