/** The running peer: how it is, what of it others can reach, whom it contacts, what it wrote down. */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { Bytes, BytesPerSecond, Count, Explanation, Path, Text, Timestamp } from './fields.ts';
import { TransferId } from './fields.ts';

export const Service = Type.Object({
  name: Type.String(),
  /** `waiting`: for the first-run page to be answered, or until it is tried again after a failure. */
  state: Type.Enum(['off', 'waiting', 'starting', 'running', 'failed']),
  restarts: Count,
  problem: Type.Optional(Explanation),
  nextTryAt: Type.Optional(Timestamp),
});
export type Service = Static<typeof Service>;

export const Status = Type.Object({
  version: Type.String(),
  startedAt: Timestamp,
  /** Until then nothing listens but the page, and nothing is sent. */
  isSetUp: Type.Boolean(),
  reach: Type.Enum(['anywhere', 'private', 'loopback']),
  services: Type.Array(Service),
  down: BytesPerSecond,
  up: BytesPerSecond,
  downMax: Type.Optional(BytesPerSecond),
  upMax: Type.Optional(BytesPerSecond),
  isScheduleActive: Type.Boolean(),
  peers: Count,
  dhtNodes: Count,
  /** Whether others come to us by themselves. */
  isReachable: Type.Enum(['unknown', 'yes', 'no']),
  freeBytes: Type.Optional(Bytes),
  transfers: Type.Record(Type.String(), Count),
});
export type Status = Static<typeof Status>;

/** The answer to the first-run page. */
export const SetUp = Type.Object(
  {
    downloadDirectory: Type.Optional(Path),
    /** The person read that what is fetched is passed on to others, and who sees what. */
    hasConsented: Type.Literal(true),
  },
  { additionalProperties: false },
);

export const ReachReport = Type.Object({
  /** What others can connect to. */
  listening: Type.Array(
    Type.Object({
      what: Type.Enum([
        'page',
        'remote-page',
        'peers-tcp',
        'peers-udp',
        'lsd',
        'people-tcp',
        'people-udp',
        'people-lan',
      ]),
      address: Type.String(),
      port: Count,
      /** Who can reach it, as far as it is known. */
      from: Type.Enum(['this-computer', 'local-network', 'anyone']),
    }),
  ),
  mappings: Type.Array(Type.Object({ port: Count, externalPort: Count, protocol: Type.String() })),
  /** Whom the peer asks by itself, and which setting ends that. */
  contacts: Type.Array(
    Type.Object({
      what: Type.Enum([
        'dht-bootstrap',
        'tracker',
        'lsd',
        'router',
        'people-bootstrap',
        'people-lan',
      ]),
      address: Type.String(),
      isOn: Type.Boolean(),
      setting: Type.Optional(Type.String()),
    }),
  ),
});
export type ReachReport = Static<typeof ReachReport>;

export const DoctorReport = Type.Object({
  checks: Type.Array(
    Type.Object({
      name: Type.String(),
      /** `unknown`: it cannot be told, or not yet. `odd`: it could be better. */
      verdict: Type.Enum(['good', 'odd', 'bad', 'unknown']),
      /** A stable code, what it is in words, and as `hint` what to do about it. */
      finding: Explanation,
    }),
  ),
});
export type DoctorReport = Static<typeof DoctorReport>;

const LOG_LEVELS = ['info', 'warning', 'error'] as const;
export const LogEntry = Type.Object({
  number: Count,
  at: Timestamp,
  level: Type.Enum([...LOG_LEVELS]),
  what: Explanation,
  transfer: Type.Optional(TransferId),
});
export type LogEntry = Static<typeof LogEntry>;
export const LogQuery = Type.Object({
  after: Type.Optional(Count),
  transfer: Type.Optional(TransferId),
});
export const Log = Type.Object({ entries: Type.Array(LogEntry) });

/** Folders of the peer's computer, to choose one. */
export const FolderQuery = Type.Object({ path: Type.Optional(Path) });
export const Folder = Type.Object({
  path: Path,
  parent: Type.Optional(Path),
  folders: Type.Array(Type.String()),
  files: Type.Array(Type.Object({ name: Type.String(), length: Bytes })),
  freeBytes: Type.Optional(Bytes),
});
export type Folder = Static<typeof Folder>;

/** As the command `create`. */
export const CreateTorrent = Type.Object(
  {
    path: Path,
    version: Type.Optional(Type.Enum(['v1', 'v2', 'hybrid'], { default: 'hybrid' })),
    trackers: Type.Optional(Type.Array(Text, { maxItems: 200 })),
    webSeeds: Type.Optional(Type.Array(Text, { maxItems: 200 })),
    isPrivate: Type.Optional(Type.Boolean()),
    pieceLength: Type.Optional(Type.Integer({ minimum: 16_384, maximum: 268_435_456 })),
    comment: Type.Optional(Text),
    /** Adds it to the transfers once it is made. */
    isShared: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
);
export type CreateTorrent = Static<typeof CreateTorrent>;

export const Creation = Type.Object({
  id: Type.String(),
  state: Type.Enum(['working', 'done', 'failed', 'cancelled']),
  done: Bytes,
  total: Bytes,
  transfer: Type.Optional(TransferId),
  magnet: Type.Optional(Type.String()),
  problem: Type.Optional(Explanation),
});
export type Creation = Static<typeof Creation>;

/** Several peers on this computer alone share a made-up folder, and it is gone afterwards. */
export const Demo = Type.Object({
  /** `off`: none was begun. `making`: the folder. `comparing`: all copies, byte by byte. */
  state: Type.Enum(['off', 'making', 'sharing', 'comparing', 'done', 'failed', 'cancelled']),
  /** Of the folder. */
  size: Bytes,
  /** The one that has it at first, and those that fetch. */
  peers: Type.Array(
    Type.Object({
      isSeed: Type.Boolean(),
      have: Bytes,
      total: Bytes,
      taken: Bytes,
      given: Bytes,
      down: BytesPerSecond,
      up: BytesPerSecond,
    }),
  ),
  seconds: Type.Optional(Type.Number({ minimum: 0 })),
  /** Of all that was given, the share that the first did not give. */
  passedOn: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
  /** Absent although it failed: the copies differ. */
  problem: Type.Optional(Explanation),
});
export type Demo = Static<typeof Demo>;

export const SCOPES = ['read', 'transfers', 'owner'] as const;
export const Scope = Type.Enum([...SCOPES]);
/** Each scope includes those before it. */
export type Scope = Static<typeof Scope>;

export const ApiKey = Type.Object({
  id: Type.String(),
  name: Type.String(),
  scope: Scope,
  createdAt: Timestamp,
  usedAt: Type.Optional(Timestamp),
});
export type ApiKey = Static<typeof ApiKey>;
export const ApiKeys = Type.Object({ keys: Type.Array(ApiKey) });
export const MakeApiKey = Type.Object(
  { name: Type.String({ minLength: 1, maxLength: 100 }), scope: Scope },
  { additionalProperties: false },
);
/** The only time the secret is told. */
export const MadeApiKey = Type.Object({ key: ApiKey, secret: Type.String() });
export const LoginLink = Type.Object({ url: Type.String(), validUntil: Timestamp });
