/** A peer that lies: it announces, listens and dials as anyone does, and has one way to do harm. */
import type { Conn, Endpoint } from '@coequal/base';
import type { SimHost } from '@coequal/simulator';
import { BencodeDictionary, decodeBencode } from '../../src/core/bencode.ts';
import { decodeCompactPeers } from '../../src/core/compact-peers.ts';
import type { InfoHash } from '../../src/core/ids.ts';
import { createPeerId } from '../../src/core/wire/peer-id.ts';
import { LiarLink } from './liar-link.ts';
import type { LiarIdentity, LiarWays } from './liar-link.ts';

/** What a liar is told. */
export interface LiarOptions {
  readonly infoHash: InfoHash;
  readonly metadataSize: number;
  readonly tracker: string;
  readonly port: number;
  readonly ways: LiarWays;
  /** How soon it dials again who hung up. */
  readonly redialMs: number;
  /** Comes as somebody else each time: another peer id, and no word of where it listens. */
  readonly isNameless: boolean;
}

const ANNOUNCE_MS = 60_000;
const TICK_MS = 1_000;
/** Peers that it dials: as many as a tracker's answer or two name. */
const TARGETS_MAX = 14;
const ANSWER_PEERS_MAX = 100;
const ANSWER_LIMITS = { lengthMax: 65_536, depthMax: 3, countMax: 100 };
const never = new AbortController().signal;

export class Liar {
  readonly #host: SimHost;
  readonly #options: LiarOptions;
  readonly #links = new Set<LiarLink>();
  readonly #targets = new Set<string>();
  #identity: LiarIdentity;

  constructor(host: SimHost, options: LiarOptions) {
    this.#host = host;
    this.#options = options;
    this.#identity = this.#makeIdentity();
  }

  async start(): Promise<void> {
    const { net } = this.#host.ports;
    const at = { host: this.#host.address, port: this.#options.port };
    await net.listen(at, (conn) => this.#welcome(conn, undefined), never);
    this.#tick();
    await this.#announce();
  }

  #makeIdentity(): LiarIdentity {
    const { infoHash, metadataSize, port, isNameless } = this.#options;
    const peerId = createPeerId(this.#host.ports.random);
    return { infoHash, peerId, metadataSize, port: isNameless ? undefined : port };
  }

  #welcome(conn: Conn, dialled: Endpoint | undefined): void {
    const { ways, isNameless } = this.#options;
    if (isNameless) this.#identity = this.#makeIdentity();
    const link = new LiarLink(conn, dialled, this.#identity, ways, () => this.#closed(link));
    this.#links.add(link);
  }

  #closed(link: LiarLink): void {
    this.#links.delete(link);
    if (link.dialled !== undefined) this.#dialLater(link.dialled);
  }

  #dialLater(to: Endpoint): void {
    const { clock } = this.#host.ports;
    clock.at(clock.now() + this.#options.redialMs, () => void this.#dial(to));
  }

  async #dial(to: Endpoint): Promise<void> {
    const [result] = await Promise.allSettled([this.#host.ports.net.dial(to, never)]);
    if (result.status === 'fulfilled') this.#welcome(result.value, to);
    else this.#dialLater(to);
  }

  #tick(): void {
    const { clock } = this.#host.ports;
    for (const link of this.#links) link.tick();
    clock.at(clock.now() + TICK_MS, () => this.#tick());
  }

  async #announce(): Promise<void> {
    const { clock, http } = this.#host.ports;
    const request = { url: this.#options.tracker, bodyLengthMax: 65_536, timeoutMs: 15_000 };
    const { body } = await http.fetch(request, never);
    const answer = decodeBencode(body, ANSWER_LIMITS);
    const peers = answer instanceof BencodeDictionary ? answer.bytes('peers') : undefined;
    for (const peer of decodeCompactPeers(peers ?? new Uint8Array(0), 4, ANSWER_PEERS_MAX)) {
      if (this.#targets.has(peer.host) || this.#targets.size >= TARGETS_MAX) continue;
      this.#targets.add(peer.host);
      void this.#dial(peer);
    }
    clock.at(clock.now() + ANNOUNCE_MS, () => void this.#announce());
  }
}
