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
export type { DhtRelayOptions } from './io/transport/dht-relay.ts';
export { HyperDhtTransport } from './io/transport/hyperdht-transport.ts';
export type { HyperDhtOptions, HyperDhtStats } from './io/transport/hyperdht-transport.ts';
export { ownKeysOf } from './io/transport/own-keys.ts';
export type { OwnKeys } from './io/transport/own-keys.ts';
export { DEFAULT_RELAY_QUOTAS } from './io/transport/relay-quotas.ts';
export type { RelayQuotas } from './io/transport/relay-quotas.ts';
export { RelayService } from './io/transport/relay-service.ts';
export type { RelayHost, RelayServiceOptions } from './io/transport/relay-service.ts';
export { RelayTransport } from './io/transport/relay-transport.ts';
export type { RelayTransportOptions } from './io/transport/relay-transport.ts';
