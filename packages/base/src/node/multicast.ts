/**
 * A socket's membership in a multicast group, on the interfaces there are: they come and go, and a system sends what
 * is for a group by one of them only, and forgets a membership together with the interface.
 */
import type { Socket } from 'node:dgram';
import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';

/** Of what is sent to a group: no router passes it on. */
const MULTICAST_TTL = 1;

/** More than a computer has cables, radios and tunnels; one with hundreds, for containers, does not shout into all. */
const INTERFACES_MAX = 16;

/** A look takes 0.1 ms, and a network that is joined now has been waited for by somebody. */
const LOOK_INTERVAL_MS = 2_000;

export class GroupMembership implements Disposable {
  readonly #socket: Socket;
  readonly #group: string;
  readonly #via: string | undefined;
  readonly #timer: NodeJS.Timeout;

  /** `via`: an address of the one interface that is used. Throws what the system says when no interface can be. */
  constructor(socket: Socket, group: string, via: string | undefined) {
    this.#socket = socket;
    this.#group = group;
    this.#via = via;
    socket.setMulticastTTL(MULTICAST_TTL);
    socket.setMulticastLoopback(true);
    if (via !== undefined) socket.setMulticastInterface(interfaceName(via));
    const { joined, problem } = this.#join();
    if (joined === 0 && problem !== undefined) throw problem;
    if (joined === 0) socket.addMembership(group); // on whatever the system prefers, which may come later
    this.#timer = setInterval(() => this.#join(), LOOK_INTERVAL_MS).unref();
  }

  /** To the group, on every interface. */
  send(bytes: Uint8Array, port: number): void {
    const names = this.#names();
    if (names.length === 0) this.#socket.send(bytes, port, this.#group);
    for (const name of names) {
      try {
        // it holds from here on, and the datagram goes to the system within the call
        this.#socket.setMulticastInterface(name);
        this.#socket.send(bytes, port, this.#group);
      } catch {
        continue; // it has gone since
      }
    }
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  /** Where it is a member already, the system says so, and nothing changes. */
  #join(): { readonly joined: number; readonly problem: unknown } {
    let joined = 0;
    let problem: unknown;
    for (const name of this.#names()) {
      try {
        this.#socket.addMembership(this.#group, name);
        joined += 1;
      } catch (error) {
        problem = error;
      }
    }
    return { joined, problem };
  }

  /** As Node is told them. */
  #names(): readonly string[] {
    if (this.#via !== undefined) return [interfaceName(this.#via)];
    const family = isIP(this.#group) === 4 ? 'IPv4' : 'IPv6';
    const interfaces = Object.values(networkInterfaces()).flatMap((found = []) => {
      const first = found.find((each) => each.family === family && !each.internal);
      return first === undefined ? [] : [interfaceName(first.address)];
    });
    return interfaces.slice(0, INTERFACES_MAX);
  }
}

/** How Node is told an interface: by its address for IPv4, by its name for IPv6. */
function interfaceName(address: string): string {
  if (isIP(address) === 4) return address;
  for (const [name, found = []] of Object.entries(networkInterfaces())) {
    if (found.some((each) => each.address === address)) return `::%${name}`;
  }
  return address;
}
