/** Whether a torrent may be published under a key (BEP 46), and with what. */
import { LocalFault } from '@coequal/base';
import type { Ports, SafePath } from '@coequal/base';
import { SALT_LENGTH_MAX } from '../../core/dht/krpc-messages.ts';
import { mutableKey } from '../../core/dht/item-store.ts';
import type { Metainfo } from '../../core/metainfo/metainfo.ts';
import type { Dht } from './dht.ts';
import { PublicationRecord } from './publication-record.ts';
import { Publication } from './publication.ts';

/** Throws LocalFault `TORRENT_PRIVATE`, `PUBLISH_NEEDS_V1` or `DHT_SALT_TOO_LONG`. */
export function openPublication(
  { name, isPrivate, infoHash }: Metainfo,
  secret: Uint8Array,
  salt: Uint8Array = new Uint8Array(0),
  dht: Dht,
  directory: SafePath | undefined,
  ports: Ports,
): Publication {
  if (isPrivate) throw new LocalFault('TORRENT_PRIVATE', { name });
  // BEP 46 has 20 bytes alone, and is older than v2
  if (infoHash === undefined) throw new LocalFault('PUBLISH_NEEDS_V1', { name });
  if (salt.length > SALT_LENGTH_MAX)
    throw new LocalFault('DHT_SALT_TOO_LONG', { length: salt.length, max: SALT_LENGTH_MAX });
  const sha1 = (bytes: Uint8Array): Uint8Array => ports.hasher.hash(bytes, 'sha1');
  const key = mutableKey(ports.ed25519.publicKey(secret), salt, { sha1 });
  const record = new PublicationRecord(directory, key, ports);
  return new Publication({ dht, record, ports, secret, salt, infoHash });
}
