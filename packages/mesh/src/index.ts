export { MESSAGE_LENGTH_MAX } from './io/carrier.ts';
export type {
  AddressBook,
  Carrier,
  KnownAddress,
  Transport,
  TransportHost,
  TransportName,
} from './io/carrier.ts';
