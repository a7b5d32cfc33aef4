/** The DHT for an engine: drives a DhtNode over sockets of its own, or over those that uTP has as well. */
import { LocalFault, TaskGroup, untilAborted } from '@coequal/base';
import type { Cancel, Datagram, Ed25519, Endpoint, Millis, Ports } from '@coequal/base';
import { addressFamily } from '../../core/compact-peers.ts';
import type { AddressFamily } from '../../core/compact-peers.ts';
import { DhtNode } from '../../core/dht/dht-node.ts';
import { decodeDhtState } from '../../core/dht/dht-state.ts';
import type { DhtFamilyState } from '../../core/dht/dht-state.ts';
import type { DhtCounters, DhtInput, DhtOutput } from '../../core/dht/dht-types.ts';
import { itemKey, mutableKey, signedBytes } from '../../core/dht/item-store.ts';
import type { DhtCrypto } from '../../core/dht/item-store.ts';
import type { DhtItem } from '../../core/dht/krpc-messages.ts';
import type { DhtKey, NodeId } from '../../core/dht/node-id.ts';
import type { DhtSample, SampleSpec } from '../../core/dht/sample-crawl.ts';
import type { PeerAnnounce, SearchSpec, SearchSummary } from '../../core/dht/search.ts';
import type { InfoHash } from '../../core/ids.ts';
import { resolveContacts } from './dht-contacts.ts';
import type { HostPort } from './dht-contacts.ts';
import { chooseSockets, hostsOf } from './dht-sockets.ts';
import type { DhtSocket, DhtSockets } from './dht-sockets.ts';
import { checkItem, putFault } from './item-value.ts';
import { sampleSpecOf } from './sample-options.ts';
import type { SampleOptions } from './sample-options.ts';
import { SearchRun } from './search-run.ts';
import { stateOfHomes } from './state-of-homes.ts';

export interface DhtOptions {
  /** Where to open sockets, one for each address (BEP 45); or sockets whose owner calls `receive`. */
  readonly sockets: readonly Endpoint[] | readonly DhtSocket[];
  /** Nodes to begin with, while we know no others. */
  readonly bootstrap: readonly HostPort[];
  /** What `exportState` gave in an earlier run. */
  readonly state?: Uint8Array;
  /** Also talk to, and of, private addresses: in a LAN, or on this computer. */
  readonly acceptsPrivate?: boolean;
  /** BEP 43: true: never answer; false: always; not given: as long as strangers do not reach us, say so. */
  readonly isReadOnly?: boolean;
  /** Nothing is sent, or answered, until something is asked of it, or a node is named. */
  readonly joinsWhenAsked?: boolean;
}

export type DhtPorts = Pick<Ports, 'clock' | 'random' | 'net'> & {
  readonly hasher: Pick<Ports['hasher'], 'hash'>;
  readonly ed25519: Ed25519;
};

export interface PeersOptions {
  /** At the end of the look-up the nodes near the info hash are told of us. */
  readonly announce?: PeerAnnounce;
  /** Peers that have everything are not wanted. */
  readonly noSeeds?: boolean;
  /** Also count the swarm (BEP 33). */
  readonly scrape?: boolean;
  readonly signal: AbortSignal;
}

export type DhtItemName =
  | { readonly type: 'immutable'; readonly key: DhtKey }
  | { readonly type: 'mutable'; readonly publicKey: Uint8Array; readonly salt?: Uint8Array };

export interface DhtStats {
  /** `alone`: nobody is known; `joining`: fewer nodes than one bucket has. */
  readonly status: 'alone' | 'joining' | 'joined';
  /** Ours, one in each family, or at each of several addresses. */
  readonly nodes: readonly {
    readonly family: AddressFamily;
    /** Of its socket. */
    readonly local: string;
    readonly id: NodeId;
    /** As others see it, once enough of them agree. */
    readonly address: string | undefined;
    readonly known: number;
  }[];
  readonly isReadOnly: boolean;
  /** Searches under way and waiting. */
  readonly searches: number;
  readonly storedPeers: number;
  readonly storedHashes: number;
  readonly storedItems: number;
  readonly counters: Readonly<DhtCounters>;
}

