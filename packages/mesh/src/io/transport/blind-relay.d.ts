/** Of `blind-relay` 1.6, which has no types: what this folder uses. */
declare module 'blind-relay' {
  import type SecretStream from '@hyperswarm/secret-stream';
  import type { UdxStream } from 'hyperdht';

  export interface Session {
    on(
      event: 'pair',
      run: (isInitiator: boolean, token: Uint8Array, stream: UdxStream) => void,
    ): this;
    on(event: 'close', run: () => void): this;
    on(event: 'error', run: (error: Error) => void): this;
    destroy(): void;
  }

  export class Server {
    readonly stats: { readonly pairings: { readonly pending: number } };
    constructor(options: { createStream(options: object): UdxStream });
    accept(stream: SecretStream, options: { readonly id: Uint8Array }): Session;
    close(): Promise<void>;
  }

  const relay: { readonly Server: typeof Server };
  export default relay;
}
