export { parsePersonKey, personKeyBytes, personKeyOf } from './core/identity/person-key.ts';
export type { PersonKey } from './core/identity/person-key.ts';
export {
  certifiedDevice,
  decodeDeviceList,
  DEVICE_LIST_LENGTH_MAX,
  encodeDeviceList,
  newerList,
} from './core/identity/device-list.ts';
export type { DeviceEntry, DeviceList } from './core/identity/device-list.ts';
export { deviceNameOf, isDeviceName } from './core/identity/device-certificate.ts';
export { readWords } from './core/identity/words.ts';
export type { WordsReading, WrongWord } from './core/identity/words.ts';
export { SAFETY_WORD_COUNT } from './core/safety/comparison.ts';
export {
  SAFETY_DIGITS,
  SAFETY_GROUP_LENGTH,
  safetyNumberSteps,
} from './core/safety/safety-number.ts';
export { safetyWord } from './core/safety/safety-words.ts';
export { Comparisons } from './io/identity/comparisons.ts';
export type {
  ComparisonPorts,
  ComparisonState,
  ComparisonView,
} from './io/identity/comparisons.ts';
export { admitDevice, joinPerson } from './io/identity/pair-devices.ts';
export type { OtherDevice, PairPorts, ProvenChannel } from './io/identity/pair-devices.ts';
export { Identity } from './io/identity/identity.ts';
export type { IdentityOptions, NewPerson, OwnIdentity } from './io/identity/identity.ts';
export type { IdentityPorts } from './io/identity/kept-identity.ts';
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
