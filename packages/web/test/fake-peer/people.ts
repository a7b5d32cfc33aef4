/** The contacts of the fake peer: two of them, an invitation that is used when it is looked at again. */
import type {
  Acceptance,
  ChangeContact,
  Contact,
  Invitation,
  Profile,
  ROUTES,
  SeenByOthers,
} from '@coequal/contract';
import { RequestRefused } from '@coequal/contract';
import type { Handlers } from './handlers.ts';
import type { World } from './world.ts';

export const MIRA = 'b1'.repeat(32);
export const TOM = 'b2'.repeat(32);
const MIRAS_LAPTOP = 'e1'.repeat(32);
const AT = 1_795_000_000_000;
const DAY_MS = 86_400_000;
const LINK = 'coequal:invite/aeaqcaibaeaqcaibaeaqcaibaeaqcaibaeaqcaibaeaqcaibae';
const CONTACTS_MAX = 1_000;
const OPEN_MAX = 50;

interface Desk {
  readonly contacts: Map<string, Contact>;
  readonly invitations: Map<string, Invitation>;
  readonly acceptances: Map<string, Acceptance>;
  profile: Profile;
  seen: SeenByOthers['seen'];
  /** Of codes that are made from now on. */
  codeReach: 'network' | 'everywhere';
  /** Where this device is; undefined: nowhere. */
  card: string | undefined;
}

const desks = new WeakMap<World, Desk>();

/** Tests put into it what they need. */
export function peopleOf(world: World): Desk {
  const known = desks.get(world);
  if (known !== undefined) return known;
  const contacts = world.hasPeople
    ? CIRCLE
    : [CIRCLE[0], CIRCLE[3]].filter((one) => one !== undefined);
  const desk: Desk = {
    codeReach: 'everywhere',
    card: `coequal:at/${'c0'.repeat(32)}?tcp=192.168.1.20:7230&tcp=[fd00::20]:7230`,
    contacts: new Map(contacts.map((contact) => [contact.person, contact])),
    invitations: new Map(),
    acceptances: new Map(),
    profile: { name: 'Robin' },
    seen: [
      {
        person: MIRA,
        name: 'Mira',
        device: MIRAS_LAPTOP,
        deviceName: 'Laptop',
        at: AT,
        path: 'direct',
        address: '203.0.113.7:49737',
        told: ['203.0.113.7:49737'],
      },
    ],
  };
  desks.set(world, desk);
  return desk;
}

export function contactOf(person: string, name: string, path: Contact['path']): Contact {
  return {
    person,
    name,
    ownName: name,
    note: '',
    trust: 'known',
    since: AT,
    lastSeen: AT,
    path,
    isGone: false,
    devices: [{ key: person.replaceAll('b', 'e'), name: 'Laptop', addedAt: AT, path }],
    listNumber: 1,
  };
}

/** Each of them is reached in another way. */
const CIRCLE: readonly Contact[] = [
  { ...contactOf(MIRA, 'Mira', 'direct'), trust: 'trusted', verifiedAt: AT, note: 'Sister' },
  relayed(contactOf('b4'.repeat(32), 'Ben', 'relayed')),
  contactOf('b5'.repeat(32), 'Grandma', 'lan'),
  { ...contactOf(TOM, 'Tom', 'none'), trust: 'new' },
  { ...contactOf('b6'.repeat(32), 'سلمى', 'direct'), note: 'From the choir' },
  { ...contactOf('b7'.repeat(32), 'Sold my bicycle', 'none'), trust: 'blocked' },
];

function relayed(contact: Contact): Contact {
  const devices = contact.devices.map((device) => ({ ...device, relayedBy: 'Mira' }));
  return { ...contact, devices };
}

function refuse(status: number, code: string): RequestRefused {
  return new RequestRefused(status, { code, details: {}, text: code });
}

function found<T>(items: ReadonlyMap<string, T>, id: string, code: string): T {
  const item = items.get(id);
  if (item === undefined) throw refuse(404, code);
  return item;
}

function changed(contact: Contact, { name, note, trust }: ChangeContact): Contact {
  const { givenName: before, ...rest } = contact;
  const givenName = name === undefined ? before : (name ?? undefined);
  return {
    ...rest,
    name: givenName ?? rest.ownName,
    ...(givenName !== undefined && { givenName }),
    ...(note !== undefined && { note }),
    ...(trust !== undefined && { trust }),
  };
}

function invite(world: World, invitation: Invitation): Invitation {
  peopleOf(world).invitations.set(invitation.id, invitation);
  world.publish({ type: 'invitations' });
  return invitation;
}

/** 16 digits. */
function nextId(count: number): string {
  return count.toString(16).padStart(16, '0');
}

type PeoplePath<Name extends keyof typeof ROUTES> =
  (typeof ROUTES)[Name]['path'] extends `/api/v1/${'contacts' | 'invitations' | 'acceptances' | 'profile' | 'seen-by-others' | 'address-card'}${string}`
    ? Name
    : never;
