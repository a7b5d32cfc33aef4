/**
 * A relay for others over UDP, by HyperDHT's own protocol (the only importer of blind-relay). It can be behind a router:
 * whoever can connect to it by HyperDHT is joined there. The library bounds nothing: what is counted here is.
 */
import BlindRelay from 'blind-relay';
import type { Session } from 'blind-relay';
import { deviceKeyBytes, encodeUtf8, formatHex } from '@coequal/base';
import type { Cancel, Clock, DeviceKey, Millis } from '@coequal/base';
import type { UdxStream } from 'hyperdht';
import type { HyperDhtNode } from './hyperdht-node.ts';
import type { EndReason } from './relay-messages.ts';
import { DEFAULT_RELAY_QUOTAS, RelayLedger } from './relay-quotas.ts';
import type { RelayQuotas } from './relay-quotas.ts';
import type { MessageStream } from './secret-stream.ts';

/** Users that are connected to be joined, and one's connections: one for each pair that it is about to be in. */
const SESSIONS_MAX = 256;
const SESSIONS_OF_DEVICE_MAX = 24;

/** Pairs; UDX queues nothing of them. */
const PAIRS_MAX = 128;

/** Of them one device's, as over TCP. */
const PAIRS_OF_DEVICE_MAX = 24;

/** Sides that wait for the other one. */
const PENDING_MAX = 128;

/** How often it is counted: what goes through between two counts is over the quota by as much. */
const COUNT_MS: Millis = 250;

/** As over TCP. */
const IDLE_MAX_MS: Millis = 30_000;
const PAIR_MAX_MS: Millis = 43_200_000;

/** For both to hear why, before it is cut. */
const FAREWELL_MS: Millis = 2_000;

export interface DhtRelayOptions {
  /** Whether it is helped: contacts are. */
  mayRelay(key: DeviceKey): boolean;
  readonly quotas?: RelayQuotas;
}

interface Link {
  readonly user: DeviceKey;
  readonly stream: UdxStream;
  readonly control: MessageStream;
  counted: number;
}

interface Pair {
  readonly links: Link[];
  readonly since: Millis;
  heardAt: Millis;
  isEnding: boolean;
}

export class DhtRelay implements Disposable {
  readonly #options: DhtRelayOptions;
  readonly #clock: Clock;
  readonly #server: InstanceType<typeof BlindRelay.Server>;
  readonly #ledger: RelayLedger;
  readonly #sessions = new Map<Session, DeviceKey>();
  readonly #pairs = new Map<string, Pair>();
  readonly #ending = new Set<Cancel>();
  #cancelCount: Cancel | undefined;

  constructor(node: HyperDhtNode, options: DhtRelayOptions, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
    this.#ledger = new RelayLedger(options.quotas ?? DEFAULT_RELAY_QUOTAS, clock);
    this.#server = new BlindRelay.Server({
      createStream: (given) => node.createRawStream({ ...given, framed: true }),
    });
  }

  get pairCount(): number {
    return this.#pairs.size;
  }

  /** Carried today, for all. */
  get usedBytes(): number {
    return this.#ledger.usedByAll;
  }

  admits(key: DeviceKey): boolean {
    if (this.#sessions.size >= SESSIONS_MAX || !this.#options.mayRelay(key)) return false;
    let count = 0;
    for (const user of this.#sessions.values()) if (user === key) count += 1;
    return count < SESSIONS_OF_DEVICE_MAX && this.#ledger.hasLeft(key);
  }

  /** A stream that is given up, whose key is proven. */
  accept(stream: MessageStream, user: DeviceKey): void {
    const session = this.#server.accept(stream, { id: deviceKeyBytes(user) });
    this.#sessions.set(session, user);
    session.on('error', ignore); // of a stream, which closes by itself
    session.on('close', () => this.#sessions.delete(session));
    stream.on('close', () => {
      session.destroy();
      this.#sessions.delete(session);
    });
    session.on('pair', (_isInitiator, token, raw) => {
      this.#join(formatHex(token), { user, stream: raw, control: stream, counted: 0 });
    });
    this.#cancelCount ??= this.#clock.at(this.#clock.now() + COUNT_MS, () => this.#count());
  }

  [Symbol.dispose](): void {
    this.#cancelCount?.();
    for (const cancel of this.#ending) cancel();
    for (const session of this.#sessions.keys()) session.destroy();
    for (const { links } of this.#pairs.values()) for (const { stream } of links) stream.destroy();
  }

  /** Once for each of its two sides. */
  #join(token: string, link: Link): void {
    const now = this.#clock.now();
    const pair = this.#pairs.get(token) ?? { links: [], since: now, heardAt: now, isEnding: false };
    pair.links.push(link);
    this.#pairs.set(token, pair);
    link.stream.on('close', () => this.#pairs.delete(token));
    let count = 0;
    for (const { links } of this.#pairs.values())
      if (links.some(({ user }) => user === link.user)) count += 1;
    if (this.#pairs.size > PAIRS_MAX || count > PAIRS_OF_DEVICE_MAX) this.#end(pair, 'full');
  }

  #count(): void {
    this.#cancelCount = undefined;
    const now = this.#clock.now();
    for (const pair of this.#pairs.values()) {
      const [one, other] = pair.links;
      if (one === undefined || other === undefined || pair.isEnding) continue;
      let length = 0;
      for (const link of pair.links) {
        length += link.stream.bytesReceived - link.counted;
        link.counted = link.stream.bytesReceived;
      }
      if (length > 0) pair.heardAt = now;
      if (!this.#ledger.charge([one.user, other.user], length)) this.#end(pair, 'quota');
      else if (now > pair.heardAt + IDLE_MAX_MS) this.#end(pair, 'idle');
      else if (now > pair.since + PAIR_MAX_MS) this.#end(pair, 'time');
    }
    if (this.#server.stats.pairings.pending > PENDING_MAX)
      for (const session of this.#sessions.keys()) session.destroy();
    if (this.#sessions.size === 0 && this.#pairs.size === 0) return;
    this.#cancelCount = this.#clock.at(now + COUNT_MS, () => this.#count());
  }

  /** Tells both why, by a datagram of the connection by which each was joined, and cuts. */
  #end(pair: Pair, reason: EndReason): void {
    pair.isEnding = true;
    for (const { control } of pair.links) void control.send(encodeUtf8(reason));
    const cancel = this.#clock.at(this.#clock.now() + FAREWELL_MS, () => {
      this.#ending.delete(cancel);
      for (const { stream } of pair.links) stream.destroy();
    });
    this.#ending.add(cancel);
  }
}

const ignore = (): void => undefined;
