/** The ways by which HyperDHT brings a device about: where it was last, by its key alone, and through relays. */
import { deviceKeyBytes, LocalFault } from '@coequal/base';
import type { Clock, DeviceKey, Endpoint, Millis } from '@coequal/base';
import type { AddressBook } from '../carrier.ts';
import type { ChannelCarrier } from './channel-carrier.ts';
import { raceDials, STAGGER_MS } from './dial-race.ts';
import type { HyperDhtNode } from './hyperdht-node.ts';
import type { OwnKeys } from './own-keys.ts';
import type { MessageStream } from './secret-stream.ts';

/** UDP addresses of a device that are asked for it by themselves. */
const ADDRESSES_TRIED_MAX = 4;

/** Relays that one dial tries, one after the other. */
const RELAYS_TRIED_MAX = 2;

/** Two routers that translate ports at random, one of which is found by trying, take 8 s; longer has never come to anything. */
const DIAL_TIMEOUT_MS = 20_000;

/** The four requests of the library, one a second; then it would look for nodes, which another way does. */
const DOOR_TIMEOUT_MS = 4_500;

type Way =
  | { readonly type: 'plain' }
  /** Of a node of the network. */
  | { readonly type: 'nodes'; readonly at: readonly Endpoint[] }
  /** From the port that stays. */
  | { readonly type: 'doors'; readonly at: readonly Endpoint[] }
  | { readonly type: 'relay'; readonly by: DeviceKey };

/** Of the options of the transport. */
export interface WaysView {
  readonly keys: OwnKeys;
  readonly book: AddressBook;
  readonly clock: Clock;
  mayReach(host: string): boolean;
  relays(): readonly DeviceKey[];
}

type Greet = (stream: MessageStream, signal: AbortSignal) => Promise<ChannelCarrier>;

export class HyperDhtWays {
  readonly #node: HyperDhtNode;
  readonly #view: WaysView;
  readonly #greet: Greet;

  /** `greet` makes a carrier of a stream that has been dialled, or destroys it. */
  constructor(node: HyperDhtNode, view: WaysView, greet: Greet) {
    this.#node = node;
    this.#view = view;
    this.#greet = greet;
  }

  /** As that of Transport. */
  async dial(to: DeviceKey, signal: AbortSignal): Promise<ChannelCarrier> {
    const [doors, nodes] = [this.doorsOf(to), this.#addressesOf(to, true)];
    const { keys } = this.#view;
    const relays = this.#view.relays().filter((key) => key !== to && key !== keys.device);
    const plain = { type: 'plain' } as const;
    // an old address says nothing for seconds; one of a node introduces itself, and a look-up finds no more
    const atOnce: Way[] = [
      ...(doors.length > 0 ? [{ type: 'doors', at: doors } as const] : []),
      ...(nodes.length > 0 ? [{ type: 'nodes', at: nodes } as const] : [plain]),
    ];
    const later: Way[] = [
      ...(nodes.length > 0 ? [plain] : []),
      ...relays.slice(0, RELAYS_TRIED_MAX).map((by) => ({ type: 'relay', by }) as const),
    ];
    const ways = [...atOnce, ...later];
    const beginsAt = (index: number): Millis => Math.max(index - atOnce.length + 1, 0) * STAGGER_MS;
    return await this.#within(DIAL_TIMEOUT_MS, signal, async (either) => {
      const dial = async (way: Way, each: AbortSignal): Promise<ChannelCarrier> =>
        await this.#dial(to, way, each);
      const { clock } = this.#view;
      return await raceDials(ways, dial, (late) => late.close(), clock, either, beginsAt);
    });
  }

  /** Where a device was last, but where a node is that is asked what this side's router does. */
  doorsOf(key: DeviceKey): readonly Endpoint[] {
    return this.#addressesOf(key, false);
  }

  #addressesOf(key: DeviceKey, areNodes: boolean): readonly Endpoint[] {
    return this.#view.book
      .addressesOf(key)
      .filter(({ kind, host }) => kind === 'udp' && !host.includes(':')) // the library speaks IPv4
      .filter(({ host }) => this.#view.mayReach(host) && this.#node.isNodeHost(host) === areNodes)
      .slice(0, ADDRESSES_TRIED_MAX)
      .map(({ host, port }) => ({ host, port }));
  }

  async #dial(to: DeviceKey, way: Way, signal: AbortSignal): Promise<ChannelCarrier> {
    if (way.type === 'doors') return await this.#dialDoors(to, way.at, signal);
    const options = {
      keyPair: this.#view.keys.pair,
      relayAddresses: way.type === 'nodes' ? way.at : [],
      ...(way.type === 'relay' ? { relayThrough: deviceKeyBytes(way.by) } : {}),
    };
    return await this.#greet(this.#node.connect(deviceKeyBytes(to), options), signal);
  }

  /** At all of them at the same time: one is where it is now. */
  async #dialDoors(
    to: DeviceKey,
    doors: readonly Endpoint[],
    signal: AbortSignal,
  ): Promise<ChannelCarrier> {
    const { clock, keys } = this.#view;
    const dial = async (at: Endpoint, each: AbortSignal): Promise<ChannelCarrier> => {
      const options = { keyPair: keys.pair, relayAddresses: [at] };
      return await this.#greet(this.#node.connectFrom(deviceKeyBytes(to), at, options), each);
    };
    return await this.#within(
      DOOR_TIMEOUT_MS,
      signal,
      async (either) =>
        await raceDials(
          doors,
          dial,
          (late) => late.close(),
          clock,
          either,
          () => 0,
        ),
    );
  }

  async #within<Result>(
    ms: Millis,
    signal: AbortSignal,
    run: (signal: AbortSignal) => Promise<Result>,
  ): Promise<Result> {
    const { clock } = this.#view;
    const timeout = new AbortController();
    const cancel = clock.at(clock.now() + ms, () =>
      timeout.abort(new LocalFault('DIAL_FAILED', { reason: 'timeout' })),
    );
    try {
      return await run(AbortSignal.any([signal, timeout.signal]));
    } finally {
      cancel();
    }
  }
}
