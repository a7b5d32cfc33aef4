/** Of `@hyperswarm/secret-stream` 6.9, which has no types: what this folder uses. */
declare module '@hyperswarm/secret-stream' {
  export interface KeyPair {
    readonly publicKey: Uint8Array;
    /** The seed, and after it the public key, as libsodium has it. */
    readonly secretKey: Uint8Array;
  }

  /** Of `noise-handshake`, by which both this library and HyperDHT prove keys. */
  export interface NoiseHandshake {
    /** `dh` is the multiplication of a public key. */
    curve: { dh(publicKey: Uint8Array, keyPair: KeyPair): Uint8Array };
    /** The own static keys, and the other side's as soon as it is known. */
    readonly s: KeyPair;
    readonly rs: Uint8Array | null;
  }

  /** What carries its bytes. Of a Duplex it uses no more than this. */
  export interface RawStream {
    on(event: string, run: (value: never) => void): unknown;
    write(bytes: Uint8Array): boolean;
    end(): unknown;
    pause(): unknown;
    resume(): unknown;
    destroy(error?: Error | null): unknown;
  }

  export interface SecretStreamOptions {
    readonly pattern?: 'IK';
    readonly keyPair?: KeyPair;
    readonly remotePublicKey?: Uint8Array;
    readonly keepAlive?: number;
  }

  export default class SecretStream {
    readonly isInitiator: boolean;
    readonly remotePublicKey: Uint8Array | null;
    readonly rawStream: RawStream | null;
    readonly connected: boolean;
    readonly destroying: boolean;
    /** False when it came to nothing; it never rejects. */
    readonly opened: Promise<boolean>;
    constructor(isInitiator: boolean, raw: RawStream | null, options: SecretStreamOptions);
    on(event: 'connect' | 'close', run: () => void): this;
    on(event: 'error', run: (error: Error) => void): this;
    on(event: 'message', run: (message: Uint8Array) => void): this;
    /** A datagram beside the stream, which may be lost. Resolves when it has left. */
    send(message: Uint8Array): Promise<unknown> | undefined;
    setKeepAlive(ms: number): void;
    setTimeout(ms: number): void;
    /** Room for a message, which the next write then encrypts in place. */
    alloc(length: number): Uint8Array;
    write(bytes: Uint8Array): boolean;
    destroy(error?: Error): void;
    /** What `alloc` made room for last, alone and with all that goes around it, until it is written. */
    protected _outgoingPlain: Uint8Array | null;
    protected _outgoingWrapped: Uint8Array | null;
    /** The message that is put together, null between two. */
    protected _message: Uint8Array | null;
    /** Null before it has begun, and when it has ended. */
    protected readonly _handshake: { readonly noise: NoiseHandshake } | null;
    protected _onkeypair(keyPair: KeyPair): void;
    protected push(bytes: Uint8Array | null): boolean;
    protected _onrawdata(bytes: Uint8Array): void;
    protected _write(bytes: Uint8Array, done: (error: Error | null) => void): void;
  }
}
