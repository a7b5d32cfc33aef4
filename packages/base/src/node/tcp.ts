/**
 * Conn over TCP: the data path of everything that is downloaded or served (STYLE 5.11).
 *
 * All sockets of the process receive into one buffer, through `onread`: its callback is synchronous,
 * so no two ever hold it at once. Measured on loopback, 2 cores: `data` events (a new buffer of
 * 64 KiB a read) 4.9 GB/s at 0.17 CPU s/GB; this 14.8 GB/s at 0.03.
 */
import { connect, createServer, isIP, Socket } from 'node:net';
import type { OnReadOpts } from 'node:net';
import { assert, LocalFault } from '../fault.ts';
import { untilAborted } from '../lifetime.ts';
import type { Conn, Endpoint, Listener } from '../ports.ts';
import { errnoOf } from './disk-fault.ts';
import { endpointOf, isEndpoint, listenFault } from './endpoint.ts';

/** What one read can bring: 64 KiB gave 9.2 GB/s, this 14.8, 1 MiB 12.4. */
const RECEIVE_BUFFER_LENGTH = 256 * 1_024;

/** Bytes queued on a connection before `send` says to wait: a batch or two of blocks, whatever the peer does. */
const SEND_QUEUE_MAX = 1_024 * 1_024;

/** A peer that is there answers within two round trips; two lost SYNs are 3 s. Firewalled ones never do. */
const DIAL_TIMEOUT_MS = 10_000;

/** Connections the system holds for us until they are accepted: Linux's own upper bound was 128 for long. */
const LISTEN_BACKLOG = 511;

/**
 * After so much of one connection others have their turn. The system may hold 6 MB for us, which libuv reads in one go:
 * 15 ms of work where it is decrypted, for which whatever else comes waits.
 */
const READ_TURN_LENGTH = 512 * 1_024;

const receiveBuffer = new Uint8Array(RECEIVE_BUFFER_LENGTH);
const nothing = new Uint8Array(0);

/** The one place where a socket gets its reading: what it receives goes to the conn that it is given. */
class Receiver implements OnReadOpts {
  readonly buffer: Uint8Array = receiveBuffer;
  conn: TcpConn | undefined;
  readonly callback = (length: number): boolean => {
    return this.conn?.receive(length) ?? true;
  };
}

class TcpConn implements Conn {
  readonly remote: Endpoint;
  readonly local: Endpoint;
  onDrain: (() => void) | undefined;
  readonly #socket: Socket;
  #onBytes: ((view: Uint8Array) => void) | undefined;
  #onClose: ((why?: Error) => void) | undefined;
  #why: Error | undefined;
  #isPaused = false;
  #isOverBound = false;
  /** Read since others had their turn. */
  #readLength = 0;

