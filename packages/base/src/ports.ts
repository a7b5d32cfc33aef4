/**
 * The ports: everything an engine may ask of the world. Each has a real implementation in
 * `@coequal/base/node`, a simulated one in `@coequal/simulator`, and one contract suite for both.
 */
import type { LocalFault } from './fault.ts';
import type { SafePath } from './safe-path.ts';

/** Milliseconds of a monotonic clock. Only differences mean anything. */
export type Millis = number;

/** Takes back what was arranged; calling it again, or too late, does nothing. */
export type Cancel = () => void;

export interface Clock {
  now(): Millis;
  /** Wall-clock time in milliseconds since 1970, for what is shown or stored. */
  epochNow(): number;
  /** Runs once `when` has come, never synchronously, even if `when` is past. */
  at(when: Millis, run: () => void): Cancel;
}

export interface Random {
  bytes(length: number): Uint8Array;
  /** Uniform in [0, 1). */
  number(): number;
}

/** An IPv4 or IPv6 literal and a port. `host` is never a name: resolve it first. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** Where a UDP socket is, and which group it is a member of. */
export interface UdpPlace extends Endpoint {
  /**
   * Address of a multicast group to join. Then the port may be shared with other such sockets; what is sent to
   * the group stays in the local network (TTL 1), and is heard on this computer as well, also by the socket itself.
   */
  readonly group?: string;
  /**
   * The address of the interface on which the group is joined and sent to, and no other. Without it the group is
   * joined on every interface but loopback, those that come later included, and what is sent to it goes out on each.
   */
  readonly via?: string;
  /**
   * Of "any address" (`::` is both families): a socket at each address that this computer has, and at those that come
   * later. Each datagram then says which it came to, so that the answer can leave from there.
   */
  readonly isEachAddress?: boolean;
}

export interface Net {
  /** Rejects with a LocalFault `DIAL_FAILED`, or the signal's reason. */
  dial(to: Endpoint, signal: AbortSignal): Promise<Conn>;
  /** Rejects with a LocalFault `ADDRESS_IN_USE` or `LISTEN_FAILED`. Port 0 asks for any free one. */
  listen(at: Endpoint, onConn: (conn: Conn) => void, signal: AbortSignal): Promise<Listener>;
  /** Rejects with a LocalFault `ADDRESS_IN_USE` or `LISTEN_FAILED`, also when the group cannot be joined. */
  udp(
    at: UdpPlace,
    onDatagrams: (batch: readonly Datagram[]) => void,
    signal: AbortSignal,
  ): Promise<UdpSocket>;
  /** Addresses of a host name; a literal resolves to itself. Rejects with a LocalFault `NAME_NOT_FOUND`. */
  resolve(host: string, signal: AbortSignal): Promise<readonly string[]>;
}

export interface Listener extends AsyncDisposable {
  readonly local: Endpoint;
}

/**
 * A byte stream to one peer. Bytes arrive synchronously as a view of a buffer that all connections
 * share: it is valid during the call only.
 */
export interface Conn {
  readonly remote: Endpoint;
  readonly local: Endpoint;
  /** Bytes accepted by `send` and not yet handed to the system. */
  readonly queuedBytes: number;
  /** Called when `queuedBytes` has fallen to the bound again after `send` returned false. */
  onDrain: (() => void) | undefined;
  /**
   * Called once, in the turn in which the connection was given; nothing is delivered before.
   * `onClose` is called once: with what `close` was given, nothing when the other side closed (or
   * half-closed), or a LocalFault `CONNECTION_LOST`.
   */
  start(onBytes: (view: Uint8Array) => void, onClose: (why?: Error) => void): void;
  /** No bytes are delivered until `resume`, though one more view may come if called inside onBytes. */
  pause(): void;
  resume(): void;
  /**
   * Queues all chunks as one write. The chunks must not change until `onSent` is called (it is also
   * called when the connection closes), never synchronously. Returns false when over the bound: wait
   * for `onDrain`. On a closed connection it does nothing but call `onSent`, and returns true.
   */
  send(chunks: readonly Uint8Array[], onSent?: () => void): boolean;
  /** Drops what is queued and closes at once; `onClose` follows, never synchronously. */
  close(why?: Error): void;
}

