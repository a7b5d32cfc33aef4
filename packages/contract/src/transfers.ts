/** Transfers: their rows, their details, and what can be done with them. */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import {
  Bytes,
  BytesPerSecond,
  Count,
  Explanation,
  Label,
  Path,
  Rate,
  Text,
  Timestamp,
  TransferId,
} from './fields.ts';

/** Of one request: more ids than anybody has transfers, and a bound on its length. */
const IDS_MAX = 100_000;
const TAGS_MAX = 50;
const TRACKERS_MAX = 200;
/** A .torrent file of 16 MiB, in base64. */
const TORRENT_BASE64_LENGTH_MAX = 22_400_000;
const SOURCE_LENGTH_MAX = 65_536;

export const TRANSFER_STATES = [
  /** Waits for its turn. */
  'queued',
  /** A person stopped it. */
  'paused',
  /** A magnet link: peers are asked what it holds. */
  'metadata',
  'checking',
  'downloading',
  'seeding',
  /** All is here, and its goal of passing on is reached. */
  'finished',
  'moving',
  'failed',
] as const;

const TransferState = Type.Enum([...TRANSFER_STATES]);

export const Transfer = Type.Object({
  id: TransferId,
  name: Type.String(),
  state: TransferState,
  /** Why it is in this state, or why nothing moves. */
  reason: Type.Optional(Explanation),
  /** Of all files; 0 until it is known. */
  size: Bytes,
  /** Of the files that are wanted. */
  wanted: Bytes,
  /** Of these, verified. */
  have: Bytes,
  down: BytesPerSecond,
  up: BytesPerSecond,
  /** Since it was added, over all runs. */
  downloaded: Bytes,
  uploaded: Bytes,
  peers: Count,
  seeds: Count,
  etaSeconds: Type.Optional(Count),
  category: Type.Optional(Label),
  tags: Type.Array(Label),
  directory: Path,
  addedAt: Timestamp,
  completedAt: Type.Optional(Timestamp),
  isPrivate: Type.Boolean(),
  isSequential: Type.Boolean(),
  /** From 1; of those that wait for a turn or have one. */
  queuePosition: Count,
});
export type Transfer = Static<typeof Transfer>;

/** What changed after `since`, up to `revision`. The first answer, and one to a revision that is too old, is whole. */
export const TransferDelta = Type.Object({
  since: Type.Integer({
    minimum: 0,
    description:
      'who has not seen this revision misses something, and asks for what changed; 0 if these are all',
  }),
  revision: Count,
  isWhole: Type.Boolean({ description: 'these are all; what is not among them is gone' }),
  changed: Type.Array(Transfer),
  removed: Type.Array(TransferId),
});
export type TransferDelta = Static<typeof TransferDelta>;

export const TransferLimits = Type.Object({
  up: Rate,
  down: Rate,
  /** Outside of the limits of all transfers together. */
  isExempt: Type.Boolean(),
});
export type TransferLimits = Static<typeof TransferLimits>;

/** When passing on ends; what comes first. `null`: as the settings say, 0: at once. */
export const TransferGoals = Type.Object({
  /** See `ratioOf`. */
  ratio: Type.Union([Type.Number({ minimum: 0 }), Type.Null()]),
  seedMinutes: Type.Union([Count, Type.Null()]),
});
export type TransferGoals = Static<typeof TransferGoals>;

export const Tracker = Type.Object({
  url: Text,
  tier: Count,
  state: Type.Enum(['idle', 'announcing', 'working', 'failed', 'off']),
  /** What went wrong last. */
  problem: Type.Optional(Explanation),
  nextAnnounceAt: Type.Optional(Timestamp),
  seeds: Type.Optional(Count),
  leeches: Type.Optional(Count),
  /** Addresses in its latest answer. */
  given: Type.Optional(Count),
});
export type Tracker = Static<typeof Tracker>;

const SOURCE_OFF_REASONS = [
  /** What is on disk is looked at first. */
  'not-yet',
  /** Its trackers alone are asked (BEP 27). */
  'private',
  'switched-off',
  /** No tracker, or no peer, was named. */
  'none-named',
  /** Nobody can dial us. */
  'not-listening',
  /** This computer has no network for it. */
  'no-network',
] as const;

