/**
 * `--bind`: all that is sent leaves from the addresses that it names, and nothing is sent from one that is gone.
 *
 * Node can bind a socket to an address, not to an interface. So the addresses are watched, and what would go on
 * without them is stopped here: the system itself might send it another way.
 */
import { BlockList, isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { LocalFault } from '@coequal/base';
import type { Cancel, Clock, Conn, Http, Net, UdpPlace } from '@coequal/base';
import { scopeOf } from '@coequal/base/node';

/** Between two looks at the interfaces: sooner than the system sends again what was not acknowledged (200 ms). */
const WATCH_INTERVAL_MS = 100;

/** Whoever sends looks again when the last look is older. One takes 0.07 ms: a thirtieth of the time at most. */
const FRESH_MS = 2;

const ANY_ADDRESSES: readonly string[] = ['0.0.0.0', '::'];

/** Addresses of interfaces that are up, by interface. */
export type FindInterfaces = () => Readonly<Record<string, readonly string[]>>;

/**
 * `what`: addresses of this computer or names of interfaces, with commas between them; of each family, connections
 * leave from the first. Throws LocalFault `BIND_NOT_HERE`.
 */
export function findBindHosts(
  what: string,
  find: FindInterfaces = interfacesUp,
): readonly string[] {
  const interfaces = find();
  return [...new Set(what.split(',').flatMap((each) => hostsOf(each, interfaces)))];
}

function hostsOf(what: string, interfaces: ReturnType<FindInterfaces>): readonly string[] {
  if (isIP(what) !== 0) {
    if (!Object.values(interfaces).flat().includes(what)) throw notHere(what);
    return [what];
  }
  // an address of the link alone reaches no peer that is not on it
  const addresses = (interfaces[what] ?? []).filter((address) => !address.startsWith('fe80:'));
  const hosts = [4, 6].flatMap((family) => {
    const own = addresses.filter((address) => isIP(address) === family);
    const global = onePerNetwork(own.filter((address) => scopeOf(address) === 'everyone'));
    return global.length > 0 ? global : own.slice(0, 1);
  });
  if (hosts.length === 0) throw notHere(what);
  return hosts;
}

/** Of IPv6 one in each /64: others take that to be one computer (BEP 45). */
function onePerNetwork(addresses: readonly string[]): readonly string[] {
  const seen = new BlockList();
  return addresses.filter((address) => {
    if (isIP(address) === 4) return true;
    if (seen.check(address, 'ipv6')) return false;
    seen.addSubnet(address, 64, 'ipv6');
    return true;
  });
}

function notHere(what: string): LocalFault {
  return new LocalFault('BIND_NOT_HERE', { what });
}

export function interfacesUp(): Readonly<Record<string, readonly string[]>> {
  const entries = Object.entries(networkInterfaces()).map(
    ([name, found = []]) => [name, found.map(({ address }) => address)] as const,
  );
  return Object.fromEntries(entries);
}

/** Watches the addresses until it is disposed. */
export class Binding implements Disposable {
  readonly hosts: readonly string[];
  readonly #clock: Clock;
  readonly #find: FindInterfaces;
  readonly #conns = new Set<Conn>();
  /** One that had gone is there again. */
  onBack: (() => void) | undefined;
  #gone = new AbortController();
  #missing: ReadonlySet<string> = new Set();
  #lookedAt = 0;
  #cancel: Cancel = () => undefined;

  constructor(hosts: readonly string[], clock: Clock, find: FindInterfaces = interfacesUp) {
    this.hosts = hosts;
    this.#clock = clock;
    this.#find = find;
    this.#keepLooking();
  }

  /** Those that are not there now. */
  get missing(): readonly string[] {
    return [...this.#missing];
  }

  /** Aborted when one of them goes, with ADDRESS_GONE. */
  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  /** Whether something may be sent from `host`. */
  isThere(host: string): boolean {
    if (this.#clock.now() >= this.#lookedAt + FRESH_MS) this.#look();
    return this.hosts.includes(host) && !this.#missing.has(host);
  }

  /** Closed when its address goes. */
  watch(conn: Conn): Conn {
    this.#conns.add(conn);
    const start = conn.start.bind(conn);
    const send = conn.send.bind(conn);
    // on the object itself: one around it would cost a call for each block
    conn.send = (chunks, onSent) => {
      this.isThere(conn.local.host); // or else it is closed now, and drops what it is given
      return send(chunks, onSent);
    };
    conn.start = (onBytes, onClose) =>
      start(onBytes, (why) => {
        this.#conns.delete(conn);
        onClose(why);
      });
    return conn;
  }

  [Symbol.dispose](): void {
    this.#cancel();
  }

  #keepLooking(): void {
    this.#look();
    this.#cancel = this.#clock.at(this.#lookedAt + WATCH_INTERVAL_MS, () => this.#keepLooking());
  }

  #look(): void {
    this.#lookedAt = this.#clock.now();
    const there = new Set(Object.values(this.#find()).flat());
    const before = this.#missing;
    this.#missing = new Set(this.hosts.filter((host) => !there.has(host)));
    if (this.#missing.size > 0) this.#closeOrphans();
    const lost = this.hosts.find((host) => this.#missing.has(host) && !before.has(host));
    if (lost !== undefined) this.#abort(lost);
    if ([...before].some((host) => !this.#missing.has(host))) this.onBack?.();
  }

  #abort(host: string): void {
    const gone = this.#gone;
    this.#gone = new AbortController();
    gone.abort(new LocalFault('ADDRESS_GONE', { host }));
  }

  #closeOrphans(): void {
    for (const conn of this.#conns) {
      const { host } = conn.local;
      if (this.#missing.has(host)) conn.close(new LocalFault('ADDRESS_GONE', { host }));
    }
  }
}

/** A Net whose sockets are all at the addresses of `binding`; it must dial from them by itself. */
export function netBoundTo(net: Net, binding: Binding): Net {
  return {
    async dial(to, signal) {
      const host = hostOfFamily(binding, isIP(to.host));
      if (host === undefined) throw new LocalFault('DIAL_FAILED', { ...to, reason: 'not bound' });
      if (!binding.isThere(host)) throw new LocalFault('ADDRESS_GONE', { host });
      return binding.watch(await net.dial(to, signal));
    },
    async listen(at, onConn, signal) {
      if (!binding.hosts.includes(at.host)) throw notBound(at);
      return await net.listen(at, (conn) => onConn(binding.watch(conn)), signal);
    },
    async udp(at, onDatagrams, signal) {
      const place = placeWithin(at, binding);
      const { group, host, via = host } = place;
      const socket = await net.udp(place, onDatagrams, signal);
      return {
        local: socket.local,
        get problem() {
          return binding.isThere(via)
            ? socket.problem
            : new LocalFault('ADDRESS_GONE', { host: via });
        },
        send(bytes, to) {
          // a socket that is in a group is at no address of ours: only what goes to the group leaves by one
          const isOurs = group === undefined || to.host === group;
          if (isOurs && binding.isThere(via)) socket.send(bytes, to);
        },
        [Symbol.asyncDispose]: () => socket[Symbol.asyncDispose](),
      };
    },
    resolve: (host, signal) => net.resolve(host, signal),
  };
}

/** `http` must leave from the addresses of `binding` by itself. */
export function httpBoundTo(http: Http, binding: Binding): Http {
  return {
    async fetch(request, signal) {
      const [host = ''] = binding.hosts;
      const isAnyThere = binding.hosts.some((each) => binding.isThere(each));
      if (!isAnyThere) throw new LocalFault('ADDRESS_GONE', { host });
      // what leaves from the other address, if there are two, is asked for again as well
      return await http.fetch(request, AbortSignal.any([signal, binding.gone]));
    },
  };
}

/** "Any address" is one of ours. Throws LocalFault `LISTEN_FAILED`. */
function placeWithin(at: UdpPlace, binding: Binding): UdpPlace {
  if (at.group !== undefined) {
    if (at.via === undefined || !binding.hosts.includes(at.via)) throw notBound(at);
    return at;
  }
  if (binding.hosts.includes(at.host)) return at;
  if (!ANY_ADDRESSES.includes(at.host)) throw notBound(at);
  const host = hostOfFamily(binding, isIP(at.host));
  if (host === undefined) throw notBound(at);
  return { ...at, host };
}

function hostOfFamily({ hosts }: Binding, family: number): string | undefined {
  return hosts.find((host) => isIP(host) === family);
}

function notBound({ host, port }: UdpPlace): LocalFault {
  return new LocalFault('LISTEN_FAILED', { host, port, reason: 'not bound' });
}
