/**
 * Carriers through a third device that listens on TCP, for where UDP is blocked and where two routers let nothing
 * else through. This device waits at helpers of its own, and calls others at theirs.
 */
import { assert, LocalFault, PeerFault, sleep, TaskGroup } from '@coequal/base';
import type { DeviceKey, Endpoint, Millis, Random } from '@coequal/base';
import { deviceKeyBytes, isAbort } from '@coequal/base';
import { callKeyOf, callPassOf, callTokenOf } from '../../core/contacts/call-token.ts';
import { HELPERS_TOLD_MAX, tokenBytes } from '../../core/contacts/helper-places.ts';
import type { HelperPlace } from '../../core/contacts/helper-places.ts';
import type { InvitationHelper } from '../../core/invite/invitation-helpers.ts';
import type { AddressBook, Carrier, Transport, TransportHost } from '../carrier.ts';
import { ChannelCarrier } from './channel-carrier.ts';
import { ConnStream } from './conn-stream.ts';
import { raceDials } from './dial-race.ts';
import { encodeGreeting } from './greeting.ts';
import type { Greeting } from './greeting.ts';
import { decodeRelayMessage } from './relay-messages.ts';
import { RelayedConn } from './relayed-conn.ts';
import { CHANNEL_TIMING, SecretChannel } from './secret-channel.ts';
import type { Role } from './secret-channel.ts';
import { MessageStream } from './secret-stream.ts';
import { dialChannel, dialFault } from './tcp-dial.ts';
import type { Dialling } from './tcp-dial.ts';

/** Helpers at which this device waits: one may go, and another. */
const WAITED_AT_MAX = HELPERS_TOLD_MAX;

/** Helpers by which one dial tries to reach a device. */
const HELPERS_TRIED_MAX = 4;

/** Addresses of a helper that are tried. */
const ADDRESSES_TRIED_MAX = 4;

/** Calls that helpers told of and are being answered, at a time. */
const ANSWERS_MAX = 16;

/** From one device at a time, as over TCP. */
const CARRIERS_OF_DEVICE_MAX = 8;

/** Before a helper that went or refused is asked again: doubled each time. */
const RETRY_MIN_MS: Millis = 1_000;
const RETRY_MAX_MS: Millis = 300_000;

export interface RelayTransportOptions extends Dialling {
  readonly host: TransportHost;
  /** Where helpers are, too. */
  readonly book: AddressBook;
  readonly random: Random;
  /** At which this device waits, the preferred first; none: it calls alone. */
  ownHelpers(): readonly DeviceKey[];
  /** At which a device may wait, the preferred first. */
  helpersOf(device: DeviceKey): readonly HelperPlace[];
}

type Place = Pick<HelperPlace, 'helper' | 'addresses'>;

/** Whether this device is called at a helper. */
interface Wait {
  readonly abort: AbortController;
  isWelcome: boolean;
}

