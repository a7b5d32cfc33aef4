/** Net over the sockets of this machine. */
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { LocalFault } from '../fault.ts';
import { untilAborted } from '../lifetime.ts';
import type { Net } from '../ports.ts';
import type { LoadSocketCalls } from './bound-socket.ts';
import { sourceFor } from './endpoint.ts';
import { dialTcp, listenTcp } from './tcp.ts';
import { openUdp } from './udp.ts';

/** More addresses of one name than any tracker has; what a name server says is not ours to trust. */
const ADDRESSES_MAX = 32;

export interface NetOptions {
  /** The addresses that outgoing connections leave from, and no others. Listeners and UDP sockets name their own. */
  readonly bindHosts?: readonly string[] | undefined;
  /** Makes UDP sockets that have much to do faster. */
  readonly loadSocketCalls?: LoadSocketCalls | undefined;
}

/** TCP and UDP over IPv4 and IPv6; a socket at `::` serves both. */
export function openNet({ bindHosts, loadSocketCalls }: NetOptions = {}): Net {
  return {
    dial: async (to, signal) => await dialTcp(to, sourceFor(to.host, bindHosts), signal),
    listen: listenTcp,
    udp: (at, onDatagrams, signal) => openUdp(at, onDatagrams, signal, loadSocketCalls),
    resolve: resolveHost,
  };
}

/** As `Net.resolve`. */
export async function resolveHost(host: string, signal: AbortSignal): Promise<readonly string[]> {
  signal.throwIfAborted();
  if (isIP(host) !== 0) return [host];
  try {
    const found = await untilAborted(lookup(host, { all: true }), signal);
    return found.slice(0, ADDRESSES_MAX).map(({ address }) => address);
  } catch (cause) {
    if (signal.aborted) throw signal.reason;
    throw new LocalFault('NAME_NOT_FOUND', { host }, { cause });
  }
}
