export { MESSAGE_LENGTH_MAX } from './io/carrier.ts';
export type {
  AddressBook,
  Carrier,
  KnownAddress,
  Transport,
  TransportHost,
  TransportName,
} from './io/carrier.ts';
export { formatAddressCard, parseAddressCard } from './core/lan/address-card.ts';
export type { AddressCard, CardAddress } from './core/lan/address-card.ts';
export { LAN_SECRET_LENGTH } from './core/lan/lan-tag.ts';
export type { LanPorts } from './core/lan/lan-announcement.ts';
export type { LanFinding } from './core/lan/lan-checkup.ts';
export { Lan } from './io/lan/lan.ts';
export type { LanOptions } from './io/lan/lan.ts';
export { testLan } from './io/lan/lan-self-test.ts';
export type { LanSelfTest } from './io/lan/lan-self-test.ts';