  /** The socket must not be reading yet. */
  constructor(socket: Socket, remote: Endpoint, local: Endpoint) {
    this.remote = remote;
    this.local = local;
    this.#socket = socket;
    socket.on('error', (cause) => {
      this.#why ??= new LocalFault('CONNECTION_LOST', { errno: errnoOf(cause) }, { cause });
    });
    socket.on('end', () => socket.destroy()); // half-open is closed: nobody here speaks to the deaf
    socket.on('close', () => this.#onClose?.(this.#why));
  }

  get queuedBytes(): number {
    return this.#socket.writableLength;
  }

  start(onBytes: (view: Uint8Array) => void, onClose: (why?: Error) => void): void {
    assert(this.#onBytes === undefined, 'a connection was started twice');
    this.#onBytes = onBytes;
    this.#onClose = onClose;
    this.#read();
  }

  /**
   * Called by the socket when the first `length` bytes of the buffer are news. Returns whether it goes on reading (also
   * after a pause, which has stopped it by itself).
   */
  receive(length: number): boolean {
    this.#onBytes?.(receiveBuffer.subarray(0, length));
    this.#readLength += length;
    if (this.#readLength < READ_TURN_LENGTH) return true;
    this.#readLength = 0;
    setImmediate(() => this.#read());
    return false;
  }

  pause(): void {
    this.#isPaused = true;
    this.#socket.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#read();
  }

  send(chunks: readonly Uint8Array[], onSent?: () => void): boolean {
    const socket = this.#socket;
    if (socket.destroyed) {
      if (onSent !== undefined) queueMicrotask(onSent);
      return true;
    }
    const last = chunks.length - 1;
    socket.cork();
    for (let i = 0; i < last; i++) {
      const chunk = chunks[i];
      if (chunk !== undefined && chunk.length > 0) socket.write(chunk);
    }
    socket.write(chunks[last] ?? nothing, () => {
      onSent?.();
      this.#drain();
    });
    socket.uncork(); // one writev, at once unless one is under way
    if (socket.writableLength <= SEND_QUEUE_MAX) return true;
    this.#isOverBound = true;
    return false;
  }

  close(why?: Error): void {
    if (this.#socket.destroyed) return;
    this.#why ??= why;
    // else the system would go on sending what it holds, and another way now
    const isGone = why instanceof LocalFault && why.code === 'ADDRESS_GONE';
    if (isGone) this.#socket.resetAndDestroy();
    else this.#socket.destroy();
  }

  #read(): void {
    if (this.#onBytes !== undefined && !this.#isPaused && !this.#socket.destroyed) {
      this.#socket.resume();
    }
  }

  #drain(): void {
    if (!this.#isOverBound || this.#socket.destroyed) return;
    if (this.#socket.writableLength > SEND_QUEUE_MAX) return;
    this.#isOverBound = false;
    this.onDrain?.();
  }
}

/** Undefined when the other side has gone already, and with it the addresses. */
function adopt(socket: Socket, receiver: Receiver): TcpConn | undefined {
  const remote = endpointOf(socket.remoteAddress, socket.remotePort);
  const local = endpointOf(socket.localAddress, socket.localPort);
  if (remote === undefined || local === undefined) return undefined;
  receiver.conn = new TcpConn(socket, remote, local);
  return receiver.conn;
}

/** Rejects with a LocalFault `DIAL_FAILED`, or the signal's reason. Leaves from `bindHost`, if given. */
export async function dialTcp(
  to: Endpoint,
  bindHost: string | undefined,
  signal: AbortSignal,
): Promise<Conn> {
  signal.throwIfAborted();
  const details = { host: to.host, port: to.port };
  if (!isEndpoint(to)) throw new LocalFault('DIAL_FAILED', { ...details, reason: 'no address' });
  const { promise, resolve, reject } = Promise.withResolvers<Conn>();
  const receiver = new Receiver();
  const from = bindHost === undefined ? {} : { localAddress: bindHost };
  const socket = connect({ ...to, ...from, noDelay: true, onread: receiver });
  const fail = (cause?: Error): void => {
    const errno = errnoOf(cause);
    reject(new LocalFault('DIAL_FAILED', { ...details, errno }, { cause }));
  };
  const timer = setTimeout(() => {
    reject(new LocalFault('DIAL_FAILED', { ...details, reason: 'timeout' }));
  }, DIAL_TIMEOUT_MS);
  socket.pause(); // reading waits for start()
  socket.on('error', fail);
  socket.once('connect', () => {
    const conn = adopt(socket, receiver);
    if (conn === undefined) fail();
    else resolve(conn);
  });
  try {
    return await untilAborted(promise, signal);
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    clearTimeout(timer);
    socket.off('error', fail);
  }
}

/**
 * Accepted sockets cannot be told to use `onread`, so their handle moves to a new socket that can.
 * The handle is Node's own affair: this is the one place that touches it.
 */
function takeOver(accepted: Socket): Conn | undefined {
  assert(hasHandle(accepted), 'this Node has no socket handles');
  const handle = accepted[HANDLE];
  if (handle === null) return undefined;
  accepted[HANDLE] = null;
  accepted.destroy(); // lets go of the server, which would count it as open
  const receiver = new Receiver();
  const unlisted: object = { handle, manualStart: true }; // options that have no types
  const socket = new Socket({ ...unlisted, onread: receiver });
  const conn = adopt(socket, receiver);
  if (conn === undefined) socket.destroy();
  return conn;
}

const HANDLE = '_handle';

function hasHandle(socket: Socket): socket is Socket & { [HANDLE]: object | null } {
  return HANDLE in socket && typeof socket[HANDLE] === 'object';
}

/** Rejects with a LocalFault `ADDRESS_IN_USE` or `LISTEN_FAILED`, or the signal's reason. */
export async function listenTcp(
  at: Endpoint,
  onConn: (conn: Conn) => void,
  signal: AbortSignal,
): Promise<Listener> {
  signal.throwIfAborted();
  if (isIP(at.host) === 0) throw new LocalFault('LISTEN_FAILED', { ...at, reason: 'no address' });
  const server = createServer({ pauseOnConnect: true, noDelay: true }, (accepted) => {
    const conn = takeOver(accepted);
    if (conn !== undefined) onConn(conn);
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  // once it listens, an error is a connection that could not be accepted: its dialer will see that
  server.on('error', (cause) => reject(listenFault(cause, at)));
  server.listen({ ...at, backlog: LISTEN_BACKLOG, exclusive: true }, resolve);
  try {
    await untilAborted(promise, signal);
  } catch (error) {
    server.close();
    throw error;
  }
  const address = server.address();
  assert(typeof address === 'object' && address !== null, 'a TCP server has an address');
  let closed: Promise<void> | undefined;
  return {
    local: { host: address.address, port: address.port },
    [Symbol.asyncDispose](): Promise<void> {
      closed ??= new Promise((done) => void server.close(() => done()));
      return closed;
    },
  };
}