export class RelayTransport implements Transport {
  readonly name = 'relay';
  /** Called when the helpers at which this device waits are others than before. */
  onWaiting: (() => void) | undefined;
  readonly #options: RelayTransportOptions;
  readonly #waits = new Map<DeviceKey, Wait>();
  /** Where this device was welcome, the last one last: contacts are told of them also while one is away. */
  readonly #places = new Map<DeviceKey, Endpoint | undefined>();
  readonly #carriers = new Set<ChannelCarrier>();
  readonly #incoming = new Map<DeviceKey, number>();
  #answers = 0;
  readonly #tasks = new TaskGroup((error) => {
    throw error; // a bug: what others can cause is handled
  });

  constructor(options: RelayTransportOptions) {
    this.#options = options;
    this.refresh();
  }

  /** Where others can call this device now. */
  get waitingAt(): readonly DeviceKey[] {
    return [...this.#waits].flatMap(([key, { isWelcome }]) => (isWelcome ? [key] : []));
  }

  /** Where that device can call this one, and by what. */
  placesFor(caller: DeviceKey): readonly HelperPlace[] {
    return this.#placesOf((callKey) => ({ token: callTokenOf(callKey, caller) }));
  }

  /** Where whoever has an invitation can, which ends then (seconds since 1970). */
  passesUntil(until: number): readonly InvitationHelper[] {
    return this.#placesOf((callKey) => ({ pass: callPassOf(callKey, until) }));
  }

  /** The last one first. */
  #placesOf<Key>(keyOf: (callKey: Uint8Array) => Key): (Key & Place)[] {
    const { keys, book } = this.#options;
    return [...this.#places].toReversed().map(([helper, at]) => {
      const known = book.addressesOf(helper).filter(({ kind }) => kind === 'tcp');
      const others = known.filter(({ host, port }) => host !== at?.host || port !== at.port);
      const all = [...(at === undefined ? [] : [at]), ...others];
      const addresses = all.map(({ host, port }) => ({ kind: 'tcp', host, port }) as const);
      return { ...keyOf(callKeyOf(keys.callSecret, helper)), helper, addresses };
    });
  }

  /** Helpers or their addresses have changed: who was not there is asked at once. */
  refresh(): void {
    const wanted = new Set(this.#options.ownHelpers().slice(0, WAITED_AT_MAX));
    for (const [helper, wait] of this.#waits) {
      if (wanted.has(helper) && wait.isWelcome) continue;
      this.#waits.delete(helper);
      wait.abort.abort(new DOMException('another helper, or a new try', 'AbortError'));
    }
    for (const helper of wanted) if (!this.#waits.has(helper)) this.#startWaiting(helper);
  }

  /** Addresses of this computer have come or gone: what this device waits on may lead nowhere, and nobody says so. */
  networkChanged(): void {
    for (const wait of this.#waits.values()) wait.isWelcome = false;
    this.refresh();
  }

  async dial(to: DeviceKey, signal: AbortSignal): Promise<Carrier> {
    const own = this.#options.keys.device;
    const helpers = this.#options
      .helpersOf(to)
      .filter(({ helper }) => helper !== to && helper !== own)
      .slice(0, HELPERS_TRIED_MAX);
    return await raceDials(
      helpers,
      async (place, each) => await this.#dialBy(place, to, each),
      (late) => late.close(),
      this.#options.clock,
      AbortSignal.any([signal, this.#tasks.signal]),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const carrier of this.#carriers) carrier.close();
    await this.#tasks[Symbol.asyncDispose]();
  }

  async #dialBy(place: HelperPlace, to: DeviceKey, signal: AbortSignal): Promise<ChannelCarrier> {
    const { helper } = place;
    const greeting = encodeGreeting({ type: 'link' });
    const role = { type: 'dialler', greeting, awaitsAnswer: true } as const;
    try {
      const call = { type: 'call', to, token: tokenBytes(place), until: place.until } as const;
      const conn = await this.#join(place, call, signal);
      return this.#carrierOf(await this.#openInner(conn, role, to, signal), helper);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof LocalFault && error.code === 'RELAY_ENDED')
        throw new LocalFault('DIAL_FAILED', error.details, { cause: error });
      throw dialFault(error, { host: '', port: 0 });
    }
  }

  /** A way through a helper, once it has joined both sides. */
  async #join(place: Place, greeting: Greeting, signal: AbortSignal): Promise<RelayedConn> {
    const channel = await this.#reach(place, greeting, signal);
    const onAbort = (): void => channel.close();
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      return await RelayedConn.join(channel);
    } finally {
      signal.removeEventListener('abort', onAbort);
      if (signal.aborted) channel.close();
    }
  }

  async #openInner(
    conn: RelayedConn,
    role: Role,
    remote: DeviceKey | undefined,
    signal: AbortSignal,
  ): Promise<SecretChannel> {
    const { keys, clock, timing = CHANNEL_TIMING } = this.#options;
    const under = new ConnStream(conn);
    const options = {
      pattern: 'IK',
      keyPair: keys.pair,
      ...(remote === undefined ? {} : { remotePublicKey: deviceKeyBytes(remote) }),
    } as const;
    const stream = new MessageStream(role.type === 'dialler', under, options, under.room);
    const opened = await SecretChannel.open(stream, under, role, clock, timing, signal);
    assert(opened !== undefined, 'nothing takes what was joined');
    return opened.channel;
  }

  async #reach(place: Place, greeting: Greeting, signal: AbortSignal): Promise<SecretChannel> {
    const { helper, addresses: told } = place;
    const known = [...told, ...this.#options.book.addressesOf(helper)];
    const addresses = distinct(known.filter(({ kind }) => kind === 'tcp'));
    return await raceDials(
      addresses.slice(0, ADDRESSES_TRIED_MAX),
      async (at, each) => await dialChannel(helper, at, greeting, this.#options, each),
      (late) => late.close(),
      this.#options.clock,
      signal,
    );
  }

  #startWaiting(helper: DeviceKey): void {
    const wait: Wait = { abort: new AbortController(), isWelcome: false };
    this.#waits.set(helper, wait);
    this.#tasks.run(async (signal) => {
      const either = AbortSignal.any([signal, wait.abort.signal]);
      let retryMs = RETRY_MIN_MS;
      try {
        while (!either.aborted) {
          if (await this.#wait(helper, wait, either)) retryMs = RETRY_MIN_MS;
          const jitter = 1 + this.#options.random.number() / 2;
          await sleep(this.#options.clock, retryMs * jitter, either);
          retryMs = Math.min(retryMs * 2, RETRY_MAX_MS);
        }
      } catch (error) {
        if (!isAbort(error, either)) throw error;
      }
    });
  }

  /** Until the helper is gone; whether it was there. */
  async #wait(helper: DeviceKey, wait: Wait, signal: AbortSignal): Promise<boolean> {
    let channel: SecretChannel;
    try {
      const callKey = callKeyOf(this.#options.keys.callSecret, helper);
      channel = await this.#reach({ helper, addresses: [] }, { type: 'wait', callKey }, signal);
    } catch (error) {
      if (error instanceof LocalFault) return false;
      throw error;
    }
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    const onAbort = (): void => channel.close();
    signal.addEventListener('abort', onAbort, { once: true });
    channel.start(
      (message) => this.#takeWaiting(helper, channel, wait, message),
      () => resolve(),
    );
    if (signal.aborted) channel.close();
    await closed;
    signal.removeEventListener('abort', onAbort);
    const wasWelcome = wait.isWelcome;
    wait.isWelcome = false;
    if (wasWelcome) this.onWaiting?.();
    return wasWelcome;
  }

  #takeWaiting(helper: DeviceKey, channel: SecretChannel, wait: Wait, bytes: Uint8Array): void {
    try {
      const message = decodeRelayMessage(bytes);
      switch (message.type) {
        case 'welcome':
          wait.isWelcome = true;
          this.#notePlace(helper, channel.remoteEndpoint);
          this.onWaiting?.();
          return;
        case 'ring':
          this.#answer(helper, message.from, message.ticket);
          return;
        case 'ended':
          channel.close(new LocalFault('RELAY_ENDED', { reason: message.reason }));
          return;
        case 'data':
        case 'joined':
          throw new PeerFault('UNEXPECTED_RELAY_MESSAGE', { type: message.type });
      }
    } catch (error) {
      if (!(error instanceof PeerFault)) throw error;
      channel.close(error);
    }
  }

  #notePlace(helper: DeviceKey, at: Endpoint | undefined): void {
    this.#places.delete(helper);
    this.#places.set(helper, at);
    const [oldest] = this.#places.keys();
    if (this.#places.size > WAITED_AT_MAX && oldest !== undefined) this.#places.delete(oldest);
  }

  #answer(helper: DeviceKey, from: DeviceKey, ticket: Uint8Array): void {
    if (this.#answers >= ANSWERS_MAX || !this.#admits(from)) return;
    this.#answers += 1;
    this.#tasks.run(async (signal) => {
      try {
        const place = { helper, addresses: [] };
        const conn = await this.#join(place, { type: 'answer', ticket }, signal);
        const admits = (key: DeviceKey): boolean => key === from && this.#admits(key);
        const role = { type: 'listener', admits, answers: true } as const;
        this.#welcome(await this.#openInner(conn, role, undefined, signal), helper);
      } catch (error) {
        const isFault = error instanceof PeerFault || error instanceof LocalFault;
        if (!isFault && !isAbort(error, signal)) throw error;
      } finally {
        this.#answers -= 1;
      }
    });
  }

  #admits(key: DeviceKey): boolean {
    const isBelow = (this.#incoming.get(key) ?? 0) < CARRIERS_OF_DEVICE_MAX;
    return isBelow && this.#options.host.admits(key);
  }

  #welcome(channel: SecretChannel, helper: DeviceKey): void {
    const { remote } = channel;
    this.#incoming.set(remote, (this.#incoming.get(remote) ?? 0) + 1);
    const carrier = this.#carrierOf(channel, helper, () => {
      const left = (this.#incoming.get(remote) ?? 1) - 1;
      if (left === 0) this.#incoming.delete(remote);
      else this.#incoming.set(remote, left);
    });
    this.#options.host.onCarrier(carrier);
  }

  #carrierOf(channel: SecretChannel, by: DeviceKey, onEnd?: () => void): ChannelCarrier {
    const carrier = new ChannelCarrier(channel, { type: 'relayed', by });
    this.#carriers.add(carrier);
    channel.onEnd = () => {
      this.#carriers.delete(carrier);
      onEnd?.();
    };
    return carrier;
  }
}

function distinct<At extends Endpoint>(addresses: readonly At[]): readonly At[] {
  return [...new Map(addresses.map((at) => [`${at.host} ${at.port}`, at])).values()];
}
