/** The routes of contacts and invitations. */
import { LocalFault } from '@coequal/base';
import type {
  Acceptance,
  AddressCard,
  ChangeContact,
  Contact,
  Contacts,
  CreateInvitation,
  Invitation,
  InvitationReading,
  Invitations,
  Profile,
  SeenByOthers,
} from '@coequal/contract';
import type { Handlers } from '../api/handler.ts';
import { readingOf } from './invitation-reading.ts';

type ContactRoutes = 'listContacts' | 'showContact' | 'changeContact' | 'removeContact';
type InvitationRoutes = 'listInvitations' | 'createInvitation' | 'revokeInvitation';
type AcceptanceRoutes = 'acceptInvitation' | 'listAcceptances' | 'forgetAcceptance';
type SelfRoutes = 'showProfile' | 'changeProfile' | 'showSeenByOthers' | CardRoutes;
type CardRoutes = 'showAddressCard' | 'useAddressCard';
type Routes = ContactRoutes | InvitationRoutes | AcceptanceRoutes | 'readInvitation' | SelfRoutes;

/** What they refuse is in the routes. */
export interface ContactDesk {
  list(): Contacts;
  show(person: string): Contact;
  change(person: string, change: ChangeContact): Contact;
  remove(person: string): void;
  /** Looks for a device of a contact where its card says. */
  placeAt(card: string): Contact;
}

export interface InvitationDesk {
  list(): Invitations;
  create(request: CreateInvitation): Promise<Invitation>;
  revoke(id: string): Invitation;
}

export interface AcceptanceDesk {
  read(text: string): InvitationReading;
  accept(text: string): Acceptance;
  list(): readonly Acceptance[];
  forget(id: string): void;
}

export interface SelfDesk {
  profile(): Profile;
  rename(name: string): Profile;
  seen(): SeenByOthers;
  card(): AddressCard;
}

export interface PeopleDesks {
  readonly contacts: ContactDesk;
  readonly invitations: InvitationDesk;
  readonly acceptances: AcceptanceDesk;
  readonly self: SelfDesk;
}

/** `desks` gives nothing while this peer is in touch with nobody. */
export function peopleHandlers(desks: () => PeopleDesks | undefined): Pick<Handlers, Routes> {
  const need = (): PeopleDesks => {
    const open = desks();
    if (open === undefined) throw new LocalFault('PEOPLE_OFF');
    return open;
  };
  return {
    ...contactHandlers(() => need().contacts),
    ...invitationHandlers(() => need().invitations),
    ...acceptanceHandlers(() => need().acceptances),
    // who is invited looks at it first, and then becomes somebody
    readInvitation: ({ body: { text } }) =>
      desks()?.acceptances.read(text) ?? readingOf(text, () => false),
    showProfile: () => need().self.profile(),
    changeProfile: ({ body }) => need().self.rename(body.name),
    showSeenByOthers: () => need().self.seen(),
    showAddressCard: () => need().self.card(),
    useAddressCard: ({ body }) => need().contacts.placeAt(body.text),
  };
}

function contactHandlers(desk: () => ContactDesk): Pick<Handlers, ContactRoutes> {
  return {
    listContacts: () => desk().list(),
    showContact: ({ params }) => desk().show(params.person),
    changeContact: ({ params, body }) => desk().change(params.person, body),
    removeContact({ params }) {
      desk().remove(params.person);
      return {};
    },
  };
}

function invitationHandlers(desk: () => InvitationDesk): Pick<Handlers, InvitationRoutes> {
  return {
    listInvitations: () => desk().list(),
    createInvitation: ({ body }) => desk().create(body),
    revokeInvitation: ({ params }) => desk().revoke(params.id),
  };
}

function acceptanceHandlers(desk: () => AcceptanceDesk): Pick<Handlers, AcceptanceRoutes> {
  return {
    acceptInvitation: ({ body }) => desk().accept(body.text),
    listAcceptances: () => ({ acceptances: [...desk().list()] }),
    forgetAcceptance({ params }) {
      desk().forget(params.id);
      return {};
    },
  };
}