/** Where peers come from, how that is going, and what came of it. Empty for a transfer that rests. */
export const PeerSourceReport = Type.Object({
  source: Type.Enum(['given', 'magnet', 'incoming', 'tracker', 'lsd', 'dht', 'pex']),
  /** `working`: in order, or it tells when it has something. */
  state: Type.Enum(['off', 'asking', 'working', 'failed']),
  /** Of one that is off. */
  why: Type.Optional(Type.Enum([...SOURCE_OFF_REASONS])),
  /** Of one that failed. */
  problem: Type.Optional(Explanation),
  /** When it is asked again, if that is known. */
  nextTryAt: Type.Optional(Timestamp),
  /** Of the DHT: those that are known. */
  nodes: Type.Optional(Count),
  /** Addresses that were new when they came. */
  given: Count,
  /** Those of them that were dialled at least once. */
  dialled: Count,
  /** Those of them that were connected. */
  links: Count,
  /** Those that are now. */
  connected: Count,
  /** Of pieces, from them. */
  downloaded: Bytes,
});
export type PeerSourceReport = Static<typeof PeerSourceReport>;

export const TransferDetail = Type.Object({
  transfer: Transfer,
  version: Type.Optional(Type.Enum(['v1', 'v2', 'hybrid'])),
  infoHash: Type.Optional(Type.String()),
  infoHashV2: Type.Optional(Type.String()),
  magnet: Type.String(),
  comment: Type.Optional(Type.String()),
  createdBy: Type.Optional(Type.String()),
  createdAt: Type.Optional(Timestamp),
  pieceLength: Count,
  pieceCount: Count,
  piecesHad: Count,
  fileCount: Count,
  wasted: Bytes,
  isFirstAndLastFirst: Type.Boolean(),
  limits: TransferLimits,
  goals: TransferGoals,
  trackers: Type.Array(Tracker),
  sources: Type.Array(PeerSourceReport),
});
export type TransferDetail = Static<typeof TransferDetail>;

export const FILE_PRIORITIES = ['skip', 'low', 'normal', 'high'] as const;
export const FilePriority = Type.Enum([...FILE_PRIORITIES]);
export type FilePriority = Static<typeof FilePriority>;

export const TransferFile = Type.Object({
  index: Count,
  /** Within the transfer, parts joined by `/`. */
  path: Type.String(),
  length: Bytes,
  have: Bytes,
  priority: FilePriority,
});
export type TransferFile = Static<typeof TransferFile>;
export const TransferFiles = Type.Object({ files: Type.Array(TransferFile) });

export const TransferPeer = Type.Object({
  address: Type.String(),
  port: Count,
  client: Type.String(),
  source: Type.String(),
  transport: Type.Enum(['tcp', 'utp', 'punched']),
  isIncoming: Type.Boolean(),
  progress: Type.Number({ minimum: 0, maximum: 1 }),
  down: BytesPerSecond,
  up: BytesPerSecond,
  downloaded: Bytes,
  uploaded: Bytes,
  /** What the two want of each other, and let each other have. */
  isInterested: Type.Boolean(),
  isChoking: Type.Boolean(),
  areInterested: Type.Boolean(),
  areChoked: Type.Boolean(),
});
export type TransferPeer = Static<typeof TransferPeer>;
export const TransferPeers = Type.Object({ peers: Type.Array(TransferPeer) });

/** A byte a piece, in base64. */
export const TransferPieces = Type.Object({
  count: Count,
  states: Type.String({ description: '0 not wanted, 1 missing, 2 under way, 3 had' }),
  availability: Type.String({ description: 'connected peers that have it, at most 255' }),
});
export type TransferPieces = Static<typeof TransferPieces>;

/** From oldest to newest; the last is the present one. */
export const SpeedHistory = Type.Object({
  intervalSeconds: Count,
  down: Type.Array(BytesPerSecond),
  up: Type.Array(BytesPerSecond),
});
export type SpeedHistory = Static<typeof SpeedHistory>;
export const SPEED_SPANS = ['minute', 'hour', 'day'] as const;
export const SpeedQuery = Type.Object({
  span: Type.Optional(Type.Enum([...SPEED_SPANS], { default: 'minute' })),
});

const LabelChanges = {
  category: Type.Optional(Type.Union([Label, Type.Null()])),
  tags: Type.Optional(Type.Array(Label, { maxItems: TAGS_MAX })),
};