/** From so many nodes on we are as well connected as a small network allows. */
const JOINED_NODES = 8;

export class Dht implements AsyncDisposable {
  #node: DhtNode;
  readonly #ports: DhtPorts;
  readonly #options: DhtOptions;
  /** At which nodes of ours are. */
  readonly #sockets: DhtSockets;
  /** At which we are asked: at each address, also where it has no node of its own. */
  readonly #allSockets: readonly DhtSocket[];
  readonly #resources: AsyncDisposableStack;
  readonly #tasks = new TaskGroup((error) => {
    throw error; // nothing in it fails but by a bug
  });
  readonly #runs = new Map<number, SearchRun>();
  #nextSearchId = 1;
  #armedFor: Millis = Infinity;
  #cancelTimer: Cancel = () => {};
  /** Until names of contacts are looked up, a search would find nobody to ask. */
  #contacts: Promise<void> = Promise.resolve();
  /** What is kept of the last run. */
  readonly #state: ReadonlyMap<AddressFamily, DhtFamilyState>;
  #hasJoined = false;
  #isClosed = false;

  private constructor(
    options: DhtOptions,
    ports: DhtPorts,
    sockets: readonly DhtSocket[],
    resources: AsyncDisposableStack,
  ) {
    this.#options = options;
    this.#ports = ports;
    this.#resources = resources;
    this.#allSockets = sockets;
    this.#sockets = chooseSockets(sockets, options.acceptsPrivate === true);
    this.#state = options.state === undefined ? new Map() : decodeDhtState(options.state);
    this.#node = this.#createNode();
    if (options.joinsWhenAsked !== true) this.#join();
  }

  #join(): void {
    if (this.#hasJoined) return;
    this.#hasJoined = true;
    // whether anyone reaches us is known some time after we have come
    this.#node = this.#createNode();
    for (const { nodes } of this.#state.values()) for (const node of nodes) this.addNode(node);
    this.#step({ type: 'timeout' });
  }

  #createNode(): DhtNode {
    const options = this.#options;
    const ports = this.#ports;
    return new DhtNode(
      {
        families: new Map(
          Array.from(this.#sockets.keys(), (family) => [family, this.#state.get(family)?.id]),
        ),
        addresses: hostsOf(this.#sockets),
        crypto: cryptoOf(ports),
        randomBytes: (length) => ports.random.bytes(length),
        randomNumber: () => ports.random.number(),
        acceptsPrivate: options.acceptsPrivate === true,
        ...(options.isReadOnly !== undefined && { isReadOnly: options.isReadOnly }),
      },
      ports.clock.now(),
    );
  }

  /** Rejects with a LocalFault `ADDRESS_IN_USE` or `LISTEN_FAILED`, or the signal's reason. */
  static async open(options: DhtOptions, ports: DhtPorts, signal: AbortSignal): Promise<Dht> {
    await using resources = new AsyncDisposableStack();
    let dht: Dht | undefined;
    const sockets: DhtSocket[] = [];
    for (const socket of options.sockets) {
      if ('send' in socket) sockets.push(socket);
      else {
        const onDatagrams = (batch: readonly Datagram[]): void => {
          for (const datagram of batch) dht?.receive(datagram, opened.local);
        };
        const place = { ...socket, isEachAddress: true };
        const opened = resources.use(await ports.net.udp(place, onDatagrams, signal));
        sockets.push(opened);
      }
    }
    dht = new Dht(options, ports, sockets, resources.move());
    return dht;
  }

  /** Where we are reached. */
  get locals(): readonly Endpoint[] {
    return [...new Set([...this.#sockets.values()].flat())].map(({ local }) => local);
  }

  get stats(): DhtStats {
    const nodes = Array.from(this.#node.homes, ({ family, at, id, address, table }) => {
      const local = at ?? this.#sockets.get(family)?.[0]?.local.host ?? '';
      return { family, local, id, address, known: table.size };
    });
    const known = nodes.reduce((sum, node) => sum + node.known, 0);
    const { peers, items } = this.#node.stored;
    return {
      status: known === 0 ? 'alone' : known < JOINED_NODES ? 'joining' : 'joined',
      nodes,
      isReadOnly: this.#node.isReadOnly(this.#ports.clock.now()),
      searches: this.#node.searchCount,
      storedPeers: peers.peerCount,
      storedHashes: peers.hashCount,
      storedItems: items.size,
      counters: this.#node.counters,
    };
  }

  /** A datagram that came to the shared socket at `local`; only those for which `isKrpc` are for us. */
  receive({ bytes, from, at }: Datagram, local: Endpoint): void {
    this.#step({ type: 'datagram', bytes, from, at: at ?? local.host });
  }

  /** Of a node that a peer (BEP 5, PORT message), a torrent or a magnet link names. */
  addNode(node: Endpoint): void {
    this.#join();
    this.#step({ type: 'add-node', node });
  }

  /** Peers as they are found, each once; at the end it announces, and returns what the search came to. */
  async *peers(
    infoHash: InfoHash,
    { announce, noSeeds = false, scrape = false, signal }: PeersOptions,
  ): AsyncGenerator<readonly Endpoint[], SearchSummary> {
    const spec: SearchSpec = {
      type: 'get-peers',
      infoHash,
      noSeeds,
      scrape,
      ...(announce && { announce }),
    };
    using run = await this.#search(spec, signal);
    for (;;) {
      const next = await run.next();
      if (next.type === 'done') return next.summary;
      if (next.type === 'peers') yield next.peers;
    }
  }

  /**
   * The newest that is found, verified; undefined when no node that answered has one. Its value is bencoded.
   * Rejects with LocalFault `DHT_NO_NODES` when none answered.
   */
  async get(name: DhtItemName, signal: AbortSignal): Promise<DhtItem | undefined> {
    const salt = (name.type === 'mutable' ? name.salt : undefined) ?? new Uint8Array(0);
    const key =
      name.type === 'immutable'
        ? name.key
        : mutableKey(name.publicKey, salt, cryptoOf(this.#ports));
    using run = await this.#search({ type: 'get-item', key, salt }, signal);
    let item: DhtItem | undefined;
    for (;;) {
      const next = await run.next();
      if (next.type === 'item') item = next.item;
      if (next.type !== 'done') continue;
      if (next.summary.answers === 0) throw new LocalFault('DHT_NO_NODES');
      return item;
    }
  }

  /**
   * Tells how many nodes took it (`stored`), at least one. `cas`: only if the newest that is stored has this
   * sequence number, or none is. Rejects with LocalFault `DHT_ITEM_TOO_LONG`, `DHT_SALT_TOO_LONG`,
   * `DHT_ITEM_INVALID`, `DHT_NO_NODES`, `DHT_OLD_SEQUENCE`, `DHT_CAS_MISMATCH` or `DHT_PUT_REFUSED`.
   */
  async put(item: DhtItem, options: { cas?: number; signal: AbortSignal }): Promise<SearchSummary> {
    const { cas, signal } = options;
    checkItem(item);
    using run = await this.#search(
      { type: 'put-item', item, ...(cas !== undefined && { cas }) },
      signal,
    );
    for (;;) {
      const next = await run.next();
      if (next.type !== 'done') continue;
      if (next.summary.stored === 0) throw putFault(next.summary);
      return next.summary;
    }
  }

  /** By what `get` finds it. */
  nameOf(item: DhtItem): DhtItemName {
    if (item.type === 'immutable')
      return { type: 'immutable', key: itemKey(item, cryptoOf(this.#ports)) };
    return { type: 'mutable', publicKey: item.publicKey, salt: item.salt };
  }

  /**
   * Goes from node to node and gives out which info hashes each stores (BEP 51), each info hash once. It ends
   * when every node it came across was asked; no node is asked sooner again than it says, in another walk either.
   */
  async *sample(options: SampleOptions): AsyncGenerator<DhtSample, SearchSummary> {
    using run = await this.#search(sampleSpecOf(options), options.signal);
    for (;;) {
      const next = await run.next();
      if (next.type === 'done') return next.summary;
      if (next.type !== 'samples') continue;
      const { from, infoHashes, stored } = next;
      yield { from, infoHashes, stored };
    }
  }

  /** A mutable item that is signed with this secret key. `value` is bencoded. */
  sign(secret: Uint8Array, sequence: number, value: Uint8Array, salt?: Uint8Array): DhtItem {
    const { ed25519 } = this.#ports;
    const part = { value, sequence, salt: salt ?? new Uint8Array(0) };
    const signature = ed25519.sign(secret, signedBytes(part));
    return { type: 'mutable', ...part, publicKey: ed25519.publicKey(secret), signature };
  }

  /** For `state` of the next run: ids and good nodes. */
  exportState(): Uint8Array {
    return stateOfHomes(this.#node.homes, this.#ports.clock.now());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.#cancelTimer();
    const closed = new LocalFault('DHT_CLOSED');
    for (const run of this.#runs.values()) run.fail(closed);
    await this.#tasks[Symbol.asyncDispose]();
    await this.#resources.disposeAsync();
  }

  async #search(spec: SearchSpec | SampleSpec, signal: AbortSignal): Promise<SearchRun> {
    this.#join();
    await untilAborted(this.#contacts, signal);
    if (this.#isClosed) throw new LocalFault('DHT_CLOSED');
    const searchId = this.#nextSearchId++;
    const run = new SearchRun(signal, () => {
      if (this.#runs.delete(searchId)) this.#step({ type: 'cancel', searchId });
    });
    this.#runs.set(searchId, run);
    this.#step({ type: 'search', searchId, spec });
    return run;
  }

  #step(input: DhtInput | { readonly type: 'timeout' }): void {
    if (this.#isClosed || !this.#hasJoined) return;
    const { clock } = this.#ports;
    for (const output of this.#node.step(input, clock.now())) this.#perform(output);
    const { deadline } = this.#node;
    if (deadline >= this.#armedFor) return; // it is looked at again then
    this.#cancelTimer();
    this.#armedFor = deadline;
    this.#cancelTimer = clock.at(deadline, () => {
      this.#armedFor = Infinity;
      this.#step({ type: 'timeout' });
    });
  }

  #perform(output: DhtOutput): void {
    switch (output.type) {
      case 'send': {
        const { bytes, to, at } = output;
        const family = addressFamily(to.host);
        const own = this.#allSockets.find(({ local }) => local.host === at);
        const socket = own ?? (family && this.#sockets.get(family)?.[0]);
        socket?.send(bytes, to, at);

        return;
      }
      case 'need-contacts':
        this.#tasks.run((signal) => this.#findContacts(output.family, signal));
        return;
      case 'refused':
        this.#runs.get(output.searchId)?.fail(new LocalFault('DHT_BUSY'));
        return;
      case 'peers':
      case 'item':
      case 'samples':
        this.#runs.get(output.searchId)?.push(output);
        return;
      case 'done':
        this.#runs.get(output.searchId)?.push(output);
        this.#runs.delete(output.searchId);
        return;
    }
  }

  async #findContacts(family: AddressFamily, signal: AbortSignal): Promise<void> {
    const { bootstrap } = this.#options;
    if (bootstrap.length === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#contacts = promise;
    try {
      for await (const contact of resolveContacts(bootstrap, this.#ports.net, signal)) {
        if (addressFamily(contact.host) === family) this.addNode(contact);
      }
    } finally {
      resolve();
    }
  }
}

function cryptoOf({ hasher, ed25519 }: DhtPorts): DhtCrypto {
  return {
    sha1: (bytes) => hasher.hash(bytes, 'sha1'),
    verify: (publicKey, message, signature) => ed25519.verify(publicKey, message, signature),
  };
}
