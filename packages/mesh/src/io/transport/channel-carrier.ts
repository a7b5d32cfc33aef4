/** A Carrier over a channel; over UDX its way can change while it is open. */
import type { DeviceKey, Endpoint, LinkPath } from '@coequal/base';
import type { Carrier } from '../carrier.ts';
import type { SecretChannel } from './secret-channel.ts';

export class ChannelCarrier implements Carrier {
  readonly remote: DeviceKey;
  readonly isDialler: boolean;
  onPath: (() => void) | undefined;
  readonly #channel: SecretChannel;
  #path: LinkPath;

  constructor(channel: SecretChannel, path: LinkPath) {
    this.remote = channel.remote;
    this.isDialler = channel.isDialler;
    this.#path = path;
    this.#channel = channel;
  }

  get path(): LinkPath {
    return this.#path;
  }

  /** It goes another way from now on. */
  moveTo(path: LinkPath): void {
    this.#path = path;
    this.onPath?.();
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
