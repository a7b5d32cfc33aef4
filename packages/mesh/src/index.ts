export { MESSAGE_LENGTH_MAX } from './io/carrier.ts';
export type {
  AddressBook,
  Carrier,
  KnownAddress,
  Transport,
  TransportHost,
  TransportName,
} from './io/carrier.ts';
export { CONTACTS_MAX } from './core/contacts/contact.ts';
export type { TellableAddress } from './core/contacts/address-bytes.ts';
export type { ContactChange, ContactRecord, Trust } from './core/contacts/contact.ts';
export { parsePersonKey } from './core/identity/person-key.ts';
export type { PersonKey } from './core/identity/person-key.ts';
export { invitationForQr } from './core/invite/invitation-link.ts';
export type { GiftLabel, InvitationLink } from './core/invite/invitation-link.ts';
export { openMeshStore } from './io/mesh-store.ts';
export type { ByteStream } from './io/people/drive-stream.ts';
export { INVITATIONS_OPEN_MAX } from './io/people/invitation-book.ts';
export type { Gift } from './io/people/invitation-book.ts';
export type { Meeting } from './io/people/meetings.ts';
export { People } from './io/people/people.ts';
export type {
  AcceptanceReport,
  Admission,
  InvitationView,
  InviteOptions,
  PeopleEvent,
  PeopleIdentity,
  PeopleOptions,
} from './io/people/people.ts';
export { beginProof } from './io/people/proven-stream.ts';
export type { Proof, ProofOptions, ProvenStream } from './io/people/proven-stream.ts';
export type { Rendezvous } from './io/people/rendezvous.ts';
