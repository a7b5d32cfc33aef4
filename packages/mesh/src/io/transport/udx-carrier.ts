/** A Carrier over UDX, whose way can change while it is open. */
import type { DeviceKey, Endpoint, LinkPath } from '@coequal/base';
import type { Carrier } from '../carrier.ts';
import type { SecretChannel } from './secret-channel.ts';
import type { UdxUnder } from './udx-under.ts';

export class UdxCarrier implements Carrier {
  readonly remote: DeviceKey;
  readonly isDialler: boolean;
  onPath: (() => void) | undefined;
  readonly #channel: SecretChannel;
  readonly #findPath: () => LinkPath;
  #path: LinkPath;

  constructor(channel: SecretChannel, under: UdxUnder, findPath: () => LinkPath) {
    this.remote = channel.remote;
    this.isDialler = channel.isDialler;
    this.#channel = channel;
    this.#findPath = findPath;
    this.#path = findPath();
    under.onPath = () => {
      this.#path = this.#findPath();
      this.onPath?.();
    };
  }

  get path(): LinkPath {
    return this.#path;
  }

  get remoteEndpoint(): Endpoint | undefined {
    return this.#path.type === 'relayed' ? undefined : this.#channel.remoteEndpoint;
  }

  get queuedBytes(): number {
    return this.#channel.queuedBytes;
  }

  get onDrain(): (() => void) | undefined {
    return this.#channel.onDrain;
  }

  set onDrain(run: (() => void) | undefined) {
    this.#channel.onDrain = run;
  }

  start(onMessage: (message: Uint8Array) => void, onClose: (why?: Error) => void): void {
    this.#channel.start(onMessage, onClose);
  }

  pause(): void {
    this.#channel.pause();
  }

  resume(): void {
    this.#channel.resume();
  }

  send(parts: readonly Uint8Array[]): boolean {
    return this.#channel.send(parts);
  }

  close(why?: Error): void {
    this.#channel.close(why);
  }
}
