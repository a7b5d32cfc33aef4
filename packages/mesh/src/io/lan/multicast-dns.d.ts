/** What we use of npm `multicast-dns` 7.2.5, which has no types of its own. */
declare module 'multicast-dns' {
  interface Question {
    readonly name: string;
    readonly type: string;
  }
  interface Answer {
    readonly name: string;
    readonly type: string;
    readonly ttl?: number;
    /** Of TXT: its strings; of PTR: a name. */
    readonly data?: unknown;
  }
  interface Packet {
    readonly questions?: readonly Question[];
    readonly answers?: readonly Answer[];
    readonly additionals?: readonly Answer[];
  }
  interface Origin {
    readonly address: string;
    readonly port: number;
  }
  export interface Options {
    /** IPv4 when it is not said. */
    readonly type?: 'udp6';
    /** The group, which must be said of IPv6. */
    readonly ip?: string;
    /** The one interface that it sends by and joins the group on: an address of IPv4, or `::%eth0`. */
    readonly interface: string;
    /** Where it listens; any address, or what is sent to the group does not come in. */
    readonly bind: string;
    readonly port?: number;
    readonly ttl?: number;
    readonly loopback?: boolean;
  }
  interface MulticastDns {
    on(event: 'query' | 'response', listener: (packet: Packet, from: Origin) => void): this;
    on(event: 'error' | 'warning', listener: (error: Error) => void): this;
    on(event: 'ready', listener: () => void): this;
    query(packet: Packet, done: (error?: Error | null) => void): void;
    respond(packet: Packet, done: (error?: Error | null) => void): void;
    destroy(done?: () => void): void;
  }
  export default function multicastDns(options: Options): MulticastDns;
}
