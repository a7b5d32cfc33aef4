/** Local Service Discovery (BEP 14) over multicast, for all torrents of an engine. */
import { LocalFault } from '@coequal/base';
import type { Cancel, Datagram, Ports, UdpSocket } from '@coequal/base';
import { addressFamily } from '../../core/compact-peers.ts';
import type { InfoHash } from '../../core/ids.ts';
import { LSD_GROUPS } from '../../core/lsd/lsd-groups.ts';
import { LocalSearch } from '../../core/lsd/local-search.ts';
import type { LocalSearchInput } from '../../core/lsd/local-search.ts';
import { encodeLsdMessage, hashesPerMessage } from '../../core/lsd/lsd-message.ts';
import type { PeerFinder, Seeking, SoughtTorrent } from '../peer-finder.ts';

const [GROUP_4, GROUP_6] = LSD_GROUPS;
const GROUPS = [
  { family: 4, to: GROUP_4, any: '0.0.0.0', host: `${GROUP_4.host}:${GROUP_4.port}` },
  { family: 6, to: GROUP_6, any: '::', host: `[${GROUP_6.host}]:${GROUP_6.port}` },
] as const;

type Group = (typeof GROUPS)[number];

/** Bytes of the number by which we know our own datagrams. */
const COOKIE_LENGTH = 8;

type LsdPorts = Pick<Ports, 'clock' | 'random' | 'net'>;

export interface LocalDiscoveryOptions {
  /** Where peers can dial us; undefined when nothing listens: then we only hear. */
  readonly listenPort: number | undefined;
  /** Of the interfaces that are used; undefined: all, also those that come later. */
  readonly addresses: readonly string[] | undefined;
}

export class LocalDiscovery implements PeerFinder, AsyncDisposable {
  readonly source = 'lsd';
  readonly #clock: Ports['clock'];
  readonly #listenPort: number | undefined;
  readonly #cookie: string;
  readonly #search: LocalSearch;
  readonly #torrents = new Map<InfoHash, SoughtTorrent>();
  readonly #sockets: { readonly group: Group; readonly socket: UdpSocket }[] = [];
  #timer: Cancel | undefined;
  #isClosed = false;

  private constructor(listenPort: number | undefined, { clock, random }: LsdPorts) {
    this.#clock = clock;
    this.#listenPort = listenPort;
    this.#cookie = Array.from(random.bytes(COOKIE_LENGTH), hex).join('');
    this.#search = new LocalSearch({
      cookie: this.#cookie,
      hashesMax: Math.min(...GROUPS.map((group) => hashesPerMessage(this.#about(group)))),
      announces: listenPort !== undefined,
    });
  }

  /** Undefined when there is no network that has groups: peers are found otherwise. */
  static async open(
    { listenPort, addresses }: LocalDiscoveryOptions,
    ports: LsdPorts,
    signal: AbortSignal,
  ): Promise<LocalDiscovery | undefined> {
    const discovery = new LocalDiscovery(listenPort, ports);
    await using resources = new AsyncDisposableStack();
    resources.use(discovery);
    for (const group of GROUPS) {
      const via = addresses?.find((address) => addressFamily(address) === group.family);
      if (addresses !== undefined && via === undefined) continue;
      await discovery.#join(group, via, ports, signal);
    }
    if (discovery.#sockets.length === 0) return undefined;
    resources.move();
    return discovery;
  }

  seek(torrent: SoughtTorrent): Seeking {
    for (const infoHash of torrent.infoHashes) {
      this.#torrents.set(infoHash, torrent);
      this.#step({ type: 'add', infoHash });
    }
    return {
      state: (now) => this.#search.stateOf(torrent.infoHashes, now),
      stop: () => this.#forget(torrent),
    };
  }

  #forget(torrent: SoughtTorrent): void {
    for (const infoHash of torrent.infoHashes) {
      if (this.#torrents.get(infoHash) !== torrent) continue;
      this.#torrents.delete(infoHash);
      this.#step({ type: 'remove', infoHash });
    }
  }

  networkChanged(): void {
    this.#step({ type: 'network-changed' });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.#timer?.();
    await Promise.all(this.#sockets.map(({ socket }) => socket[Symbol.asyncDispose]()));
  }

  async #join(
    group: Group,
    via: string | undefined,
    { net }: LsdPorts,
    signal: AbortSignal,
  ): Promise<void> {
    const interfaceOf = via === undefined || via === group.any ? {} : { via };
    const { host, port } = group.to;
    const at = { host: group.any, port, group: host, ...interfaceOf };
    try {
      const socket = await net.udp(at, (batch) => this.#received(batch), signal);
      this.#sockets.push({ group, socket });
    } catch (error) {
      if (!(error instanceof LocalFault)) throw error; // no such network here, or it is not allowed
    }
  }

  #received(batch: readonly Datagram[]): void {
    // it changes nothing of what is due: anyone may send as many as he likes, and looking takes longer with each torrent
    for (const { bytes, from } of batch)
      this.#perform({ type: 'datagram', bytes, from: from.host });
  }

  #perform(input: LocalSearchInput | { readonly type: 'timeout' }): void {
    if (this.#isClosed) return;
    for (const output of this.#search.step(input, this.#clock.now())) {
      if (output.type === 'announce') this.#announce(output.infoHashes);
      else this.#torrents.get(output.infoHash)?.found([output.peer], output.peer.host);
    }
  }

  #step(
    input: Exclude<LocalSearchInput, { type: 'datagram' }> | { readonly type: 'timeout' },
  ): void {
    this.#perform(input);
    if (this.#isClosed) return;
    this.#timer?.();
    const { deadline } = this.#search;
    this.#timer =
      deadline === undefined
        ? undefined
        : this.#clock.at(deadline, () => this.#step({ type: 'timeout' }));
  }

  #announce(infoHashes: readonly InfoHash[]): void {
    for (const { group, socket } of this.#sockets) {
      const bytes = encodeLsdMessage({ ...this.#about(group), infoHashes });
      socket.send(bytes, group.to);
    }
  }

  #about({ host }: Group): {
    readonly host: string;
    readonly port: number;
    readonly cookie: string;
  } {
    return { host, port: this.#listenPort ?? 0, cookie: this.#cookie };
  }
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, '0');
}
