/**
 * Links over plain connections of a Net, one a stream: nothing is encrypted and every device is believed. For tests of
 * what uses links; the real ones are in `@coequal/mesh`.
 */
import {
  assert,
  decodeUtf8,
  encodeUtf8,
  LocalFault,
  parseDeviceKey,
  PeerFault,
} from '@coequal/base';
import type {
  Cancel,
  Conn,
  DeviceKey,
  Endpoint,
  LinkPath,
  Links,
  LinkStream,
  Listener,
  Net,
  StreamRequest,
} from '@coequal/base';

const LINE_END = 10;
const LINE_LENGTH_MAX = 256;
const ACCEPTED = encodeUtf8('+');

/** Where each device is; tests share one. A device that is not in it is not reached. */
export type DeviceDirectory = Map<DeviceKey, Endpoint>;

export class PlainLinks implements Links, AsyncDisposable {
  readonly #own: DeviceKey;
  readonly #net: Net;
  readonly #directory: DeviceDirectory;
  readonly #listener: Listener;
  readonly #accepting = new Map<string, (stream: LinkStream, from: DeviceKey) => void>();
  readonly #streams = new Set<PlainStream>();

  static async open(
    own: DeviceKey,
    host: string,
    directory: DeviceDirectory,
    net: Net,
    signal: AbortSignal,
  ): Promise<PlainLinks> {
    const comers = new Set<(conn: Conn) => void>();
    const onConn = (conn: Conn): void => comers.forEach((take) => take(conn));
    const listener = await net.listen({ host, port: 0 }, onConn, signal);
    const links = new PlainLinks(own, net, directory, listener);
    comers.add((conn) => links.#welcome(conn));
    return links;
  }

  private constructor(own: DeviceKey, net: Net, directory: DeviceDirectory, listener: Listener) {
    this.#own = own;
    this.#net = net;
    this.#directory = directory;
    this.#listener = listener;
    directory.set(own, listener.local);
  }

  async open(to: DeviceKey, request: StreamRequest, signal: AbortSignal): Promise<LinkStream> {
    const { protocol, lane } = request;
    const at = this.#directory.get(to);
    if (at === undefined) throw new LocalFault('DEVICE_UNREACHABLE', { device: to });
    const conn = await this.#net.dial(at, signal).catch((error: unknown) => {
      signal.throwIfAborted();
      throw new LocalFault('DEVICE_UNREACHABLE', { device: to }, { cause: error });
    });
    const { promise, resolve, reject } = Promise.withResolvers<LinkStream>();
    const stream = new PlainStream(conn, to, protocol, 1, {
      onHead: () => resolve(stream),
      onEarlyClose: () => reject(new PeerFault('PROTOCOL_REFUSED', { protocol })),
      onEnd: () => this.#streams.delete(stream),
    });
    this.#streams.add(stream);
    stream.send([encodeUtf8(`${this.#own} ${protocol} ${lane}\n`)]);
    return await promise;
  }

  accept(protocol: string, onStream: (stream: LinkStream, from: DeviceKey) => void): Cancel {
    assert(!this.#accepting.has(protocol), `two listen for ${protocol}`);
    this.#accepting.set(protocol, onStream);
    return () => this.#accepting.delete(protocol);
  }

  path(to: DeviceKey): LinkPath {
    return this.#directory.has(to) ? { type: 'direct' } : { type: 'none' };
  }

  /** All streams are lost, as when the way is gone for too long. */
  cut(): void {
    for (const stream of this.#streams) stream.close(new LocalFault('LINK_LOST'));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#directory.get(this.#own) === this.#listener.local) this.#directory.delete(this.#own);
    this.cut();
    await this.#listener[Symbol.asyncDispose]();
  }

  #welcome(conn: Conn): void {
    const stream = new PlainStream(conn, this.#own, '', LINE_LENGTH_MAX, {
      onHead: (line) => {
        const [from = '', protocol = ''] = line.split(' ');
        const onStream = this.#accepting.get(protocol);
        if (onStream === undefined) {
          conn.close();
          return;
        }
        stream.remote = parseDeviceKey(from);
        stream.protocol = protocol;
        stream.send([ACCEPTED]);
        onStream(stream, stream.remote);
      },
      onEarlyClose: () => undefined,
      onEnd: () => this.#streams.delete(stream),
    });
    this.#streams.add(stream);
  }
}

