/**
 * A network of DHT nodes on virtual time, lighter than a whole `World`: the machines that the engine drives,
 * and between them nothing but datagrams that take their time or get lost.
 */
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import type { Endpoint, Millis } from '@coequal/base';
import { formatAddress } from '../../src/core/compact-peers.ts';
import { isUsable } from '../../src/core/dht/address-rules.ts';
import { DhtNode } from '../../src/core/dht/dht-node.ts';
import type { DhtInput, DhtNodeOptions, DhtOutput } from '../../src/core/dht/dht-types.ts';
import type { DhtCrypto } from '../../src/core/dht/item-store.ts';
import type { DhtItem } from '../../src/core/dht/krpc-messages.ts';
import type { DhtSample, SampleSpec } from '../../src/core/dht/sample-crawl.ts';
import type { SearchSpec, SearchSummary } from '../../src/core/dht/search.ts';
import { seededRandom } from '../core/seeded-random.ts';

const LATENCY_MS = [20, 150] as const;
const LOSS = 0.01;

/** Nodes that have joined since. */
const SETTLED_AFTER = 100;

export const crypto: DhtCrypto = {
  sha1: (bytes) => Uint8Array.from(hash('sha1', bytes, 'buffer')),
  verify: () => true,
};

interface Event {
  readonly at: Millis;
  readonly order: number;
  readonly run: () => void;
}

export interface SearchResult {
  readonly summary: SearchSummary;
  readonly peers: readonly Endpoint[];
  readonly item: DhtItem | undefined;
  readonly samples: readonly DhtSample[];
  /** Until the first peer, if there was one, and until the end. */
  readonly foundMs: Millis | undefined;
  readonly overMs: Millis;
}

interface Running {
  readonly startedAt: Millis;
  readonly peers: Endpoint[];
  item: DhtItem | undefined;
  readonly samples: DhtSample[];
  foundAt: Millis | undefined;
  readonly resolve: (result: SearchResult) => void;
}

export class SimNode {
  readonly endpoint: Endpoint;
  readonly machine: DhtNode;
  isAlive = true;
  timerAt: Millis = Infinity;
  readonly searches = new Map<number, Running>();

  constructor(endpoint: Endpoint, machine: DhtNode) {
    this.endpoint = endpoint;
    this.machine = machine;
  }
}

export class DhtNetwork {
  readonly nodes: SimNode[] = [];
  readonly random: () => number;
  now: Millis = 0;
  datagrams = 0;
  /** Hosts that nothing leaves from or comes to. */
  readonly cut = new Set<string>();
  /** Sees what is sent. */
  onSend: ((bytes: Uint8Array, from: Endpoint, to: Endpoint) => void) | undefined;
  readonly #byAddress = new Map<string, SimNode>();
  readonly #events: Event[] = [];
  #order = 0;
  #nextSearchId = 1;

  constructor(seed: number) {
    this.random = seededRandom(seed);
  }

  add(options: Partial<DhtNodeOptions> = {}, at: Endpoint = this.freeAddress()): SimNode {
    const machine = new DhtNode(
      {
        families: new Map([[4, undefined]]),
        crypto,
        randomBytes: (length) => this.bytes(length),
        randomNumber: this.random,
        acceptsPrivate: false,
        ...options,
      },
      this.now,
    );
    const node = new SimNode(at, machine);
    this.nodes.push(node);
    for (const host of new Set([at.host, ...(options.addresses?.get(4) ?? [])])) {
      this.#byAddress.set(`${host} ${at.port}`, node);
    }
    this.input(node, { type: 'timeout' });
    return node;
  }

  /** Joins so many nodes one after another, each by one that is there. */
  grow(count: number, intervalMs: Millis): void {
    for (let i = 0; i < count; i++) {
      this.add();
      this.run(intervalMs);
    }
  }

  input(node: SimNode, input: DhtInput | { readonly type: 'timeout' }): void {
    for (const output of node.machine.step(input, this.now)) this.#perform(node, output);
    this.#arm(node);
  }

  search(node: SimNode, spec: SearchSpec | SampleSpec): Promise<SearchResult> {
    const searchId = this.#nextSearchId++;
    const { promise, resolve } = Promise.withResolvers<SearchResult>();
    const nothing = { peers: [], item: undefined, samples: [], foundAt: undefined };
    node.searches.set(searchId, { startedAt: this.now, ...nothing, resolve });
    this.input(node, { type: 'search', searchId, spec });
    return promise;
  }

