/** The addresses of this computer, and which of them the system sends from. */
import type { Socket } from 'node:dgram';
import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { NetworkInterfaceInfo } from 'node:os';
import type { Endpoint } from '../ports.ts';
import { scopeOf } from './address-scope.ts';
import { bindUdp } from './udp-socket.ts';

/** More than people's computers have; one with hundreds, for containers, is not at all of them. */
const ADDRESSES_MAX = 64;

/** Of the internet first; those that are of one link alone last. */
export function ownAddresses(): readonly string[] {
  const interfaces = Object.entries(networkInterfaces());
  const found = interfaces.flatMap(([name, own = []]) =>
    own.map((each) => addressWithZone(name, each)),
  );
  const unique = [...new Set(found)];
  return unique.toSorted((a, b) => rank(a) - rank(b)).slice(0, ADDRESSES_MAX);
}

/** An address of the interface `name`; one of its link says so, as the system itself writes it (RFC 4007): `fe80::1%eth0`. */
export function addressWithZone(name: string, each: NetworkInterfaceInfo): string {
  const scopeId = each.family === 'IPv6' ? each.scopeid : 0;
  if (scopeId === 0) return each.address;
  return `${each.address}%${process.platform === 'win32' ? scopeId : name}`;
}

function rank(address: string): number {
  if (address.includes('%')) return 3;
  switch (scopeOf(address)) {
    case 'everyone':
      return 0;
    case 'computer':
      return 1;
    case 'around':
      return 2;
  }
}

/** Answers that are kept, until `forget`. */
const KNOWN_MAX = 1_024;

/** Where a datagram would go to if it were sent; nothing is. */
const PROBE_PORT = 9;

/**
 * Asks the system from which address it would send somewhere: by its routes, and of several addresses on that way by
 * its own preference, such as the IPv6 address that it changes for privacy. There is no call for that, but connecting
 * a datagram socket chooses one, and sends nothing: 7 us.
 */
export class SourceFinder implements Disposable {
  readonly #probes: ReadonlyMap<number, Socket>;
  readonly #known = new Map<string, string>();

  private constructor(probes: ReadonlyMap<number, Socket>) {
    this.#probes = probes;
  }

  static async open(signal: AbortSignal): Promise<SourceFinder> {
    const probes = new Map<number, Socket>();
    for (const [family, host] of [
      [4, '127.0.0.1'],
      [6, '::1'],
    ] as const) {
      try {
        const probe = await bindUdp({ host: family === 4 ? '0.0.0.0' : '::', port: 0 }, signal);
        sourceTowards(probe, host); // from here on Linux gives it no port, and what comes elsewhere is not read
        probes.set(family, probe);
      } catch {
        signal.throwIfAborted(); // otherwise there is no such family
      }
    }
    return new SourceFinder(probes);
  }

  /** Undefined when there is no way there. */
  sourceFor({ host }: Endpoint): string | undefined {
    const known = this.#known.get(host);
    if (known !== undefined) return known;
    if (this.#known.size >= KNOWN_MAX) this.#known.clear();
    const probe = this.#probes.get(isIP(host));
    const source = probe && sourceTowards(probe, host);
    if (source !== undefined) this.#known.set(host, source);
    return source;
  }

  /** Routes may have changed. */
  forget(): void {
    this.#known.clear();
  }

  [Symbol.dispose](): void {
    for (const probe of this.#probes.values()) probe.close();
  }
}

function sourceTowards(probe: Socket, host: string): string | undefined {
  try {
    // its host is an address, so that all of it happens within the call; what goes wrong is told by an event
    probe.connect(PROBE_PORT, host);
    try {
      return probe.address().address;
    } finally {
      probe.disconnect(); // which fails when the other did
    }
  } catch {
    return undefined; // no route there
  }
}
