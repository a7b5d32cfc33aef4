/** Carriers over TCP: to addresses that are known of a device, and from who comes to our port. */
import type { Clock, DeviceKey, LinkPath } from '@coequal/base';
import type { AddressBook, Carrier, KnownAddress, Transport, TransportHost } from '../carrier.ts';
import { ChannelCarrier } from './channel-carrier.ts';
import { raceDials } from './dial-race.ts';
import { dialChannel } from './tcp-dial.ts';
import type { Dialling } from './tcp-dial.ts';
import type { SecretChannel } from './secret-channel.ts';
import type { TcpDoor } from './tcp-door.ts';

/** Addresses of a device that one dial tries: some of each network it is in. */
const ADDRESSES_TRIED_MAX = 8;

/** From one device at a time: two lanes, each on its old way and on its new one, and the same again after sleep. */
const CARRIERS_OF_DEVICE_MAX = 8;

/** Coming in, from all devices together. */
const CARRIERS_MAX = 1_000;

const FIRST: Readonly<Record<KnownAddress['source'], number>> = {
  lan: 0,
  manual: 1,
  seen: 2,
  told: 3,
};

export interface TcpTransportOptions extends Dialling {
  readonly host: TransportHost;
  readonly book: AddressBook;
  /** Whether an address is of this computer or of a network around it. */
  isNear(host: string): boolean;
  /** Where others come in; without it this device dials alone. It stays its owner's. */
  readonly door?: TcpDoor | undefined;
}

export class TcpTransport implements Transport {
  readonly name = 'tcp';
  readonly #options: TcpTransportOptions;
  readonly #carriers = new Set<ChannelCarrier>();
  readonly #incoming = new Map<DeviceKey, number>();
  readonly #clock: Clock;
  readonly #leave: (() => void) | undefined;
  readonly #ended = new AbortController();

  constructor(options: TcpTransportOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.#leave = options.door?.serve(['link'], {
      admits: (key) => this.#hasRoomFor(key) && options.host.admits(key),
      onChannel: (channel) => this.#welcome(channel),
    });
  }

  async dial(to: DeviceKey, signal: AbortSignal): Promise<Carrier> {
    const known = this.#options.book.addressesOf(to).filter(({ kind }) => kind === 'tcp');
    const addresses = known
      .toSorted((a, b) => FIRST[a.source] - FIRST[b.source])
      .slice(0, ADDRESSES_TRIED_MAX);
    const either = AbortSignal.any([signal, this.#ended.signal]);
    const channel = await raceDials(
      addresses,
      async (at, way) => await dialChannel(to, at, { type: 'link' }, this.#options, way),
      (late) => late.close(),
      this.#clock,
      either,
    );
    return this.#carrierOf(channel, () => undefined);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort(new DOMException('the transport was closed', 'AbortError'));
    this.#leave?.();
    for (const carrier of this.#carriers) carrier.close();
    return Promise.resolve();
  }

  #hasRoomFor(key: DeviceKey): boolean {
    let count = 0;
    for (const each of this.#incoming.values()) count += each;
    return count < CARRIERS_MAX && (this.#incoming.get(key) ?? 0) < CARRIERS_OF_DEVICE_MAX;
  }

  #welcome(channel: SecretChannel): void {
    const { remote } = channel;
    this.#incoming.set(remote, (this.#incoming.get(remote) ?? 0) + 1);
    const carrier = this.#carrierOf(channel, () => {
      const left = (this.#incoming.get(remote) ?? 1) - 1;
      if (left === 0) this.#incoming.delete(remote);
      else this.#incoming.set(remote, left);
    });
    this.#options.host.onCarrier(carrier);
  }

  #carrierOf(channel: SecretChannel, onEnd: () => void): ChannelCarrier {
    const host = channel.remoteEndpoint?.host;
    const isNear = host !== undefined && this.#options.isNear(host);
    const path: LinkPath = { type: isNear ? 'lan' : 'direct' };
    const carrier = new ChannelCarrier(channel, path);
    this.#carriers.add(carrier);
    channel.onEnd = () => {
      this.#carriers.delete(carrier);
      onEnd();
    };
    return carrier;
  }
}
