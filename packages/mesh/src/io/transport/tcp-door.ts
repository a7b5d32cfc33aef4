/**
 * The TCP port at which others come in: handshakes with a time limit and a bound on how many at a time, then each
 * channel goes to whom its greeting names. Until a key is proven nothing is kept but the handshake itself.
 */
import { isAbort, LocalFault, PeerFault, TaskGroup } from '@coequal/base';
import type { Cancel, Clock, Conn, DeviceKey, Endpoint, Listener, Net } from '@coequal/base';
import { isOfLink } from '../../core/lan/lan-host.ts';
import { ConnStream } from './conn-stream.ts';
import { decodeGreeting } from './greeting.ts';
import type { Greeting, Purpose } from './greeting.ts';
import type { OwnKeys } from './own-keys.ts';
import { CHANNEL_TIMING, SecretChannel } from './secret-channel.ts';
import type { ChannelTiming } from './secret-channel.ts';
import { MessageStream } from './secret-stream.ts';

/** Handshakes under way: each takes a few round trips. Beyond it the oldest gives way: a slow one, not who comes now. */
export const HANDSHAKES_MAX = 128;

/**
 * Of them from one IPv4 address or IPv6 /64, or one IPv6 address of the link: devices of one home, which dial with two
 * connections each.
 */
export const HANDSHAKES_OF_NETWORK_MAX = 16;

/** Serves one or more purposes. */
export interface Greeter {
  admits(key: DeviceKey): boolean;
  /** It must be started in this turn. */
  onChannel(channel: SecretChannel, greeting: Greeting): void;
}

export interface TcpDoorOptions {
  /** Port 0 asks for any free one: the first chooses for all. */
  readonly at: readonly Endpoint[];
  readonly keys: OwnKeys;
  readonly net: Net;
  readonly clock: Clock;
  readonly timing?: ChannelTiming;
}

interface Handshake {
  readonly network: string;
  readonly abort: AbortController;
}

export class TcpDoor implements AsyncDisposable {
  readonly stats = { accepted: 0, refused: 0, failed: 0, proven: 0 };
  readonly #options: TcpDoorOptions;
  readonly #greeters = new Map<Purpose, Greeter>();
  /** The oldest first. */
  readonly #handshakes = new Set<Handshake>();
  readonly #listeners: Listener[] = [];
  readonly #tasks = new TaskGroup((error) => {
    throw error; // a bug: what others can cause is handled
  });

  /** Rejects as `Net.listen`. */
  static async open(options: TcpDoorOptions, signal: AbortSignal): Promise<TcpDoor> {
    const door = new TcpDoor(options);
    try {
      for (const at of options.at) {
        const port = at.port === 0 ? (door.#listeners[0]?.local.port ?? 0) : at.port;
        const place = { host: at.host, port };
        const listener = await options.net.listen(place, (conn) => door.#welcome(conn), signal);
        door.#listeners.push(listener);
      }
    } catch (error) {
      await door[Symbol.asyncDispose]();
      throw error;
    }
    return door;
  }

  private constructor(options: TcpDoorOptions) {
    this.#options = options;
  }

  get locals(): readonly Endpoint[] {
    return this.#listeners.map(({ local }) => local);
  }

  /** Who comes for these purposes goes to `greeter` from now on. */
  serve(purposes: readonly Purpose[], greeter: Greeter): Cancel {
    for (const purpose of purposes) this.#greeters.set(purpose, greeter);
    return () => {
      for (const purpose of purposes)
        if (this.#greeters.get(purpose) === greeter) this.#greeters.delete(purpose);
    };
  }

  /** Channels that were given away stay. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#listeners.map((each) => each[Symbol.asyncDispose]()));
    await this.#tasks[Symbol.asyncDispose]();
  }

  #welcome(conn: Conn): void {
    const network = networkOf(conn.remote.host);
    let count = 0;
    for (const each of this.#handshakes) if (each.network === network) count += 1;
    if (count >= HANDSHAKES_OF_NETWORK_MAX) {
      this.stats.refused += 1;
      conn.start(ignore, ignore);
      conn.close();
      return;
    }
    this.stats.accepted += 1;
    const handshake = { network, abort: new AbortController() };
    this.#handshakes.add(handshake);
    if (this.#handshakes.size > HANDSHAKES_MAX) this.#endOldest();
    const under = new ConnStream(conn);
    this.#tasks.run(async (signal) => {
      const either = AbortSignal.any([signal, handshake.abort.signal]);
      try {
        await this.#greet(under, either);
      } catch (error) {
        if (!isAbort(error, either) && !isFault(error)) throw error;
        this.stats.failed += 1;
      } finally {
        this.#handshakes.delete(handshake);
      }
    });
  }

  async #greet(under: ConnStream, signal: AbortSignal): Promise<void> {
    const { keys, clock, timing = CHANNEL_TIMING } = this.#options;
    const options = { pattern: 'IK', keyPair: keys.pair } as const;
    const stream = new MessageStream(false, under, options, under.room);
    const admits = (key: DeviceKey): boolean =>
      this.#greeters.values().some((greeter) => greeter.admits(key));
    const role = { type: 'listener', admits } as const;
    const opened = await SecretChannel.open(stream, under, role, clock, timing, signal);
    if (opened === undefined) return;
    const { channel } = opened;
    try {
      const greeting = decodeGreeting(opened.greeting);
      const greeter = this.#greeters.get(greeting.type);
      if (greeter?.admits(channel.remote) !== true) throw new PeerFault('NOT_ADMITTED');
      this.stats.proven += 1;
      greeter.onChannel(channel, greeting);
    } catch (error) {
      channel.close(error instanceof PeerFault ? error : undefined);
      throw error;
    }
  }

  #endOldest(): void {
    const [oldest] = this.#handshakes;
    if (oldest === undefined) return;
    this.#handshakes.delete(oldest);
    oldest.abort.abort(new PeerFault('TOO_MANY_HANDSHAKES'));
  }
}

function isFault(error: unknown): boolean {
  return error instanceof PeerFault || error instanceof LocalFault;
}

const ignore = (): void => undefined;

/**
 * An IPv4 address, or the /64 of an IPv6 one, of which anybody has as many addresses as they like. Those of one link have
 * one /64 together, whosever they are: each counts for itself, or one neighbour would keep all others out.
 */
export function networkOf(host: string): string {
  if (!host.includes(':') || isOfLink(host)) return host;
  const [head = '', tail] = host.split('::');
  const front = head === '' ? [] : head.split(':');
  const back = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : 8 - front.length - back.length;
  const groups = [...front, ...Array<string>(Math.max(zeros, 0)).fill('0'), ...back];
  return groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':');
}
