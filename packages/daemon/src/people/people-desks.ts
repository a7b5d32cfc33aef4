/** Contacts and invitations as the API has them, over the people of the mesh. */
import { LocalFault, PeerFault } from '@coequal/base';
import type { DeviceKey, Links } from '@coequal/base';
import type {
  Acceptance,
  Contact,
  ContactDevice,
  Invitation,
  SeenByOthers,
  SpokenCode,
} from '@coequal/contract';
import { CONTACTS_MAX, invitationForQr, INVITATIONS_OPEN_MAX } from '@coequal/mesh';
import { formatAddressCard, parseAddressCard } from '@coequal/mesh';
import { parsePersonKey } from '@coequal/mesh/identity';
import type { AcceptanceReport, ContactRecord, InvitationView, People } from '@coequal/mesh';
import { explain } from '../peer/explain.ts';
import { wayTo } from './device-ways.ts';
import { readingOf } from './invitation-reading.ts';
import type { AcceptanceDesk, ContactDesk, InvitationDesk } from './people-handlers.ts';
import type { PeopleDesks, SelfDesk } from './people-handlers.ts';

type Path = Contact['path'];
/** The best first. */
const PATHS: readonly Path[] = ['lan', 'direct', 'relayed', 'none'];

export function openPeopleDesks(
  people: People,
  device: DeviceKey,
  links: Pick<Links, 'path'>,
): PeopleDesks {
  return {
    contacts: contactDesk(people, links),
    invitations: invitationDesk(people),
    acceptances: acceptanceDesk(people),
    self: selfDesk(people, device),
  };
}

function contactDesk(people: People, links: Pick<Links, 'path'>): ContactDesk {
  const shown = (contact: ContactRecord): Contact => contactOf(contact, people, links);
  return {
    list: () => ({ contacts: people.contacts().map(shown), max: CONTACTS_MAX }),
    show: (person) => shown(people.contact(parsePersonKey(person))),
    change: (person, change) => shown(people.change(parsePersonKey(person), change)),
    remove: (person) => people.remove(parsePersonKey(person)),
    placeAt: (card) => shown(placeAt(card, people)),
  };
}

/** Throws LocalFault `BAD_ADDRESS_CARD`, or `NO_SUCH_CONTACT` when it is of somebody else. */
function placeAt(text: string, people: People): ContactRecord {
  const { device, addresses } = readCard(text);
  const person = people.personOf(device);
  if (person === undefined) throw new LocalFault('NO_SUCH_CONTACT', { contact: device });
  people.placeAt(device, addresses);
  return people.contact(person);
}

function readCard(text: string): ReturnType<typeof parseAddressCard> {
  try {
    return parseAddressCard(text);
  } catch (cause) {
    if (!(cause instanceof PeerFault)) throw cause;
    throw new LocalFault('BAD_ADDRESS_CARD', {}, { cause });
  }
}

function contactOf(record: ContactRecord, people: People, links: Pick<Links, 'path'>): Contact {
  const { person, ownName, givenName, verifiedAt, lastSeen, problem, list } = record;
  const there = new Set(people.meetings().map(({ device }) => device));
  const devices = list.devices.map(({ key, name, addedAt }): ContactDevice => ({
    key,
    name,
    addedAt: addedAt * 1_000,
    ...wayTo(key, there.has(key), people, links),
  }));
  return {
    person,
    name: givenName ?? ownName,
    ownName,
    ...(givenName !== undefined && { givenName }),
    note: record.note,
    trust: record.trust,
    ...(verifiedAt !== undefined && { verifiedAt }),
    since: record.since,
    ...(lastSeen !== undefined && { lastSeen }),
    path: PATHS.find((path) => devices.some((device) => device.path === path)) ?? 'none',
    isGone: record.isGone,
    devices,
    listNumber: list.number,
    ...(problem !== undefined && { problem: explain(new PeerFault(problem)) }),
  };
}

function invitationDesk(people: People): InvitationDesk {
  return {
    list: () => ({
      invitations: people.invitations().map(invitationOf),
      openMax: INVITATIONS_OPEN_MAX,
    }),
    create: async (request) => invitationOf(people.invite(request)),
    revoke: (id) => invitationOf(people.revoke(id)),
  };
}

function invitationOf(view: InvitationView): Invitation {
  const { id, state, note, link, code, createdAt, validUntil, usesMax, gift, usedBy } = view;
  return {
    id,
    state,
    note,
    ...(state === 'open' && { link, qr: invitationForQr(link) }),
    ...(code !== undefined && { code: codeOf(code) }),
    createdAt,
    validUntil,
    usesMax,
    ...(gift !== undefined && { gift: { name: gift.name, size: gift.size } }),
    usedBy: usedBy.map(({ person, name, at }) => ({ person, name, at })),
  };
}

function codeOf({ problem, reach, ...code }: NonNullable<InvitationView['code']>): SpokenCode {
  return {
    ...code,
    ...(reach !== undefined && { reach }),
    ...(problem !== undefined && { problem: explain(new LocalFault(problem)) }),
  };
}

function acceptanceDesk(people: People): AcceptanceDesk {
  return {
    read: (text) =>
      readingOf(text, (person) => people.contacts().some((contact) => contact.person === person)),
    accept(text) {
      const id = people.accept(text);
      const found = people.acceptances().find((each) => each.id === id);
      if (found === undefined) throw new LocalFault('NO_SUCH_INVITATION', { id });
      return acceptanceOf(found);
    },
    list: () => people.acceptances().map(acceptanceOf),
    forget: (id) => people.forget(id),
  };
}

function acceptanceOf(report: AcceptanceReport): Acceptance {
  const { id, startedAt, problem } = report;
  const told = { ...(problem !== undefined && { problem: explain(new LocalFault(problem)) }) };
  if (report.type === 'code')
    return {
      id,
      state: problem === undefined ? 'looking' : 'failed',
      startedAt,
      tries: 0,
      ...told,
    };
  const { state, isGreeting, tries, name, person, gift } = report;
  return {
    id,
    state: state !== 'open' ? state : isGreeting ? 'greeting' : 'looking',
    startedAt,
    ...(name !== undefined && { name }),
    ...(person !== undefined && { person }),
    ...(gift !== undefined && { gift }),
    tries,
    ...told,
  };
}

function selfDesk(people: People, device: DeviceKey): SelfDesk {
  return {
    profile: () => ({ name: people.name }),
    rename(name) {
      people.rename(name);
      return { name };
    },
    seen: () => ({ seen: seenOf(people) }),
    card() {
      const addresses = people.toldAddresses();
      return addresses.length === 0 ? {} : { text: formatAddressCard({ device, addresses }) };
    },
  };
}

function seenOf(people: People): SeenByOthers['seen'] {
  const told = people.toldAddresses().map(addressText);
  return people.meetings().flatMap(({ device, person, seen }) => {
    if (seen === undefined) return [];
    const entry = people.contact(person).list.devices.find(({ key }) => key === device);
    return [
      {
        person,
        name: people.nameOf(person),
        device,
        deviceName: entry?.name ?? '',
        at: seen.at,
        path: seen.path,
        ...(seen.endpoint !== undefined && { address: addressText(seen.endpoint) }),
        told,
      },
    ];
  });
}

function addressText({ host, port }: { readonly host: string; readonly port: number }): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
