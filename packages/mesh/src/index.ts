export { MESSAGE_LENGTH_MAX } from './io/carrier.ts';
export type {
  AddressBook,
  Carrier,
  KnownAddress,
  Transport,
  TransportHost,
  TransportName,
} from './io/carrier.ts';
export { TcpDoor } from './io/transport/tcp-door.ts';
export type { Greeter, TcpDoorOptions } from './io/transport/tcp-door.ts';
export { TcpTransport } from './io/transport/tcp-transport.ts';
export type { TcpTransportOptions } from './io/transport/tcp-transport.ts';
export { HyperDhtTransport } from './io/transport/hyperdht-transport.ts';
export type { HyperDhtOptions, HyperDhtStats } from './io/transport/hyperdht-transport.ts';
export { ownKeysOf } from './io/transport/own-keys.ts';
export type { OwnKeys } from './io/transport/own-keys.ts';
