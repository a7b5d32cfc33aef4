/** The DHT alone, for those who have no torrents: items (BEP 44), peers, samples. */
export { decodeItemValue } from './io/dht/item-value.ts';
export { Dht } from './io/dht/dht.ts';
export type { DhtItemName, DhtOptions, DhtPorts, DhtStats, PeersOptions } from './io/dht/dht.ts';
export type { DhtSocket } from './io/dht/dht-sockets.ts';
export type { SampleOptions } from './io/dht/sample-options.ts';
export type { DhtItem } from './core/dht/krpc-messages.ts';
export type { DhtKey } from './core/dht/node-id.ts';
export type { DhtSample } from './core/dht/sample-crawl.ts';
export type { SearchSummary } from './core/dht/search.ts';
export { keyOf as dhtKeyOf } from './core/dht/node-id.ts';
export { BencodeDictionary, encodeBencode } from './core/bencode.ts';
export type { BencodeInput, BencodeValue } from './core/bencode.ts';
