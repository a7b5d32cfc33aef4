/** Of `hyperdht` 6.34, without a public name. */
declare module 'hyperdht/lib/noise-wrap.js' {
  import type { KeyPair, NoiseHandshake } from '@hyperswarm/secret-stream';

  /** A handshake, of which messages go by way of nodes. */
  export default class NoiseWrap {
    readonly handshake: NoiseHandshake;
    /** `remotePublicKey`: of who is dialled; null for who listens. */
    constructor(keyPair: KeyPair, remotePublicKey: Uint8Array | null);
  }
}

/** Of `hyperdht` 6.34 and `udx-native` below it, which have no types: what this folder uses. */
declare module 'hyperdht' {
  import type NoiseWrap from 'hyperdht/lib/noise-wrap.js';
  import type SecretStream from '@hyperswarm/secret-stream';
  import type { KeyPair, RawStream, SecretStreamOptions } from '@hyperswarm/secret-stream';

  export interface Address {
    readonly host: string;
    readonly port: number;
  }

  /** A stream over UDP. */
  export interface UdxStream extends RawStream {
    readonly remoteHost: string | null;
    readonly remotePort: number;
    readonly bytesReceived: number;
    /** Of its streams' library, without a public name: bytes that were taken and not yet handed on. */
    readonly _writableState: { readonly buffered: number };
  }

  export interface UdxSocket {
    address(): Address;
    trySend(datagram: Uint8Array, port: number, host: string): void;
  }

  export type CreateHandshake = (keyPair: KeyPair, remotePublicKey: Uint8Array | null) => NoiseWrap;

  export type CreateSecretStream = (
    isInitiator: boolean,
    raw: RawStream | null,
    options: SecretStreamOptions,
  ) => SecretStream;

  export interface DhtOptions {
    readonly port?: number | readonly [number, number];
    readonly host?: string;
    /** Without it the makers' nodes are asked. */
    readonly bootstrap: readonly Address[];
    readonly nodes?: readonly Address[];
    readonly keyPair: KeyPair;
    readonly firewalled?: boolean;
    readonly ephemeral?: boolean;
    readonly anyPort?: boolean;
    readonly connectionKeepAlive?: number;
  }

  export interface ConnectOptions {
    readonly keyPair?: KeyPair;
    readonly relayAddresses?: readonly Address[];
    readonly relayThrough?: Uint8Array;
    readonly reusableSocket?: boolean;
    readonly createSecretStream?: CreateSecretStream;
    readonly createHandshake?: CreateHandshake;
  }

  export interface ServerOptions {
    /** True refuses. */
    firewall(remotePublicKey: Uint8Array): boolean;
    readonly createSecretStream: CreateSecretStream;
    readonly createHandshake?: CreateHandshake;
    readonly handshakeClearWait?: number;
  }

  export interface Server {
    on(event: 'connection', run: (stream: SecretStream) => void): this;
    listen(keyPair: KeyPair): Promise<void>;
    /** Nodes that introduce others to it; none: it is found by nobody's help. */
    readonly relayAddresses: readonly Address[];
    /** Announces anew. */
    refresh(): void;
    close(): Promise<void>;
  }

  export interface Query {
    finished(): Promise<void>;
    destroy(): void;
  }

  export interface LookupQuery extends Query, AsyncIterable<LookupReply> {}

  export interface LookupReply {
    readonly peers: readonly {
      readonly publicKey: Uint8Array;
      readonly relayAddresses: readonly Address[];
    }[];
  }

  export default class HyperDHT {
    readonly bootstrapNodes: readonly Address[];
    readonly nodes: { readonly length: number };
    readonly firewalled: boolean;
    readonly ephemeral: boolean;
    readonly online: boolean;
    /** As others see it; null and 0 as long as that is not known, or differs. */
    readonly host: string | null;
    readonly port: number;
    /** Without a public name: the one asks and is asked for translation, the other has the port of the options. */
    readonly io: {
      readonly clientSocket: UdxSocket | null;
      readonly serverSocket: UdxSocket | null;
    };
    /** Without a public name: sockets by which a device was reached before. */
    readonly _socketPool: object;
    constructor(options: DhtOptions);
    /** A node that is reachable at that IPv4 address and knows it. */
    static bootstrapper(port: number, host: string, options: DhtOptions): HyperDHT;
    on(event: string, run: () => void): this;
    bind(): Promise<void>;
    toArray(options?: { readonly limit: number }): readonly Address[];
    addNode(node: Address): void;
    connect(key: Uint8Array, options?: ConnectOptions): SecretStream;
    createServer(options: ServerOptions): Server;
    createRawStream(options: object): UdxStream;
    refresh(): void;
    lookup(topic: Uint8Array): LookupQuery;
    /** Tells the nodes near the topic that this key is to be found there; they keep it for some 20 minutes. */
    announce(topic: Uint8Array, keyPair: KeyPair, relayAddresses: readonly Address[]): Query;
    unannounce(topic: Uint8Array, keyPair: KeyPair): Promise<void>;
    destroy(options?: { readonly force: boolean }): Promise<void>;
  }
}
