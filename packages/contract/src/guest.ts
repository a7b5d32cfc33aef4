/** Guest links: a page by which someone without the program takes files from this computer, or puts some here. */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { Bytes, Count, Explanation, Label, Path, Timestamp } from './fields.ts';

/** Of one link; what is more goes as a folder. */
const PATHS_MAX = 100;
/** Times that a link may be used, when a number is given. */
const USES_MAX = 10_000;
const MINUTE_MS = 60_000;
const EXPIRY_MAX_MS = 366 * 86_400_000;

/** From where it can be used: `loopback` is this computer alone (a peer that was started with `--offline`). */
export const GUEST_REACHES = ['loopback', 'lan', 'internet'] as const;

export const CreateGuestLink = Type.Object(
  {
    /** Files and folders to give; none when guests are only to put files here. */
    paths: Type.Array(Path, { maxItems: PATHS_MAX }),
    /** What guests read at the top of the page; the name of the first path if absent. */
    title: Type.Optional(Label),
    /** Three days if absent. */
    expiresInMs: Type.Optional(Type.Integer({ minimum: MINUTE_MS, maximum: EXPIRY_MAX_MS })),
    /** How many guests may use it; any number if absent. A guest may break off and go on. */
    guestsMax: Type.Optional(Type.Integer({ minimum: 1, maximum: USES_MAX })),
    /** Guests may put files here, into a folder apart; no if absent. */
    mayUpload: Type.Optional(Type.Boolean()),
    /** Of all that guests put here by this link; 10 GiB if absent. */
    uploadBytesMax: Type.Optional(Type.Integer({ minimum: 1, maximum: 2 ** 40 })),
    /** `lan` if absent: only addresses of private networks are answered. */
    reach: Type.Optional(Type.Enum(['lan', 'internet'])),
  },
  { additionalProperties: false },
);
export type CreateGuestLink = Static<typeof CreateGuestLink>;

export const GUEST_LINK_STATES = [
  /** The listener is being opened. */
  'starting',
  'open',
  /** The listener could not be opened: see `problem`. It is tried again. */
  'failed',
  /** Only those who began may go on. */
  'used-up',
  'expired',
  /** What it gives is no longer what it was: see `problem`. */
  'changed',
] as const;

export const GuestItem = Type.Object({
  path: Path,
  name: Type.String(),
  kind: Type.Enum(['file', 'folder']),
  /** Of all that is in it. */
  size: Bytes,
  fileCount: Count,
});
export type GuestItem = Static<typeof GuestItem>;

/** What a guest takes or puts here, as of now. Kept until the peer stops, and only of the last. */
export const GuestTransfer = Type.Object({
  id: Type.String(),
  direction: Type.Enum(['download', 'upload']),
  /** Such as `Firefox, Android`; empty when the guest did not say. */
  guest: Type.String(),
  /** Where the guest is; told only while it runs, and not kept. */
  address: Type.Optional(Type.String()),
  /** Name of the file; of a ZIP file when it is all. */
  name: Type.String(),
  /** How far it is. After a break it goes on from where it was. */
  done: Bytes,
  size: Bytes,
  /** `stopped`: by the person here. `broken`: the guest went away, and may come back. */
  state: Type.Enum(['running', 'done', 'broken', 'stopped']),
  startedAt: Timestamp,
  endedAt: Type.Optional(Timestamp),
  /** Where an upload that is done lies. */
  path: Type.Optional(Path),
});
export type GuestTransfer = Static<typeof GuestTransfer>;

export const GuestLink = Type.Object({
  id: Type.String(),
  title: Type.String(),
  items: Type.Array(GuestItem),
  size: Bytes,
  fileCount: Count,
  state: Type.Enum([...GUEST_LINK_STATES]),
  problem: Type.Optional(Explanation),
  createdAt: Timestamp,
  expiresAt: Timestamp,
  guestsMax: Type.Optional(Count),
  /** Who began to take something, or to put something here. */
  guests: Count,
  mayUpload: Type.Boolean(),
  uploadBytesMax: Type.Optional(Bytes),
  uploadedBytes: Bytes,
  /** Where uploads of this link go. */
  uploadDirectory: Type.Optional(Path),
  reach: Type.Enum([...GUEST_REACHES]),
  /**
   * `own-certificate`: the browser of a guest warns once, and a person compares `fingerprint`. `none`: who is in the
   * same network, or on the way, can read along.
   */
  encryption: Type.Enum(['none', 'own-certificate', 'certificate']),
  /** SHA-256 of the certificate, `AB:CD:…`. */
  fingerprint: Type.Optional(Type.String()),
  /** The whole link, at each address of this computer; the first is likely the right one. Empty unless it is open. */
  addresses: Type.Array(
    Type.Object({
      host: Type.String(),
      url: Type.String(),
      /** From where this address can be reached. */
      reach: Type.Enum([...GUEST_REACHES]),
    }),
  ),
  /**
   * Of a link for everyone, when the router is asked to let guests in. `open`: it does, at its own address `host`, if it
   * says that, and `port`; that address stands first among `addresses`. `closed`: see `problem`.
   */
  outside: Type.Optional(
    Type.Object({
      state: Type.Enum(['asking', 'open', 'closed']),
      host: Type.Optional(Type.String()),
      port: Type.Optional(Count),
      problem: Type.Optional(Explanation),
    }),
  ),
  transfers: Type.Array(GuestTransfer),
});
export type GuestLink = Static<typeof GuestLink>;

export const GuestLinks = Type.Object({ links: Type.Array(GuestLink) });

export const ByGuestLink = Type.Object({ id: Type.String({ maxLength: 64 }) });
export const ByGuestTransfer = Type.Object({
  id: Type.String({ maxLength: 64 }),
  transfer: Type.String({ maxLength: 64 }),
});