interface Hooks {
  readonly onHead: (line: string) => void;
  readonly onEarlyClose: () => void;
  readonly onEnd: () => void;
}

/** A connection whose first line, or first byte, is not of the stream. */
class PlainStream implements LinkStream {
  remote: DeviceKey;
  protocol: string;
  readonly #conn: Conn;
  #head: number[] | undefined = [];
  readonly #headLength: number;
  readonly #hooks: Hooks;
  /** What came before `start`. */
  readonly #early: Uint8Array[] = [];
  #handlers: { onBytes: (view: Uint8Array) => void; onClose: (why?: Error) => void } | undefined;
  #closed: { readonly why: Error | undefined } | undefined;
  #unsent = 0;
  #isEnding = false;

  constructor(conn: Conn, remote: DeviceKey, protocol: string, headLength: number, hooks: Hooks) {
    this.#conn = conn;
    this.remote = remote;
    this.protocol = protocol;
    this.#headLength = headLength;
    this.#hooks = hooks;
    conn.start(
      (view) => this.#take(view),
      (why) => this.#onClose(why),
    );
  }

  get queuedBytes(): number {
    return this.#conn.queuedBytes;
  }

  get onDrain(): (() => void) | undefined {
    return this.#conn.onDrain;
  }

  set onDrain(run: (() => void) | undefined) {
    this.#conn.onDrain = run;
  }

  start(onBytes: (view: Uint8Array) => void, onClose: (why?: Error) => void): void {
    this.#handlers = { onBytes, onClose };
    for (const bytes of this.#early.splice(0)) onBytes(bytes);
    if (this.#closed !== undefined) onClose(this.#closed.why);
  }

  pause(): void {
    this.#conn.pause();
  }

  resume(): void {
    this.#conn.resume();
  }

  send(chunks: readonly Uint8Array[], onSent?: () => void): boolean {
    if (this.#isEnding) {
      if (onSent !== undefined) void Promise.resolve().then(onSent);
      return true;
    }
    this.#unsent += 1;
    return this.#conn.send(chunks, () => {
      this.#unsent -= 1;
      onSent?.();
      if (this.#isEnding && this.#unsent === 0) this.#conn.close();
    });
  }

  end(): void {
    this.#isEnding = true;
    if (this.#unsent === 0) this.#conn.close();
  }

  close(why?: Error): void {
    this.#conn.close(why);
  }

  #take(view: Uint8Array): void {
    let rest = view;
    if (this.#head !== undefined) {
      const end = this.#headLength === 1 ? 0 : view.indexOf(LINE_END);
      if (end === -1 || this.#head.length + end > LINE_LENGTH_MAX) {
        this.#head.push(...view.subarray(0, LINE_LENGTH_MAX));
        if (this.#head.length > LINE_LENGTH_MAX) this.#conn.close(new PeerFault('BAD_HEAD'));
        return;
      }
      this.#head.push(...view.subarray(0, end));
      const line = decodeUtf8(Uint8Array.from(this.#head)) ?? '';
      this.#head = undefined;
      rest = view.subarray(end + 1);
      this.#hooks.onHead(line);
    }
    if (rest.length === 0 || this.#isEnding) return;
    if (this.#handlers === undefined) this.#early.push(rest.slice());
    else this.#handlers.onBytes(rest);
  }

  #onClose(why?: Error): void {
    this.#closed = { why };
    this.#hooks.onEnd();
    if (this.#head !== undefined) this.#hooks.onEarlyClose();
    this.#handlers?.onClose(why);
  }
}
