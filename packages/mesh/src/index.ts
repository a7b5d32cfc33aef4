export { MESSAGE_LENGTH_MAX } from './io/carrier.ts';
export type {
  AddressBook,
  Carrier,
  KnownAddress,
  Transport,
  TransportHost,
  TransportName,
} from './io/carrier.ts';
export type { DialFailure } from './io/links/dialling.ts';
export type { LanePorts } from './io/links/lane-link.ts';
export type { Admission, AdmissionLevel } from './io/links/link-limits.ts';
export { MeshLinks } from './io/links/mesh-links.ts';
export type {
  LinkEvent,
  LinkStatus,
  MeshLinksOptions,
  OpenTransport,
} from './io/links/mesh-links.ts';
export { TcpDoor } from './io/transport/tcp-door.ts';
export type { Greeter, TcpDoorOptions } from './io/transport/tcp-door.ts';
export { TcpTransport } from './io/transport/tcp-transport.ts';
export type { TcpTransportOptions } from './io/transport/tcp-transport.ts';
export type { DhtRelayOptions } from './io/transport/dht-relay.ts';
export { HyperDhtTransport } from './io/transport/hyperdht-transport.ts';
export type { HyperDhtOptions, HyperDhtStats } from './io/transport/hyperdht-transport.ts';
export { ownKeysOf } from './io/transport/own-keys.ts';
export type { OwnKeys } from './io/transport/own-keys.ts';
export { DEFAULT_RELAY_QUOTAS } from './io/transport/relay-quotas.ts';
export type { RelayQuotas } from './io/transport/relay-quotas.ts';
export { RelayService } from './io/transport/relay-service.ts';
export type { RelayServiceOptions } from './io/transport/relay-service.ts';
export { RelayTransport } from './io/transport/relay-transport.ts';
export type { RelayTransportOptions } from './io/transport/relay-transport.ts';
export { Mesh } from './mesh.ts';
export type { DhtPlace, HelperBook, MeshOptions, MeshPorts, MeshStats } from './mesh.ts';
export { formatAddressCard, parseAddressCard } from './core/lan/address-card.ts';
export type { AddressCard, CardAddress } from './core/lan/address-card.ts';
export { LAN_SECRET_LENGTH } from './core/lan/lan-tag.ts';
export type { LanSecrets } from './core/lan/lan-discovery.ts';
export type { LanPorts } from './core/lan/lan-announcement.ts';
export type { LanFinding } from './core/lan/lan-checkup.ts';
export { Lan } from './io/lan/lan.ts';
export { LanGroup } from './io/lan/lan-group.ts';
export { testLan } from './io/lan/lan-self-test.ts';
export type { LanSelfTest } from './io/lan/lan-self-test.ts';
export { CONTACTS_MAX } from './core/contacts/contact.ts';
export type { TellableAddress } from './core/contacts/address-bytes.ts';
export type { HelperPlace } from './core/contacts/helper-places.ts';
export type { ContactChange, ContactRecord, Trust } from './core/contacts/contact.ts';
export { invitationForQr, parseInvitation } from './core/invite/invitation-link.ts';
export type { InvitationHelper } from './core/invite/invitation-helpers.ts';
export type { GiftLabel, InvitationLink } from './core/invite/invitation-link.ts';
export { openMeshStore } from './io/mesh-store.ts';
export type { ByteStream } from './io/people/drive-stream.ts';
export { INVITATIONS_OPEN_MAX } from './io/people/invitation-book.ts';
export type { Gift } from './io/people/invitation-book.ts';
export type { Meeting } from './io/people/meetings.ts';
export type { InviteOptions } from './io/people/new-invitation.ts';
export { People } from './io/people/people.ts';
export type { PeopleEvent } from './io/people/people-events.ts';
export type { OwnPerson } from './io/own/own-peers.ts';
export type { AcceptanceReport, InvitationView } from './io/people/people-views.ts';
export type { PeopleOptions } from './io/people/people-options.ts';
export { beginProof } from './io/people/proven-stream.ts';
export type { Proof, ProofOptions, ProvenStream } from './io/people/proven-stream.ts';
export type { Rendezvous } from './io/people/rendezvous.ts';
export { findPairCode, offerPairCode } from './io/people/pair-codes.ts';
export type { OfferedCode, PairCodePorts } from './io/people/pair-codes.ts';
