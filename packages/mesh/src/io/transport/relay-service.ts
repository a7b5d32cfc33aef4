/**
 * A relay for others, at our TCP port: who cannot be dialled waits here, who wants to reach them calls, and both are
 * joined. What goes through is encrypted between the two: this side sees who and how much, never what.
 */
import { assert, equalSecrets } from '@coequal/base';
import type { Cancel, Clock, DeviceKey, Millis, Random } from '@coequal/base';
import { formatHex } from '@coequal/base';
import { callPassOf, callTokenOf } from '../../core/contacts/call-token.ts';
import { TICKET_LENGTH } from './greeting.ts';
import type { Admission } from '../links/link-limits.ts';
import type { Greeting } from './greeting.ts';
import { encodeRelayMessage } from './relay-messages.ts';
import type { EndReason } from './relay-messages.ts';
import { RelayPair } from './relay-pair.ts';
import { DEFAULT_RELAY_QUOTAS, RelayLedger } from './relay-quotas.ts';
import type { RelayQuotas } from './relay-quotas.ts';
import type { SecretChannel } from './secret-channel.ts';
import type { TcpDoor } from './tcp-door.ts';

/** Devices that wait to be called here, one channel each. */
const WAITERS_MAX = 200;

/** Joined pairs: each may hold, both ways, 128 KiB and what one read brings, 256 KiB, so all together 96 MiB. */
const PAIRS_MAX = 128;

/** Of them one device's: two lanes to each of a dozen others, for one that has no other way to any of them. */
const PAIRS_OF_DEVICE_MAX = 24;

/** Calls and pairs of those who are let through by a token: half of all stays for who is known here. */
const STRANGERS_MAX = 64;

/** Of them calls and pairs of those who have an invitation: whoever finds a link can have more keys. */
const INVITED_MAX = 8;

/** Calls that nobody has taken yet, */
const CALLS_MAX = 128;

/** and one device's: who comes back calls all its contacts. */
const CALLS_OF_DEVICE_MAX = 16;

/** The waiting side dials back at once, or not at all. */
const CALL_TIMEOUT_MS: Millis = 5_000;

/** For who is refused to hear why. */
const FAREWELL_MS: Millis = 2_000;

export interface RelayServiceOptions {
  readonly door: TcpDoor;
  /** Contacts wait and call, strangers call by a token of who is called, and who is refused is not helped at all. */
  readonly host: Admission;
  readonly clock: Clock;
  readonly random: Random;
  readonly quotas?: RelayQuotas;
}

interface Waiter {
  readonly channel: SecretChannel;
  readonly callKey: Uint8Array;
}

interface Call {
  readonly caller: SecretChannel;
  readonly to: DeviceKey;
  readonly cancel: Cancel;
}

/** What is joined to what, or waits for it. */
type Place =
  | { readonly type: 'waiting' }
  | { readonly type: 'calling'; readonly ticket: string }
  | { readonly type: 'joined'; readonly pair: RelayPair }
  | { readonly type: 'leaving'; readonly cancel: Cancel };

export class RelayService implements Disposable {
  readonly stats = { calls: 0, joined: 0, refused: 0 };
  readonly #options: RelayServiceOptions;
  readonly #ledger: RelayLedger;
  readonly #places = new Map<SecretChannel, Place>();
  /** Of those the ones that were let in by an invitation. */
  readonly #invited = new Set<SecretChannel>();
  readonly #waiting = new Map<DeviceKey, Waiter>();
  readonly #calls = new Map<string, Call>();
  readonly #pairs = new Set<RelayPair>();
  readonly #leave: Cancel;

