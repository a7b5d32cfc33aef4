/** A Carrier over a channel whose way does not change. */
import type { DeviceKey, Endpoint, LinkPath } from '@coequal/base';
import type { Carrier } from '../carrier.ts';
import type { SecretChannel } from './secret-channel.ts';

export class ChannelCarrier implements Carrier {
  readonly remote: DeviceKey;
  readonly isDialler: boolean;
  readonly path: LinkPath;
  readonly remoteEndpoint: Endpoint | undefined;
  /** Never called: the way stays. */
  onPath: (() => void) | undefined;
  readonly #channel: SecretChannel;

  constructor(channel: SecretChannel, path: LinkPath) {
    this.remote = channel.remote;
    this.isDialler = channel.isDialler;
    this.path = path;
    this.remoteEndpoint = path.type === 'relayed' ? undefined : channel.remoteEndpoint;
    this.#channel = channel;
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
