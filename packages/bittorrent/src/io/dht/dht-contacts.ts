/** Nodes to begin with, as a person or a setting names them. */
import { LocalFault } from '@coequal/base';
import type { Endpoint, Net } from '@coequal/base';

/** Names that are looked up. */
const BOOTSTRAP_MAX = 16;

/** Addresses of one name that are asked. */
const CONTACT_ADDRESSES_MAX = 8;

/** As `Endpoint`, but that the host may be a name. */
export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** Their addresses; a name that is not found is passed over. */
export async function* resolveContacts(
  names: readonly HostPort[],
  net: Pick<Net, 'resolve'>,
  signal: AbortSignal,
): AsyncGenerator<Endpoint> {
  for (const { host, port } of names.slice(0, BOOTSTRAP_MAX)) {
    const addresses = await addressesOf(host, net, signal);
    for (const address of addresses.slice(0, CONTACT_ADDRESSES_MAX)) {
      yield { host: address, port };
    }
  }
}

async function addressesOf(
  host: string,
  net: Pick<Net, 'resolve'>,
  signal: AbortSignal,
): Promise<readonly string[]> {
  try {
    return await net.resolve(host, signal);
  } catch (error) {
    if (error instanceof LocalFault) return []; // offline, perhaps: it is tried again later
    throw error;
  }
}