  constructor(options: RelayServiceOptions) {
    this.#options = options;
    this.#ledger = new RelayLedger(options.quotas ?? DEFAULT_RELAY_QUOTAS, options.clock);
    this.#leave = options.door.serve(['wait', 'call', 'answer'], {
      admits: (key) => this.#admits(key),
      onChannel: (channel, greeting) => this.#welcome(channel, greeting),
    });
  }

  get waiterCount(): number {
    return this.#waiting.size;
  }

  get pairCount(): number {
    return this.#pairs.size;
  }

  /** Carried today, for all. */
  get usedBytes(): number {
    return this.#ledger.usedByAll;
  }

  [Symbol.dispose](): void {
    this.#leave();
    for (const pair of this.#pairs) pair.cut();
    for (const { cancel } of this.#calls.values()) cancel();
    for (const channel of this.#places.keys()) channel.close();
  }

  /** A stranger's greeting is read while somebody waits whom it may have been told of. */
  #admits(key: DeviceKey): boolean {
    const level = this.#options.host.levelOf(key);
    return level === 'contact' || (level === 'stranger' && this.#hasRoomForStrangers());
  }

  /** What a token lets a stranger call; nothing is kept of one who shows none. */
  #isLetIn(key: DeviceKey, greeting: Greeting): boolean {
    if (this.#isContact(key)) return true;
    return this.#admits(key) && greeting.type === 'call' && this.#isToken(key, greeting);
  }

  #isContact(key: DeviceKey): boolean {
    return this.#options.host.levelOf(key) === 'contact';
  }

  #isToken(from: DeviceKey, { to, token, until }: Extract<Greeting, { type: 'call' }>): boolean {
    const waiter = this.#waiting.get(to);
    if (waiter === undefined) return false;
    if (until === undefined) return equalSecrets(token, callTokenOf(waiter.callKey, from));
    if (until * 1_000 <= this.#options.clock.epochNow() || this.#invited.size >= INVITED_MAX)
      return false;
    return equalSecrets(token, callTokenOf(callPassOf(waiter.callKey, until), from));
  }

  #hasRoomForStrangers(): boolean {
    let count = 0;
    for (const { remote } of this.#places.keys()) if (!this.#isContact(remote)) count += 1;
    return this.#waiting.size > 0 && count < STRANGERS_MAX;
  }

  #welcome(channel: SecretChannel, greeting: Greeting): void {
    if (!this.#isLetIn(channel.remote, greeting)) {
      channel.start(ignore, ignore);
      channel.close();
      this.stats.refused += 1;
      return;
    }
    channel.start(
      (message) => this.#take(channel, message),
      () => this.#closed(channel),
    );
    const isInvited = greeting.type === 'call' && greeting.until !== undefined;
    if (isInvited && !this.#isContact(channel.remote)) this.#invited.add(channel);
    switch (greeting.type) {
      case 'wait':
        return this.#wait(channel, greeting.callKey);
      case 'call':
        return this.#call(channel, greeting.to);
      case 'answer':
        return this.#answer(channel, formatHex(greeting.ticket));
      case 'link':
      case 'meet':
        assert(false, 'the door gives a relay what it serves');
    }
  }

  #wait(channel: SecretChannel, callKey: Uint8Array): void {
    const { remote } = channel;
    const before = this.#waiting.get(remote);
    if (before === undefined && this.#waiting.size >= WAITERS_MAX)
      return this.#refuse(channel, 'full');
    before?.channel.close(); // a new way of the same device
    this.#waiting.set(remote, { channel, callKey });
    this.#places.set(channel, { type: 'waiting' });
    channel.send([encodeRelayMessage({ type: 'welcome' })]);
  }

  #call(caller: SecretChannel, to: DeviceKey): void {
    this.stats.calls += 1;
    const from = caller.remote;
    const waiter = this.#waiting.get(to);
    const why = this.#whyNot(from, to);
    if (waiter === undefined || why !== undefined) return this.#refuse(caller, why ?? 'not-here');
    const { clock, random } = this.#options;
    const ticketBytes = random.bytes(TICKET_LENGTH);
    const ticket = formatHex(ticketBytes);
    const cancel = clock.at(clock.now() + CALL_TIMEOUT_MS, () => {
      this.#calls.delete(ticket);
      this.#refuse(caller, 'not-here');
    });
    this.#calls.set(ticket, { caller, to, cancel });
    this.#places.set(caller, { type: 'calling', ticket });
    waiter.channel.send([encodeRelayMessage({ type: 'ring', from, ticket: ticketBytes })]);
  }

  #whyNot(from: DeviceKey, to: DeviceKey): EndReason | undefined {
    if (from === to) return 'refused';
    const calls = [...this.#calls.values()].filter(({ caller }) => caller.remote === from).length;
    if (this.#calls.size >= CALLS_MAX || calls >= CALLS_OF_DEVICE_MAX) return 'full';
    if (this.#pairs.size >= PAIRS_MAX) return 'full';
    for (const user of [from, to]) {
      if (!this.#ledger.hasLeft(user)) return 'quota';
      const pairs = [...this.#pairs].filter(({ users }) => users.includes(user)).length;
      if (pairs >= PAIRS_OF_DEVICE_MAX) return 'full';
    }
    return undefined;
  }

  #answer(channel: SecretChannel, ticket: string): void {
    const call = this.#calls.get(ticket);
    if (call?.to !== channel.remote) return this.#refuse(channel, 'gone');
    call.cancel();
    this.#calls.delete(ticket);
    this.stats.joined += 1;
    const pair = new RelayPair(call.caller, channel, {
      clock: this.#options.clock,
      charge: (users, length) => this.#ledger.charge(users, length),
      onEnd: () => this.#pairs.delete(pair),
    });
    this.#pairs.add(pair);
    for (const side of [call.caller, channel]) this.#places.set(side, { type: 'joined', pair });
  }

  #refuse(channel: SecretChannel, reason: EndReason): void {
    this.stats.refused += 1;
    const { clock } = this.#options;
    const cancel = clock.at(clock.now() + FAREWELL_MS, () => channel.close());
    this.#places.set(channel, { type: 'leaving', cancel });
    channel.send([encodeRelayMessage({ type: 'ended', reason })]);
  }

  #take(channel: SecretChannel, message: Uint8Array): void {
    const place = this.#places.get(channel);
    if (place?.type === 'joined') place.pair.take(channel, message);
    // who waits or calls has nothing to say
    else if (place?.type !== 'leaving') channel.close();
  }

  #closed(channel: SecretChannel): void {
    const place = this.#places.get(channel);
    this.#places.delete(channel);
    this.#invited.delete(channel);
    if (this.#waiting.get(channel.remote)?.channel === channel)
      this.#waiting.delete(channel.remote);
    if (place?.type === 'joined') place.pair.closed(channel);
    if (place?.type === 'leaving') place.cancel();
    if (place?.type !== 'calling') return;
    this.#calls.get(place.ticket)?.cancel();
    this.#calls.delete(place.ticket);
  }
}

const ignore = (): void => undefined;