  send(bytes: Uint8Array, from: Endpoint, to: Endpoint): void {
    this.datagrams += 1;
    this.onSend?.(bytes, from, to);
    if (this.cut.has(from.host) || this.cut.has(to.host)) return;
    if (this.random() < LOSS) return;
    const delay = LATENCY_MS[0] + this.random() * (LATENCY_MS[1] - LATENCY_MS[0]);
    this.at(this.now + delay, () => {
      const target = this.#byAddress.get(`${to.host} ${to.port}`);
      if (target?.isAlive !== true) return;
      this.input(target, { type: 'datagram', bytes, from, at: to.host });
    });
  }

  run(forMs: Millis): void {
    const end = this.now + forMs;
    for (;;) {
      const [next] = this.#events;
      if (next === undefined || next.at > end) break;
      this.#pop();
      this.now = next.at;
      next.run();
    }
    this.now = end;
  }

  /** A share of the nodes is gone at once, without a word. */
  kill(share: number): void {
    for (const node of this.nodes) if (this.random() < share) node.isAlive = false;
  }

  pickAlive(): SimNode {
    for (;;) {
      const node = this.nodes[Math.floor(this.random() * this.nodes.length)];
      if (node?.isAlive === true) return node;
    }
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => Math.floor(this.random() * 256));
  }

  freeAddress(): Endpoint {
    for (;;) {
      const at = { host: formatAddress(this.bytes(4)), port: 6_881 };
      if (isUsable(at, false) && !this.#byAddress.has(`${at.host} ${at.port}`)) return at;
    }
  }

  at(when: Millis, run: () => void): void {
    const events = this.#events;
    const event = { at: when, order: this.#order++, run };
    let index = events.length;
    events.push(event);
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = events[parentIndex];
      if (parent === undefined || isBefore(parent, event)) break;
      events[index] = parent;
      index = parentIndex;
    }
    events[index] = event;
  }

  #pop(): void {
    const events = this.#events;
    const last = events.pop();
    if (last === undefined || events.length === 0) return;
    let index = 0;
    for (;;) {
      let childIndex = index * 2 + 1;
      const [left, right] = [events[childIndex], events[childIndex + 1]];
      if (left === undefined) break;
      if (right !== undefined && isBefore(right, left)) childIndex += 1;
      const child = events[childIndex];
      if (child === undefined || isBefore(last, child)) break;
      events[index] = child;
      index = childIndex;
    }
    events[index] = last;
  }

  #arm(node: SimNode): void {
    const { deadline } = node.machine;
    if (deadline >= node.timerAt) return;
    node.timerAt = deadline;
    this.at(deadline, () => {
      if (node.timerAt !== deadline || !node.isAlive) return;
      node.timerAt = Infinity;
      this.input(node, { type: 'timeout' });
    });
  }

  #perform(node: SimNode, output: DhtOutput): void {
    if (output.type === 'send') {
      const { bytes, to, at: host = node.endpoint.host } = output;
      this.send(bytes, { host, port: node.endpoint.port }, to);
      return;
    }
    if (output.type === 'need-contacts') {
      // one that has been there for a while, else the first: those that people name do not come and go
      const settled = Math.max(1, this.nodes.length - SETTLED_AFTER);
      const contact = this.nodes[Math.floor(this.random() * settled)];
      if (contact === undefined || contact === node) return; // the first is found by the others
      this.at(this.now, () => this.input(node, { type: 'add-node', node: contact.endpoint }));
      return;
    }
    const running = node.searches.get(output.searchId);
    assert.ok(running, 'an output belongs to a search');
    if (output.type === 'peers') {
      running.foundAt ??= this.now;
      running.peers.push(...output.peers);
    } else if (output.type === 'item') running.item = output.item;
    else if (output.type === 'samples') running.samples.push(output);
    else if (output.type === 'done') {
      node.searches.delete(output.searchId);
      const { startedAt, foundAt, peers, item, samples } = running;
      running.resolve({
        summary: output.summary,
        peers,
        item,
        samples,
        foundMs: foundAt === undefined ? undefined : foundAt - startedAt,
        overMs: this.now - startedAt,
      });
    }
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.at === b.at ? a.order < b.order : a.at < b.at;
}