/** Exactly one of `source` and `torrent`. */
export const AddTransfer = Type.Object(
  {
    source: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: SOURCE_LENGTH_MAX,
        description: 'magnet link, or http(s) address of a .torrent file',
      }),
    ),
    torrent: Type.Optional(
      Type.String({
        maxLength: TORRENT_BASE64_LENGTH_MAX,
        description: 'a .torrent file in base64',
      }),
    ),
    directory: Type.Optional(Path),
    /** Where the content lies already, when it is not `directory`/name. */
    contentPath: Type.Optional(Path),
    isPaused: Type.Optional(Type.Boolean()),
    isSequential: Type.Optional(Type.Boolean()),
    /** The first and the last piece of each file before all others: there players look what a file is. */
    isFirstAndLastFirst: Type.Optional(Type.Boolean()),
    /** Complete files are taken as good without hashing them. */
    isTrusted: Type.Optional(Type.Boolean()),
    /** Indexes of the files that are wanted; all if absent. */
    files: Type.Optional(Type.Array(Count, { maxItems: 1_000_000 })),
    ...LabelChanges,
  },
  { additionalProperties: false },
);
export type AddTransfer = Static<typeof AddTransfer>;

/** What a source holds, before it is added. */
export const InspectTransfer = Type.Object(
  { source: AddTransfer.properties.source, torrent: AddTransfer.properties.torrent },
  { additionalProperties: false },
);
export const Inspection = Type.Object({
  id: TransferId,
  name: Type.String(),
  isAdded: Type.Boolean({ description: 'it is among the transfers already' }),
  isPrivate: Type.Boolean(),
  size: Bytes,
  trackers: Type.Array(Type.String()),
  /** Absent: a magnet link tells only when peers have been asked. */
  files: Type.Optional(Type.Array(Type.Object({ path: Type.String(), length: Bytes }))),
});
export type Inspection = Static<typeof Inspection>;

export const ChangeTransfer = Type.Object(
  {
    ...LabelChanges,
    isSequential: Type.Optional(Type.Boolean()),
    isFirstAndLastFirst: Type.Optional(Type.Boolean()),
    limits: Type.Optional(Type.Partial(TransferLimits)),
    goals: Type.Optional(Type.Partial(TransferGoals)),
    files: Type.Optional(
      Type.Array(Type.Object({ index: Count, priority: FilePriority }), { maxItems: 1_000_000 }),
    ),
    /** Tiers, in the order in which they are asked (BEP 12). */
    trackers: Type.Optional(
      Type.Array(Type.Array(Text, { maxItems: TRACKERS_MAX }), { maxItems: TRACKERS_MAX }),
    ),
  },
  { additionalProperties: false },
);
export type ChangeTransfer = Static<typeof ChangeTransfer>;

export const TRANSFER_ACTIONS = [
  'pause',
  'resume',
  /** Also when it is not its turn. */
  'force',
  'recheck',
  'announce',
  'to-top',
  'up',
  'down',
  'to-bottom',
] as const;
export const TransferAction = Type.Enum([...TRANSFER_ACTIONS]);
export type TransferAction = Static<typeof TransferAction>;

const TransferIds = Type.Array(TransferId, { minItems: 1, maxItems: IDS_MAX });
export const ActOnTransfers = Type.Object(
  { ids: TransferIds, action: TransferAction },
  { additionalProperties: false },
);
export const RemoveTransfers = Type.Object(
  { ids: TransferIds, deleteData: Type.Optional(Type.Boolean({ default: false })) },
  { additionalProperties: false },
);
/** Until then `undoRemove` brings them back, data included. */
export const Removal = Type.Object({ undoUntil: Timestamp });
export const UndoRemoval = Type.Object({ ids: TransferIds }, { additionalProperties: false });
export const MoveTransfer = Type.Object({ directory: Path }, { additionalProperties: false });
export const RenameTransfer = Type.Object(
  {
    /** Of a file; the whole transfer if absent. */
    index: Type.Optional(Count),
    name: Type.String({ minLength: 1, maxLength: 255 }),
  },
  { additionalProperties: false },
);
export const AddPeers = Type.Object(
  { peers: Type.Array(Type.String({ maxLength: 300 }), { minItems: 1, maxItems: 200 }) },
  { additionalProperties: false },
);

export const Category = Type.Object(
  { name: Label, directory: Type.Optional(Path) },
  { additionalProperties: false },
);
export type Category = Static<typeof Category>;
export const Categories = Type.Object({ categories: Type.Array(Category) });
