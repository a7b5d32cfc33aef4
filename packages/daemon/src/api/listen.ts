/** Where servers for others listen: at the first port that is free, in both families of addresses if the system has both. */
import { LocalFault } from '@coequal/base';
import { errnoOf } from '../errno.ts';

export interface ListenPlace {
  /** Undefined: all addresses of this computer. */
  readonly address: string | undefined;
  /** Tried one after the other; 0 is any. */
  readonly ports: readonly number[];
}

/** `bind` resolves to the port. Throws LocalFault with the code that `codeOf` gives. */
export async function listenAtFirst(
  { address, ports }: ListenPlace,
  bind: (host: string, port: number) => Promise<number>,
  codeOf: (errno: string | undefined) => string,
): Promise<number> {
  for (const [index, port] of ports.entries()) {
    try {
      return await bindAt(address, port, bind);
    } catch (error) {
      const errno = errnoOf(error);
      if (errno === 'EADDRINUSE' && index + 1 < ports.length) continue;
      throw new LocalFault(codeOf(errno), { address, port, errno }, { cause: error });
    }
  }
  throw new LocalFault(codeOf(undefined), { address });
}

async function bindAt(
  address: string | undefined,
  port: number,
  bind: (host: string, port: number) => Promise<number>,
): Promise<number> {
  try {
    return await bind(address ?? '::', port);
  } catch (error) {
    const hasNoIpv6 = ['EAFNOSUPPORT', 'EADDRNOTAVAIL'].includes(errnoOf(error) ?? '');
    if (address !== undefined || !hasNoIpv6) throw error;
    return await bind('0.0.0.0', port);
  }
}
