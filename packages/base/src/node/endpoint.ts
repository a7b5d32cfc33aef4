/** Endpoints, as sockets name them. */
import { isIP } from 'node:net';
import { LocalFault } from '../fault.ts';
import type { Endpoint } from '../ports.ts';
import { errnoOf } from './disk-fault.ts';

const PORT_MAX = 65_535;

/** IPv4 addresses as a socket for both families gives them. */
const MAPPED_PREFIX = '::ffff:';

/** An address that can be dialed or sent to. */
export function isEndpoint({ host, port }: Endpoint): boolean {
  return isIP(host) !== 0 && Number.isInteger(port) && port > 0 && port <= PORT_MAX;
}

/** Undefined for a socket that is no longer connected. */
export function endpointOf(
  host: string | undefined,
  port: number | undefined,
): Endpoint | undefined {
  if (host === undefined || port === undefined) return undefined;
  return { host: unmapped(host), port };
}

/** `::ffff:192.0.2.1` is `192.0.2.1`: a peer has one name, however it came. */
export function unmapped(host: string): string {
  if (!host.startsWith(MAPPED_PREFIX)) return host;
  const host4 = host.slice(MAPPED_PREFIX.length);
  return isIP(host4) === 4 ? host4 : host;
}

/** How a socket of that family is told where to send; undefined when it cannot. */
export function hostFor(to: Endpoint, family: number): string | undefined {
  if (!isEndpoint(to)) return undefined;
  const toFamily = isIP(to.host);
  if (toFamily > family) return undefined; // no IPv6 from an IPv4 socket
  return toFamily < family ? mapped(to.host) : to.host;
}

/** How a socket for both families is told an IPv4 address. */
function mapped(host4: string): string {
  return MAPPED_PREFIX + host4;
}

/**
 * Which of the addresses that everything is to leave from suits a connection to `host`; undefined when any will do.
 * Throws a LocalFault `DIAL_FAILED` when none is of its family: it must not leave otherwise.
 */
export function sourceFor(
  host: string,
  bindHosts: readonly string[] | undefined,
): string | undefined {
  if (bindHosts === undefined) return undefined;
  const source = bindHosts.find((each) => isIP(each) === isIP(host));
  if (source === undefined) throw new LocalFault('DIAL_FAILED', { host, reason: 'no such family' });
  return source;
}

/** ADDRESS_IN_USE or LISTEN_FAILED. */
export function listenFault(cause: unknown, at: Endpoint): LocalFault {
  const errno = errnoOf(cause);
  const code = errno === 'EADDRINUSE' ? 'ADDRESS_IN_USE' : 'LISTEN_FAILED';
  return new LocalFault(code, { host: at.host, port: at.port, errno }, { cause });
}
