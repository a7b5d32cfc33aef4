/** Carriers for tests and benches: messages over the connections of a Net, real or simulated. Every key is believed. */
import { assert, deviceKeyBytes, deviceKeyOf, LocalFault } from '@coequal/base';
import type { Conn, DeviceKey, Endpoint, LinkPath, Listener, Net } from '@coequal/base';
import { MESSAGE_LENGTH_MAX } from '../src/io/carrier.ts';
import type { Carrier, Transport, TransportHost, TransportName } from '../src/io/carrier.ts';
import type { OpenTransport } from '../src/io/links/mesh-links.ts';

const IS_KEY = 1;
const IS_RELAYED_BY = 2;
const IS_FOR = 3;
const LENGTH_LENGTH = 4;

export type Directory = Map<DeviceKey, Endpoint>;

export interface PlainTransportOptions {
  readonly own: DeviceKey;
  readonly net: Net;
  readonly host: string;
  /** Where each device listens; this one adds itself. */
  readonly directory: Directory;
  readonly name?: TransportName;
  /** What the way is said to be. */
  readonly path?: LinkPath;
  /** It listens for nobody: dials go to this relay, which finds who listens. */
  readonly relay?: { readonly key: DeviceKey; readonly at: Endpoint };
  /** Told of each carrier, for tests that break some. */
  readonly onCarrier?: (carrier: PlainCarrier) => void;
}

export function openPlainTransport(options: PlainTransportOptions): OpenTransport {
  return async (host, signal) => {
    const { net, own, directory } = options;
    const welcome = (conn: Conn): void => void new PlainCarrier(conn, false, options, host);
    const listener =
      options.relay === undefined
        ? await net.listen({ host: options.host, port: 0 }, welcome, signal)
        : undefined;
    if (listener !== undefined) directory.set(own, listener.local);
    return new PlainTransport(options, listener);
  };
}

class PlainTransport implements Transport {
  readonly name: TransportName;
  readonly #options: PlainTransportOptions;
  readonly #listener: Listener | undefined;

  constructor(options: PlainTransportOptions, listener: Listener | undefined) {
    this.name = options.name ?? 'tcp';
    this.#options = options;
    this.#listener = listener;
  }

  async dial(to: DeviceKey, signal: AbortSignal): Promise<Carrier> {
    const { net, directory, relay } = this.#options;
    const at = relay === undefined ? directory.get(to) : relay.at;
    if (at === undefined) throw new LocalFault('DIAL_FAILED', { reason: 'NO_ADDRESS' });
    const conn = await net.dial(at, signal);
    const { promise, resolve, reject } = Promise.withResolvers<Carrier>();
    const carrier = new PlainCarrier(conn, true, this.#options, {
      admits: (key) => key === to,
      onCarrier: resolve,
    });
    carrier.onEarlyClose = () => reject(new LocalFault('DIAL_FAILED', { reason: 'CLOSED' }));
    const onAbort = (): void => {
      conn.close();
      reject(signal.reason);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    if (relay !== undefined) {
      carrier.sendRaw(Uint8Array.of(IS_FOR, ...deviceKeyBytes(to)));
      carrier.path = { type: 'relayed', by: relay.key };
    }
    carrier.sendKey();
    try {
      return await promise;
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#listener?.[Symbol.asyncDispose]();
  }
}

export class PlainCarrier implements Carrier {
  readonly isDialler: boolean;
  path: LinkPath;
  onPath: (() => void) | undefined;
  onDrain: (() => void) | undefined;
  onEarlyClose: (() => void) | undefined;
  readonly #conn: Conn;
  readonly #options: PlainTransportOptions;
  readonly #host: TransportHost;
  #remote: DeviceKey | undefined;
  #handlers:
    | { onMessage: (message: Uint8Array) => void; onClose: (why?: Error) => void }
    | undefined;
  /** The beginning of a message whose end has not come. */
  #isStalled = false;
  isClosed = false;
  readonly #part = new Uint8Array(LENGTH_LENGTH + MESSAGE_LENGTH_MAX);
  #partLength = 0;

