/** Where the DHT is joined. Flags name it: so nothing of the engine is loaded with it. */
import type { HostPort } from './values.ts';

/** Nodes of the DHT that others keep for everyone who joins it. They see our address, and that we look for nodes. */
export const DHT_CONTACTS: readonly HostPort[] = [
  { host: 'router.bittorrent.com', port: 6881 },
  { host: 'dht.transmissionbt.com', port: 6881 },
  { host: 'dht.libtorrent.org', port: 25_401 },
];
