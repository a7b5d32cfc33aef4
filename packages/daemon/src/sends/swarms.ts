/**
 * The private swarms of sends: an engine of its own over links between devices. It asks no tracker, no DHT and no
 * neighbour for peers, and tells nobody but those who take part.
 */
import { LocalFault } from '@coequal/base';
import type { DeviceKey, Links, Ports } from '@coequal/base';
import { Engine } from '@coequal/bittorrent';
import type { SharedRates, Torrent } from '@coequal/bittorrent';
import { MeshNet } from '../joints/mesh-net.ts';
import type { SwarmGate } from '../joints/mesh-net.ts';

export interface SwarmsParts {
  readonly own: DeviceKey;
  readonly links: Links;
  /** Those of the peer, with slots of its own. Of `net` nothing is used. */
  readonly ports: Ports;
  readonly resumeDirectory: string;
  readonly rates: SharedRates | undefined;
}

/** One swarm as this device takes part in it. */
export interface Share {
  /** Names it here. */
  readonly key: string;
  readonly metainfo: Uint8Array;
  readonly ticket: Uint8Array;
  readonly directory: string;
  readonly contentPath?: string | undefined;
  /**
   * `give`: whole, and known to be what it was when its hashes were made. `keep`: fetched here, and passed on.
   */
  readonly role: 'give' | 'fetch' | 'keep';
  /** Who has no part in it any more. */
  isShutOut(device: DeviceKey): boolean;
}

interface Running {
  readonly share: Share;
  readonly torrent: Torrent;
  readonly devices: Set<DeviceKey>;
}

export class Swarms implements SwarmGate, AsyncDisposable {
  readonly #net: MeshNet;
  readonly #engine: Engine;
  readonly #running = new Map<string, Running>();
  /** By the info hash that is on the wire. */
  readonly #byHash = new Map<string, Running>();
  /** What is done with one swarm is done in order. */
  readonly #last = new Map<string, Promise<unknown>>();

  static async open(parts: SwarmsParts, signal: AbortSignal): Promise<Swarms> {
    const { own, links, ports, resumeDirectory, rates } = parts;
    const { clock, hasher } = ports;
    const gate: { swarms: Swarms | undefined } = { swarms: undefined };
    const net = new MeshNet({
      own,
      links,
      clock,
      hash: (bytes, kind) => hasher.hash(bytes, kind),
      gate: {
        get isOpen() {
          return gate.swarms?.isOpen ?? false;
        },
        ticketOf: (infoHash) => gate.swarms?.ticketOf(infoHash),
        isShutOut: (infoHash, device) => gate.swarms?.isShutOut(infoHash, device) ?? true,
      },
    });
    const options = {
      downloadDirectory: resumeDirectory,
      resumeDirectory,
      addresses: [net.local.host],
      transport: 'tcp',
      discovery: false,
      signal,
      ...(rates !== undefined && { rates }),
    } as const;
    const engine = await Engine.open(options, { ...ports, net });
    return (gate.swarms = new Swarms(net, engine));
  }

  private constructor(net: MeshNet, engine: Engine) {
    this.#net = net;
    this.#engine = engine;
  }

  get isOpen(): boolean {
    return this.#running.size > 0;
  }

  ticketOf(infoHash: string): Uint8Array | undefined {
    return this.#byHash.get(infoHash)?.share.ticket;
  }

  isShutOut(infoHash: string, device: DeviceKey): boolean {
    return this.#byHash.get(infoHash)?.share.isShutOut(device) ?? true;
  }

  torrent(key: string): Torrent | undefined {
    return this.#running.get(key)?.torrent;
  }

  /** Devices that any swarm of now names: they may reach this one, contacts or not. */
  names(device: DeviceKey): boolean {
    return [...this.#running.values()].some(({ devices }) => devices.has(device));
  }

  /** In place of the one with that key, if there is one. Throws what `Engine.add` does. */
  async start(share: Share, devices: readonly DeviceKey[]): Promise<Torrent> {
    return await this.#inTurn(share.key, async () => {
      await this.#end(share.key);
      const { metainfo, directory, contentPath, role } = share;
      const torrent = await this.#engine.add(metainfo, {
        directory,
        ...(contentPath !== undefined && { contentPath }),
        readOnly: role !== 'fetch',
        trust: role === 'give',
        useTrackers: false,
      });
      const running = { share, torrent, devices: new Set<DeviceKey>() };
      this.#running.set(share.key, running);
      for (const infoHash of torrent.infoHashes) this.#byHash.set(infoHash, running);
      this.name(share.key, devices);
      return torrent;
    });
  }

  /** These devices take part, too. */
  name(key: string, devices: readonly DeviceKey[]): void {
    const running = this.#running.get(key);
    if (running === undefined) return;
    const fresh = devices.filter((device) => !running.devices.has(device));
    for (const device of fresh) running.devices.add(device);
    running.torrent.addPeers(fresh.map((device) => this.#net.addresses.endpointOf(device)));
  }

  /** A device that was not reached may be now; all of them if none is named. */
  retry(device?: DeviceKey): void {
    this.#net.retry(device);
    this.#engine.networkChanged();
  }

  async stop(key: string): Promise<void> {
    await this.#inTurn(key, () => this.#end(key));
  }

  /** Bytes fetched and passed on so far. */
  get moved(): number {
    const { downloaded, uploaded, wasted } = this.#engine.stats;
    return downloaded + uploaded + wasted;
  }

  /** Gives up the memory that is not in use now. */
  async rest(): Promise<void> {
    await this.#engine.rest();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.allSettled(this.#last.values());
    await this.#engine[Symbol.asyncDispose]();
    this.#running.clear();
    this.#byHash.clear();
  }

  async #end(key: string): Promise<void> {
    const running = this.#running.get(key);
    if (running === undefined) return;
    this.#running.delete(key);
    for (const infoHash of running.torrent.infoHashes) this.#byHash.delete(infoHash);
    await running.torrent[Symbol.asyncDispose]();
  }

  #inTurn<T>(key: string, run: () => Promise<T>): Promise<T> {
    const turn = (this.#last.get(key) ?? Promise.resolve()).then(run, run);
    this.#last.set(key, turn);
    const forget = (): void => {
      if (this.#last.get(key) === turn) this.#last.delete(key);
    };
    turn.then(forget, forget);
    return turn;
  }
}

/** Of a torrent that failed: why. */
export function failureOf(torrent: Torrent): LocalFault | undefined {
  const { state } = torrent;
  if (state.type !== 'failed') return undefined;
  const { fault } = state;
  return fault instanceof LocalFault ? fault : new LocalFault(fault.code, fault.details);
}