type PeopleRoutes = { [Name in keyof typeof ROUTES]: PeoplePath<Name> }[keyof typeof ROUTES];

export const PEOPLE_HANDLERS: Pick<Handlers, PeopleRoutes & keyof Handlers> = {
  listContacts: (world) => ({
    contacts: [...peopleOf(world).contacts.values()],
    max: CONTACTS_MAX,
  }),
  showContact: (world, { params }) =>
    found(peopleOf(world).contacts, params.person, 'NO_SUCH_CONTACT'),
  changeContact: (world, { params, body }) => {
    const { contacts } = peopleOf(world);
    const contact = changed(found(contacts, params.person, 'NO_SUCH_CONTACT'), body);
    contacts.set(params.person, contact);
    world.publish({ type: 'contacts' });
    return contact;
  },
  removeContact: (world, { params }) => {
    const { contacts } = peopleOf(world);
    found(contacts, params.person, 'NO_SUCH_CONTACT');
    contacts.delete(params.person);
    world.publish({ type: 'contacts' });
    return {};
  },
  listInvitations: (world) => ({
    invitations: [...peopleOf(world).invitations.values()].toReversed(),
    openMax: OPEN_MAX,
  }),
  createInvitation: (world, { body }) => {
    const { gift } = body;
    return invite(world, {
      id: nextId(peopleOf(world).invitations.size + 1),
      state: 'open',
      note: body.note ?? '',
      link: LINK,
      qr: LINK.toUpperCase(),
      ...(body.spoken === true && {
        code: {
          text: '7-amber-river-table',
          state: 'open' as const,
          validUntil: world.now() + 600_000,
          reach: peopleOf(world).codeReach,
          wrongGuesses: 0,
        },
      }),
      createdAt: world.now(),
      validUntil: world.now() + (body.validSeconds ?? 7 * (DAY_MS / 1_000)) * 1_000,
      usesMax: body.uses ?? 1,
      ...(gift !== undefined && { gift: { name: gift.name, size: gift.size } }),
      usedBy: [],
    });
  },
  revokeInvitation: (world, { params }) => {
    const { invitations } = peopleOf(world);
    const {
      link: _link,
      qr: _qr,
      code: _code,
      ...rest
    } = found(invitations, params.id, 'NO_SUCH_INVITATION');
    return invite(world, { ...rest, state: 'revoked' });
  },
  readInvitation: (world, { body }) => {
    if (/^\d/.test(body.text)) return { type: 'code', isContact: false };
    if (!body.text.toLowerCase().includes('coequal:invite/')) throw refuse(422, 'BAD_INVITATION');
    return {
      type: 'link',
      name: 'Ada',
      person: 'b3'.repeat(32),
      validUntil: world.now() + DAY_MS,
      isContact: false,
    };
  },
  acceptInvitation: (world, { body }) => {
    if (body.text.includes('bad')) throw refuse(422, 'BAD_INVITATION');
    const { acceptances } = peopleOf(world);
    const id = nextId(acceptances.size + 1);
    const acceptance: Acceptance = { id, state: 'looking', startedAt: world.now(), tries: 0 };
    acceptances.set(id, acceptance);
    world.publish({ type: 'invitations' });
    return acceptance;
  },
  listAcceptances: (world) => {
    const { acceptances, contacts } = peopleOf(world);
    const before = [...acceptances.values()];
    // the next look finds them done
    for (const acceptance of before) {
      if (acceptance.state !== 'looking') continue;
      const person = 'b3'.repeat(32);
      contacts.set(person, contactOf(person, 'Ada', 'direct'));
      acceptances.set(acceptance.id, {
        ...acceptance,
        state: 'done',
        name: 'Ada',
        person,
        tries: 1,
      });
    }
    // as a peer tells when one of them is done
    if (before.some(({ state }) => state === 'looking')) world.publish({ type: 'invitations' });
    return { acceptances: before };
  },
  forgetAcceptance: (world, { params }) => {
    const { acceptances } = peopleOf(world);
    found(acceptances, params.id, 'NO_SUCH_INVITATION');
    acceptances.delete(params.id);
    return {};
  },
  showProfile: (world) => peopleOf(world).profile,
  changeProfile: (world, { body }) => (peopleOf(world).profile = { name: body.name }),
  showAddressCard: (world) => {
    const { card } = peopleOf(world);
    return card === undefined ? {} : { text: card };
  },
  useAddressCard: (world, { body }) => {
    const [, device] = /^coequal:at\/([0-9a-f]{64})\?/.exec(body.text.trim()) ?? [];
    if (device === undefined) throw refuse(422, 'BAD_ADDRESS_CARD');
    const contact = peopleOf(world)
      .contacts.values()
      .find(({ devices }) => devices.some(({ key }) => key === device));
    if (contact === undefined) throw refuse(404, 'NO_SUCH_CONTACT');
    return contact;
  },
  showSeenByOthers: (world) => ({ seen: peopleOf(world).seen }),
};
