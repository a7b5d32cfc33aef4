/**
 * What links ask about devices while contacts, sends and the local network are opened after them: who may come, where a
 * device is, and who helps.
 */
import { isIP } from 'node:net';
import type { DeviceKey, Endpoint } from '@coequal/base';
import { scopeOf } from '@coequal/base/node';
import type { Settings } from '@coequal/contract';
import type {
  AddressBook,
  Admission,
  AdmissionLevel,
  HelperBook,
  HelperPlace,
  InvitationHelper,
  KnownAddress,
  Lan,
  Meeting,
  Mesh,
  People,
  PeopleOptions,
  TellableAddress,
} from '@coequal/mesh';
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

  readonly helpers: HelperBook = {
    ownHelpers: () => this.#relays(),
    helpersOf: (device) => this.#helpersOf(device),
    onWaiting: () => this.people?.tell('helpers'),
  };

  readonly relayHost: Admission = {
    levelOf: (device) => this.people?.admission(device) ?? 'refused',
  };

  /** What a contact's device is told. */
  toldTo(device: DeviceKey, mesh: Pick<Mesh, 'placesFor'>): readonly HelperPlace[] {
    return this.#willing(mesh.placesFor(device)).filter(({ helper }) => helper !== device);
  }

  /** What a link says: own devices first, of which nobody learns whom this person knows. */
  passesUntil(until: number, mesh: Pick<Mesh, 'passesUntil'>): readonly InvitationHelper[] {
    const isOthers = ({ helper }: InvitationHelper): number =>
      this.people?.personOf(helper) === undefined ? 0 : 1;
    const isInside = ({ host }: TellableAddress): number => (scopeOf(host) === 'everyone' ? 0 : 1);
    return this.#willing(mesh.passesUntil(until))
      .toSorted((a, b) => isOthers(a) - isOthers(b))
      .map((place) => ({
        ...place,
        addresses: place.addresses.toSorted((a, b) => isInside(a) - isInside(b)),
      }));
  }

  /** Helpers that are contacts, and do not say that they help no more. */
  #willing<Place extends { readonly helper: DeviceKey }>(places: readonly Place[]): Place[] {
    const idle = new Set(this.#meetings().flatMap((each) => (each.relays ? [] : [each.device])));
    return places.filter(
      ({ helper }) => !idle.has(helper) && this.people?.admission(helper) === 'contact',
    );
  }

  /** As that device told; and a contact who passes on for one may do so for another contact, too. */
  #helpersOf(device: DeviceKey): readonly HelperPlace[] {
    const told = this.people?.helpersOf(device) ?? [];
    const known = new Set(told.map(({ helper }) => helper));
    const others = this.#relays().filter((helper) => !known.has(helper));
    const guessed = others.map((helper) => ({ helper, token: undefined, addresses: [] }));
    return [...told, ...guessed];
  }

  /** What contacts are told of where this device is. */
  ownAddresses(mesh: Mesh, hosts: readonly string[], settings: PlaceSettings): OwnAddresses {
    return ownAddressesOf(mesh, hosts, this.#meetings(), settings);
  }

  /** Own and contacts' devices that are not there. */
  awaited(): readonly DeviceKey[] {
    return this.people?.awaited() ?? [];
  }

  #meetings(): readonly Meeting[] {
    const { people } = this;
    return [...(people?.ownMeetings() ?? []), ...(people?.meetings() ?? [])];
  }

  #relays(): readonly DeviceKey[] {
    return this.#meetings().flatMap(({ device, relays }) => (relays ? [device] : []));
  }
}

/** Of what `People` needs: what the mesh, and those who book ways in it, have for it. */
export function peopleOver(
  mesh: Mesh,
  ways: WayBook,
  own: { readonly hosts: () => readonly string[]; readonly settings: () => Settings },
): Pick<
  PeopleOptions,
  'links' | 'rendezvous' | 'ownAddresses' | 'endpointOf' | 'helpersFor' | 'passesUntil' | 'onNode'
> {
  return {
    links: mesh.links,
    rendezvous: mesh.rendezvous,
    ownAddresses: () => ways.ownAddresses(mesh, own.hosts(), own.settings()),
    endpointOf: (device) => mesh.links.endpointOf(device),
    helpersFor: (device) => ways.toldTo(device, mesh),
    passesUntil: (until) => {
      const { invitationsNameHelpers, peoplePublicAddress } = own.settings();
      // who can be reached by everybody names nobody
      const isNamed = invitationsNameHelpers && peoplePublicAddress === null;
      return isNamed ? ways.passesUntil(until, mesh) : [];
    },
    onNode: (addresses) => mesh.addNodes(addresses),
  };
}

type PlaceSettings = Pick<Settings, 'helpsContacts' | 'peoplePublicAddress'>;
type OwnAddresses = ReturnType<PeopleOptions['ownAddresses']>;

function ownAddressesOf(
  { port, stats }: Mesh,
  hosts: readonly string[],
  seenBy: readonly Pick<Meeting, 'seen'>[],
  { helpsContacts, peoplePublicAddress }: PlaceSettings,
): OwnAddresses {
  const udp = stats.dht?.local?.port;
  const seen = stats.dht?.seenAt;
  const isPublic = peoplePublicAddress !== null && !hosts.includes(peoplePublicAddress);
  const all = isPublic ? [peoplePublicAddress, ...hosts] : hosts;
  const tcp = all.map((host) => ({ kind: 'tcp', host, port }) as const);
  const near =
    udp === undefined
      ? []
      : all
          .filter((host) => isIP(host) === 4)
          .map((host) => ({ kind: 'udp', host, port: udp }) as const);
  // the port that stays is what is of use when there is nobody left to introduce the two
  const staying = stats.dht?.stayingAt ?? stayingAsSeen(seenBy, udp);
  const places = [staying, seen].filter((at) => at !== undefined);
  const far = distinct(places).map((at) => ({ kind: 'udp', ...at }) as const);
  const isNode = stats.dht?.isNode === true;
  return { relays: helpsContacts, isNode, addresses: [...tcp, ...far, ...near] };
}

/** As contacts and own devices see it, when nobody else could be asked. */
function stayingAsSeen(
  seenBy: readonly Pick<Meeting, 'seen'>[],
  port: number | undefined,
): Endpoint | undefined {
  return seenBy
    .map(({ seen }) => (seen?.path === 'direct' ? seen.endpoint : undefined))
    .find((endpoint) => endpoint !== undefined && endpoint.port === port);
}

function distinct(places: readonly Endpoint[]): readonly Endpoint[] {
  return [...new Map(places.map((at) => [`${at.host} ${at.port}`, at])).values()];
}