export interface Datagram {
  /** A view, valid during the call only. */
  readonly bytes: Uint8Array;
  readonly from: Endpoint;
  /** The address of ours that it came to, of a socket at each of them. */
  readonly at?: string | undefined;
}

export interface UdpSocket extends AsyncDisposable {
  readonly local: Endpoint;
  /** Why nothing leaves from here as long as that is so; undefined as far as is known. */
  readonly problem?: LocalFault | undefined;
  /**
   * Best effort, as UDP is: never throws, drops silently when the system refuses. The bytes may be
   * read after the call: do not change them. It leaves `from` that address of ours; without one, from that which the
   * system takes for the way there.
   */
  send(bytes: Uint8Array, to: Endpoint, from?: string): void;
}

export interface HttpRequest {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Over IPv4 or IPv6 alone; over either if absent. */
  readonly family?: 4 | 6 | undefined;
  /** A longer body rejects with a PeerFault `HTTP_BODY_TOO_LONG`. */
  readonly bodyLengthMax: number;
  /** For the whole exchange, redirects included. */
  readonly timeoutMs: number;
}

export interface HttpResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/**
 * GET only, at most five redirects, none from the internet to a private network or this computer; path and
 * query are sent as they are written. Rejects with LocalFault
 * `HTTP_FAILED` or `HTTP_TIMEOUT`, or PeerFault `HTTP_BAD_URL`, `HTTP_BAD_REDIRECT`,
 * `HTTP_TOO_MANY_REDIRECTS`, `HTTP_BAD_ENCODING` or `HTTP_BODY_TOO_LONG`.
 */
export interface Http {
  fetch(request: HttpRequest, signal: AbortSignal): Promise<HttpResponse>;
}

export interface FileStat {
  readonly type: 'file' | 'directory' | 'other';
  readonly length: number;
  readonly modifiedMs: number;
}

/**
 * `read`: must exist. `modify`: read and write, must exist. `update`: read and write, created (with its
 * folders) if missing. `secret`: as `update`, and what it creates nobody but its owner may read (0600, where there are such
 * rights).
 */
export type OpenMode = 'read' | 'modify' | 'update' | 'secret';

/**
 * Rejects with LocalFaults: DISK_FULL, NOT_FOUND, NOT_PERMITTED, NOT_A_FILE, READ_ONLY_DISK, OTHER_DISK (rename),
 * TOO_MANY_OPEN_FILES, DISK_FAILED.
 */
export interface Disk {
  open(path: SafePath, mode: OpenMode): Promise<DiskFile>;
  /** Undefined when nothing is there. Does not follow a link at the end of the path. */
  stat(path: SafePath): Promise<FileStat | undefined>;
  /** Names in a directory, sorted; at most `max`, else LocalFault `TOO_MANY_FILES`. */
  list(path: SafePath, max: number): Promise<readonly string[]>;
  makeDirectory(path: SafePath): Promise<void>;
  rename(from: SafePath, to: SafePath): Promise<void>;
  /** Removes a file or an empty directory; nothing there is not an error. */
  remove(path: SafePath): Promise<void>;
  /** Makes the entries of a directory durable (names created, renamed, removed). */
  syncDirectory(path: SafePath): Promise<void>;
  /** Bytes that can still be written where `path` is or would be. */
  freeBytes(path: SafePath): Promise<number>;
}

export interface DiskFile extends AsyncDisposable {
  /** Fills `into` from `position`; returns the count of bytes read, less only at the end of the file. */
  readAt(into: Uint8Array, position: number): Promise<number>;
  /** Writes all chunks one after another from `position`. */
  writeAt(chunks: readonly Uint8Array[], position: number): Promise<void>;
  /** All that was written, and the length, is durable when this resolves. */
  sync(): Promise<void>;
  truncate(length: number): Promise<void>;
  length(): Promise<number>;
}

export type HashKind = 'sha1' | 'sha256';

/** A run of bytes of one piece: in a file, or zeros that exist nowhere (BEP 47 padding). */
export type Span =
  | {
      readonly type: 'file';
      readonly path: SafePath;
      readonly position: number;
      readonly length: number;
    }
  | { readonly type: 'zeros'; readonly length: number };

