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