  constructor(conn: Conn, isDialler: boolean, options: PlainTransportOptions, host: TransportHost) {
    this.#conn = conn;
    this.isDialler = isDialler;
    this.#options = options;
    this.#host = host;
    this.path = options.path ?? { type: 'direct' };
    conn.onDrain = () => this.onDrain?.();
    conn.start(
      (view) => this.#take(view),
      (why) => {
        this.isClosed = true;
        if (this.#handlers === undefined) this.onEarlyClose?.();
        else this.#handlers.onClose(why);
      },
    );
  }

  get remote(): DeviceKey {
    assert(this.#remote !== undefined, 'the other side has said who it is');
    return this.#remote;
  }

  get remoteEndpoint(): Endpoint | undefined {
    return this.path.type === 'relayed' ? undefined : this.#conn.remote;
  }

  get queuedBytes(): number {
    return this.#conn.queuedBytes;
  }

  start(onMessage: (message: Uint8Array) => void, onClose: (why?: Error) => void): void {
    this.#handlers = { onMessage, onClose };
  }

  pause(): void {
    this.#conn.pause();
  }

  resume(): void {
    this.#conn.resume();
  }

  send(parts: readonly Uint8Array[]): boolean {
    if (this.#isStalled) return true;
    let length = 0;
    for (const part of parts) length += part.length;
    const message = new Uint8Array(LENGTH_LENGTH + length);
    new DataView(message.buffer).setUint32(0, length);
    let at = LENGTH_LENGTH;
    for (const part of parts) {
      message.set(part, at);
      at += part.length;
    }
    return this.#conn.send([message]);
  }

  sendRaw(message: Uint8Array): void {
    this.send([message]);
  }

  sendKey(): void {
    this.sendRaw(Uint8Array.of(IS_KEY, ...deviceKeyBytes(this.#options.own)));
  }

  /** It stays open, and carries nothing any more. */
  stall(): void {
    this.#isStalled = true;
  }

  /** It goes another way now. */
  changePath(path: LinkPath): void {
    this.path = path;
    this.onPath?.();
  }

  close(why?: Error): void {
    this.#conn.close(why);
  }

  #take(view: Uint8Array): void {
    let at = 0;
    while (at < view.length) {
      const left = view.length - at;
      const length = left >= LENGTH_LENGTH ? lengthAt(view, at) : Infinity;
      if (this.#partLength === 0 && left >= LENGTH_LENGTH + length) {
        this.#onMessage(view.subarray(at + LENGTH_LENGTH, at + LENGTH_LENGTH + length));
        at += LENGTH_LENGTH + length;
        continue;
      }
      const wanted =
        this.#partLength < LENGTH_LENGTH ? LENGTH_LENGTH : LENGTH_LENGTH + lengthAt(this.#part, 0);
      assert(wanted <= this.#part.length, 'no message is as long');
      const taken = Math.min(left, wanted - this.#partLength);
      this.#part.set(view.subarray(at, at + taken), this.#partLength);
      this.#partLength += taken;
      at += taken;
      const isWhole = wanted > LENGTH_LENGTH || lengthAt(this.#part, 0) === 0;
      if (this.#partLength < wanted || !isWhole) continue;
      this.#partLength = 0;
      this.#onMessage(this.#part.subarray(LENGTH_LENGTH, wanted));
    }
  }

  #onMessage(message: Uint8Array): void {
    if (this.#isStalled) return;
    if (this.#handlers !== undefined) {
      this.#handlers.onMessage(message);
      return;
    }
    const key = deviceKeyOf(message.subarray(1));
    if (message[0] === IS_RELAYED_BY) {
      this.path = { type: 'relayed', by: key };
      return;
    }
    this.#remote = key;
    if (!this.#host.admits(key)) {
      this.close();
      return;
    }
    if (!this.isDialler) this.sendKey();
    this.#options.onCarrier?.(this);
    this.#host.onCarrier(this);
  }
}

function lengthAt(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset + at, LENGTH_LENGTH).getUint32(0);
}

/** Pipes bytes between who comes and the device that it names. */
export async function openPlainRelay(
  key: DeviceKey,
  net: Net,
  host: string,
  directory: Directory,
): Promise<Listener> {
  const signal = new AbortController().signal;
  const pipe = async (from: Conn): Promise<void> => {
    const early: Uint8Array[] = [];
    let other: Conn | undefined;
    let isClosed = false;
    const named = Promise.withResolvers<DeviceKey | undefined>();
    let head = 0;
    from.start(
      (view) => {
        if (other !== undefined) {
          other.send([view.slice()]);
          return;
        }
        early.push(view.slice());
        head += view.length;
        const all = Uint8Array.from(early.flatMap((part) => [...part]));
        if (head >= LENGTH_LENGTH + 33) named.resolve(deviceKeyOf(all.subarray(5, 37)));
      },
      () => {
        isClosed = true;
        named.resolve(undefined);
        other?.close();
      },
    );
    const target = await named.promise;
    const at = target === undefined ? undefined : directory.get(target);
    if (at === undefined) {
      from.close();
      return;
    }
    const to = await net.dial(at, signal).catch(() => undefined);
    if (to === undefined || isClosed) {
      from.close();
      to?.start(
        () => undefined,
        () => undefined,
      );
      to?.close();
      return;
    }
    to.start(
      (view) => from.send([view.slice()]),
      () => from.close(),
    );
    const by = Uint8Array.of(0, 0, 0, 33, IS_RELAYED_BY, ...deviceKeyBytes(key));
    const all = Uint8Array.from(early.flatMap((part) => [...part]));
    to.send([by, all.subarray(LENGTH_LENGTH + 33)]);
    other = to;
  };
  return await net.listen({ host, port: 0 }, (conn) => void pipe(conn), signal);
}
