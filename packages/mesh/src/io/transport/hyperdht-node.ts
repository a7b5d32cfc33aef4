/**
 * A node of HyperDHT (the only importer of the library): its connections made of MessageStream, and a note of those
 * that it opens by itself, to relays.
 */
import HyperDHT from 'hyperdht';
import NoiseWrap from 'hyperdht/lib/noise-wrap.js';
import type {
  ConnectOptions,
  CreateHandshake,
  CreateSecretStream,
  DhtOptions,
  Server,
  UdxStream,
} from 'hyperdht';
import type { DeviceKey, Endpoint } from '@coequal/base';
import { deviceKeyOf } from '@coequal/base';
import { MessageStream } from './secret-stream.ts';
import { StaticKeys } from './static-keys.ts';

export class HyperDhtNode extends HyperDHT {
  /** What a relay says beside what it carries. */
  onRelayMessage: ((relay: DeviceKey, message: Uint8Array) => void) | undefined;
  /** Streams to relays, which the library opens for its own connections. */
  readonly #relays = new Map<UdxStream, DeviceKey>();

  /** The library asks for a connection of its own by this, too: with nothing but the key. */
  override connect(key: Uint8Array, options?: ConnectOptions): MessageStream {
    // it is what createSecretStream made
    const stream = super.connect(key, { ...options, ...OF_OURS }) as MessageStream;
    stream.on('error', ignore); // one without a listener would end the process
    if (options === undefined) this.#noteRelay(deviceKeyOf(key), stream);
    return stream;
  }

  /**
   * To a device at one address, from the port that is the same after each start: so a router on either side that lets in
   * answers alone lets both in when both send. The library has that for sockets that it used before, and only there, so
   * this connection is shown one such socket; all else is the node itself.
   */
  connectFrom(key: Uint8Array, at: Endpoint, options: ConnectOptions): MessageStream {
    const route = { socket: this.io.serverSocket, address: at };
    const pool: object = Object.create(this._socketPool, {
      routes: { value: { get: () => route, add: ignore } },
      lookup: { value: () => ({ active: ignore, inactive: ignore }) },
    });
    const node: HyperDHT = Object.create(this, { _socketPool: { value: pool } });
    const all = { ...options, reusableSocket: true, ...OF_OURS };
    const stream = super.connect.call(node, key, all) as MessageStream;
    stream.on('error', ignore);
    return stream;
  }

  /** A datagram that says nothing, from the same port: what comes from there is an answer to this side's router. */
  knock({ host, port }: Endpoint): void {
    this.io.serverSocket?.trySend(KNOCK, port, host);
  }

  /** Whether somebody there is asked what this side's router does with ports: then nothing else may be sent there. */
  isNodeHost(host: string): boolean {
    const nodes = [...this.toArray(), ...this.bootstrapNodes];
    return nodes.some((each) => each.host === host);
  }

  listen(firewall: (key: DeviceKey) => boolean, clearMs: number): Server {
    return this.createServer({
      firewall: (key) => firewall(deviceKeyOf(key)),
      ...OF_OURS,
      handshakeClearWait: clearMs,
    });
  }

  /** Which relay a stream goes through, if one. */
  relayOf(raw: UdxStream): DeviceKey | undefined {
    for (const [relay, key] of this.#relays) {
      const isSame = relay.remoteHost === raw.remoteHost && relay.remotePort === raw.remotePort;
      if (isSame) return key;
    }
    return undefined;
  }

  #noteRelay(key: DeviceKey, stream: MessageStream): void {
    stream.giveUp();
    stream.on('message', (message) => this.onRelayMessage?.(key, message));
    stream.on('connect', () => {
      const raw = stream.rawStream as UdxStream; // what it was started on
      this.#relays.set(raw, key);
      stream.on('close', () => this.#relays.delete(raw));
    });
  }
}

export interface NodePlace {
  /** IPv4: one address of this computer, or `0.0.0.0`. */
  readonly bindHost: string;
  /** 0 asks for any free one. */
  readonly port: number;
  /** An IPv4 address at which everybody can reach that port. */
  readonly publicHost?: string | undefined;
}

/** Resolves when its sockets are bound; it joins the network after that. */
export async function openHyperDhtNode(
  { bindHost, port, publicHost }: NodePlace,
  options: DhtOptions,
): Promise<HyperDhtNode> {
  // a single 0 would be the library's own port
  const at = { host: bindHost, port: port === 0 ? ([0, 0] as const) : port };
  // nothing stands between two nodes on one computer, and the library would look for it in vain
  const firewalled = bindHost.startsWith('127.') ? { firewalled: false } : {};
  // that port and none after it
  const publicly = { ...options, host: bindHost, port: [port, port + 1] as const };
  const isPublic = publicHost !== undefined && port !== 0;
  const node = isPublic
    ? (HyperDhtNode.bootstrapper(port, publicHost, publicly) as HyperDhtNode)
    : new HyperDhtNode({ ...options, ...at, ...firewalled });
  try {
    await node.bind();
    return node;
  } catch (error) {
    await node.destroy({ force: true });
    throw error;
  }
}

/** Where others see the port that stays, if the router gives ports as they are. */
export function stayingAt(node: HyperDhtNode): Endpoint | undefined {
  const { clientSocket, serverSocket } = node.io;
  if (node.host === null || clientSocket === null || serverSocket === null) return undefined;
  const { port } = node.firewalled ? clientSocket.address() : serverSocket.address();
  return node.port === port ? { host: node.host, port: serverSocket.address().port } : undefined;
}

export function boundAt(node: HyperDhtNode): Endpoint | undefined {
  const address = node.io.serverSocket?.address();
  return address === undefined ? undefined : { host: address.host, port: address.port };
}

/** Shorter than anything that is read. */
const KNOCK = Uint8Array.of(0);

const createSecretStream: CreateSecretStream = (isInitiator, raw, options) =>
  new MessageStream(isInitiator, raw, options);

const createHandshake: CreateHandshake = (keyPair, remotePublicKey) => {
  const wrap = new NoiseWrap(keyPair, remotePublicKey);
  if (keyPair instanceof StaticKeys) keyPair.speedUp(wrap.handshake);
  return wrap;
};

/** What connections and their handshakes are made of. */
const OF_OURS = { createSecretStream, createHandshake };

const ignore = (): void => undefined;