/** Which digests of a piece are wanted. */
export interface DigestPlan {
  /** SHA-1 of all spans (BEP 3). */
  readonly sha1: boolean;
  /**
   * Root of the SHA-256 tree over 16 KiB blocks of the first `length` bytes, with zero hashes
   * added up to `leaves` (a power of two) (BEP 52).
   */
  readonly merkle?: { readonly length: number; readonly leaves: number };
  /**
   * The SHA-256 of each 16 KiB block, one after another: of the bytes that `merkle` covers, without it of
   * all. They tell which block of a wrong piece is wrong.
   */
  readonly leaves?: boolean;
}

export interface Digests {
  readonly sha1?: Uint8Array;
  readonly root?: Uint8Array;
  readonly leaves?: Uint8Array;
}

export interface WritePlan {
  /** The slots that hold the piece, in order; all but the last are full. */
  readonly slots: readonly number[];
  /** Bytes of the piece, over all slots. */
  readonly length: number;
  /**
   * Where the bytes go; lengths add up to `length`. Zeros are hashed, whatever the slots hold there,
   * and not written.
   */
  readonly spans: readonly Span[];
  readonly digests: DigestPlan;
  /** What the digests must be; every digest of the plan but its leaves has its expected value here. */
  readonly expected: Omit<Digests, 'leaves'>;
}

export interface WriteOutcome {
  /** The piece was what was expected, and is handed to the file system (not yet durable). */
  readonly isWritten: boolean;
  /** As of DigestPlan: when the plan asks for them, and always when the piece was wrong. */
  readonly leaves?: Uint8Array;
}

export interface ReadPlan {
  readonly spans: readonly Span[];
  readonly digests: DigestPlan;
}

/**
 * Hashing, and the writing of verified pieces, off the main thread. Pieces under way live in slots:
 * equal parts of one block of memory that the worker sees too, named by number.
 */
export interface Hasher extends AsyncDisposable {
  /** For what is small (under 64 KiB or so): synchronous, on the caller's thread. */
  hash(bytes: Uint8Array, kind: HashKind): Uint8Array;
  readonly slotLength: number;
  readonly slotCount: number;
  slot(index: number): Uint8Array;
  /**
   * Hashes the piece and, only if it is what was expected, hands it to the file system; otherwise
   * nothing is written. Rejects with the LocalFaults of Disk. Directories and files are made as needed.
   * The slots are the hasher's until it settles.
   */
  hashAndWrite(plan: WritePlan): Promise<WriteOutcome>;
  /** Undefined when a file is missing or too short. Rejects with the LocalFaults of Disk. */
  readAndHash(plan: ReadPlan, signal: AbortSignal): Promise<Digests | undefined>;
  /**
   * Lets go of open files at or below a path, so that they can be moved or removed: without it later
   * pieces would still be written into the moved or removed file.
   */
  release(path: SafePath): Promise<void>;
  /**
   * Gives up threads and the memory of the slots until they are needed again. No slot may be in use: what they hold
   * is gone, and views of them are of no use any more. Nothing happens while there are jobs.
   */
  rest(): Promise<void>;
}

/** Signatures (RFC 8032). Secret and public keys have 32 bytes, signatures 64. Synchronous. */
export interface Ed25519 {
  publicKey(secret: Uint8Array): Uint8Array;
  sign(secret: Uint8Array, message: Uint8Array): Uint8Array;
  /** False for whatever is wrong with the key or the signature, too. */
  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
}

/** What one hash of scrypt takes: 128 * blockSize * 2^log2N bytes, and time for as much. */
export interface ScryptCost {
  readonly log2N: number;
  readonly blockSize: number;
  readonly parallelism: number;
}

/** Hashes that are slow on purpose, so that guessing costs much. They hold up nobody else meanwhile. */
export interface SlowHash {
  /** RFC 7914. */
  scrypt(
    password: Uint8Array,
    salt: Uint8Array,
    cost: ScryptCost,
    length: number,
  ): Promise<Uint8Array>;
  /** RFC 8018, with HMAC-SHA512. */
  pbkdf2Sha512(
    password: Uint8Array,
    salt: Uint8Array,
    iterations: number,
    length: number,
  ): Promise<Uint8Array>;
}

/** All an engine needs; composed by whoever opens it. */
export interface Ports {
  readonly clock: Clock;
  readonly random: Random;
  readonly net: Net;
  readonly http: Http;
  readonly disk: Disk;
  readonly hasher: Hasher;
  readonly ed25519: Ed25519;
}
