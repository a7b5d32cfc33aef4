/**
 * A home router in front of one host, which has its address: which port of it a socket's datagrams leave by, and
 * whose datagrams it lets in (RFC 4787). Connections from outside it does not let in at all.
 */
import type { Endpoint } from '@coequal/base';
import type { SimRandom } from './sim-random.ts';

/**
 * `port-restricted`: one port for all, and answers alone come in. `symmetric`: the same, with another port for each
 * endpoint. `no-udp`: no datagrams either way.
 */
export type NatType = 'port-restricted' | 'symmetric' | 'no-udp';

/** Ports that a symmetric router gives out at random. */
const PORT_FIRST = 1_024;
const PORT_LAST = 65_535;

export class Nat {
  readonly #type: NatType;
  readonly #random: SimRandom;
  /** Ports of the host's, by the port outside and the endpoint that may send there. */
  readonly #inside = new Map<string, number>();
  /** The other way round, where each endpoint has its own. */
  readonly #outside = new Map<string, number>();

  constructor(type: NatType, random: SimRandom) {
    this.#type = type;
    this.#random = random;
  }

  /** The port outside by which a datagram leaves; undefined: it is dropped. */
  leave(port: number, to: Endpoint): number | undefined {
    if (this.#type === 'no-udp') return undefined;
    const path = `${port} ${to.host} ${to.port}`;
    const outside =
      this.#type === 'symmetric'
        ? (this.#outside.get(path) ?? this.#random.integer(PORT_FIRST, PORT_LAST))
        : port;
    this.#outside.set(path, outside);
    this.#inside.set(keyOf(outside, to), port);
    return outside;
  }

  /** The port of the host for a datagram to a port outside; undefined: it is dropped. */
  enter(port: number, from: Endpoint): number | undefined {
    return this.#inside.get(keyOf(port, from));
  }
}

function keyOf(port: number, { host, port: theirs }: Endpoint): string {
  return `${port} ${host} ${theirs}`;
}
