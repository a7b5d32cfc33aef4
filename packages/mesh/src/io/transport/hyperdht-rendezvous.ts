/**
 * A place to meet in HyperDHT: who waits announces a key made for it alone at the topic, and who looks it up dials that
 * key. The directory does not learn whose device it is.
 */
import {
  assert,
  deviceKeyOf,
  formatHex,
  isAbort,
  LocalFault,
  PeerFault,
  sleep,
  TaskGroup,
  untilAborted,
} from '@coequal/base';
import type { Clock, Millis } from '@coequal/base';
import type { KeyPair } from '@hyperswarm/secret-stream';
import type { UdxStream } from 'hyperdht';
import type { ByteStream } from '../people/drive-stream.ts';
import type { MeetingPlace, Met } from '../people/rendezvous.ts';
import { ChannelStream } from './channel-stream.ts';
import { decodeGreeting, encodeGreeting } from './greeting.ts';
import type { HyperDhtNode } from './hyperdht-node.ts';
import type { OwnKeys } from './own-keys.ts';
import { CHANNEL_TIMING, SecretChannel } from './secret-channel.ts';
import type { Role } from './secret-channel.ts';
import type { MessageStream } from './secret-stream.ts';
import { UdxUnder } from './udx-under.ts';

/** Who waits at one topic and is dialled: somebody else may have chosen the same words, or sits there to guess. */
const FOUND_MAX = 8;

/** Visitors of one topic at a time: each guess at a password is one. */
const VISITORS_MAX = 4;

/** Nodes keep it for some 20 minutes. */
const ANNOUNCE_INTERVAL_MS: Millis = 300_000;

/** How long a handshake that came in is remembered. */
const HANDSHAKE_KEPT_MS: Millis = 5_000;

export class HyperDhtRendezvous implements MeetingPlace {
  readonly reach = 'everywhere';
  readonly #node: HyperDhtNode;
  readonly #clock: Clock;

  constructor(node: HyperDhtNode, clock: Clock) {
    this.#node = node;
    this.#clock = clock;
  }

  async announce(
    topic: Uint8Array,
    { pair }: OwnKeys,
    onVisitor: (stream: ByteStream) => void,
    signal: AbortSignal,
  ): Promise<AsyncDisposable> {
    signal.throwIfAborted();
    await using resources = new AsyncDisposableStack();
    const tasks = new TaskGroup(ignore); // of visitors: what they cause is theirs
    resources.defer(() => this.#node.unannounce(topic, pair).catch(ignore));
    let visitors = 0;
    const server = this.#node.listen(() => visitors >= VISITORS_MAX, HANDSHAKE_KEPT_MS);
    resources.defer(() => server.close());
    resources.use(tasks);
    server.on('connection', (stream) => {
      visitors += 1;
      tasks.run(async (running) => {
        try {
          await this.#receive(stream as MessageStream, onVisitor, running);
        } finally {
          visitors -= 1;
        }
      });
    });
    try {
      await server.listen(pair);
      await this.#announce(topic, pair);
    } catch (cause) {
      signal.throwIfAborted();
      throw new LocalFault('RENDEZVOUS_FAILED', {}, { cause });
    }
    signal.throwIfAborted();
    tasks.run((running) => this.#keepAnnounced(topic, pair, running));
    return resources.move();
  }

  async *find(
    topic: Uint8Array,
    { pair: keyPair }: OwnKeys,
    signal: AbortSignal,
  ): AsyncGenerator<Met, void, undefined> {
    const query = this.#node.lookup(topic);
    const stop = (): void => query.destroy();
    signal.addEventListener('abort', stop, { once: true });
    const seen = new Set<string>();
    try {
      for await (const { peers } of query) {
        for (const { publicKey, relayAddresses } of peers) {
          const key = formatHex(publicKey);
          if (seen.has(key) || seen.size >= FOUND_MAX) continue;
          seen.add(key);
          const stream = this.#node.connect(publicKey, { keyPair, relayAddresses });
          const met = await this.#meet(stream, signal);
          if (met !== undefined) yield { key: deviceKeyOf(publicKey), stream: met };
        }
      }
      signal.throwIfAborted();
    } catch (cause) {
      signal.throwIfAborted();
      if (cause instanceof PeerFault || cause instanceof LocalFault) throw cause;
      throw new LocalFault('RENDEZVOUS_FAILED', {}, { cause });
    } finally {
      signal.removeEventListener('abort', stop);
      query.destroy();
    }
  }

  /** Resolves when that visitor is gone. */
  async #receive(
    stream: MessageStream,
    onVisitor: (stream: ByteStream) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const role = { type: 'listener', admits: () => true } as const;
    const channel = await this.#open(stream, role, signal);
    const { promise, resolve } = Promise.withResolvers<void>();
    const close = (): void => channel.close();
    signal.addEventListener('abort', close, { once: true });
    onVisitor(new ChannelStream(channel, resolve));
    await promise;
    signal.removeEventListener('abort', close);
  }

  /** Undefined when nobody is there any more. */
  async #meet(stream: MessageStream, signal: AbortSignal): Promise<ByteStream | undefined> {
    const greeting = encodeGreeting({ type: 'meet' });
    try {
      if (!(await untilAborted(stream.opened, signal))) return undefined;
      return new ChannelStream(await this.#open(stream, { type: 'dialler', greeting }, signal));
    } catch (error) {
      stream.destroy();
      signal.throwIfAborted();
      if (error instanceof PeerFault || error instanceof LocalFault) return undefined;
      throw error;
    }
  }

  async #open(stream: MessageStream, role: Role, signal: AbortSignal): Promise<SecretChannel> {
    const under = new UdxUnder(stream.rawStream as UdxStream); // it is connected
    const opened = await SecretChannel.open(
      stream,
      under,
      role,
      this.#clock,
      CHANNEL_TIMING,
      signal,
    );
    assert(opened !== undefined, 'nobody else takes it');
    if (decodeGreeting(opened.greeting).type !== 'meet') {
      opened.channel.close();
      throw new PeerFault('UNKNOWN_PURPOSE');
    }
    return opened.channel;
  }

  async #announce(topic: Uint8Array, pair: KeyPair): Promise<void> {
    await this.#node.announce(topic, pair, []).finished();
  }

  async #keepAnnounced(topic: Uint8Array, pair: KeyPair, signal: AbortSignal): Promise<void> {
    try {
      for (;;) {
        await sleep(this.#clock, ANNOUNCE_INTERVAL_MS, signal);
        await this.#announce(topic, pair).catch(ignore); // the next comes in minutes
      }
    } catch (error) {
      if (!isAbort(error, signal)) throw error;
    }
  }
}

const ignore = (): void => undefined;
