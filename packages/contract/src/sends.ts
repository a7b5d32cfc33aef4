/** Files handed to persons and by them: what was sent, and the inbox. */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { Bytes, BytesPerSecond, Count, Explanation, Path, Timestamp } from './fields.ts';

/** Of one request. A swarm of more would be a publication. */
const PERSONS_MAX = 64;
const PATHS_MAX = 1_000;
const NOTE_LENGTH_MAX = 1_000;
const NAME_LENGTH_MAX = 255;
const FILES_SHOWN_MAX = 1_000;

/** Of a send or an offer on this peer. */
const SendId = Type.String({ pattern: '^[0-9a-f]{32}$' });
/** The root key of a person. */
const Person = Type.String({ pattern: '^[0-9a-f]{64}$' });
/** A person's key, or what the contact is called here. */
const PersonText = Type.String({ minLength: 1, maxLength: 200 });
const Note = Type.String({ maxLength: NOTE_LENGTH_MAX });
const Directory = Type.Optional(Path);

export const SEND_STATES = [
  /** The files are read, to know their hashes. */
  'preparing',
  /** It is there for those who have not got it yet. */
  'offered',
  /** All have it, declined it, or were too late. */
  'finished',
  'withdrawn',
  'failed',
] as const;

export const RECEIVER_STATES = [
  /** No device of theirs was reached yet; it is tried again and again. */
  'unreached',
  /** It lies in their inbox. */
  'waiting',
  'receiving',
  'done',
  'declined',
  /** They stopped it before it was whole. */
  'stopped',
  /** Nobody answered in time. */
  'expired',
  'withdrawn',
] as const;

export const SendReceiver = Type.Object({
  person: Person,
  name: Type.String(),
  state: Type.Enum([...RECEIVER_STATES]),
  /** Verified bytes, as they say. */
  have: Bytes,
  /** Since when it is in that state. */
  since: Timestamp,
});
export type SendReceiver = Static<typeof SendReceiver>;

export const Send = Type.Object({
  id: SendId,
  name: Type.String(),
  /** 0 until they are counted. */
  size: Bytes,
  files: Count,
  note: Type.String(),
  state: Type.Enum([...SEND_STATES]),
  problem: Type.Optional(Explanation),
  /** While it is `preparing`: bytes that were read. */
  prepared: Type.Optional(Bytes),
  up: BytesPerSecond,
  /** Everybody who accepted can get the rest from somebody else: this peer may go off. */
  canLeave: Type.Boolean(),
  receivers: Type.Array(SendReceiver),
  createdAt: Timestamp,
  endedAt: Type.Optional(Timestamp),
});
export type Send = Static<typeof Send>;
export const Sends = Type.Object({ sends: Type.Array(Send) });

export const BeginSend = Type.Object(
  {
    to: Type.Array(PersonText, { minItems: 1, maxItems: PERSONS_MAX }),
    /** Files and folders of the peer's computer. Several become one folder at the other side. */
    paths: Type.Array(Path, { minItems: 1, maxItems: PATHS_MAX }),
    /** What it is called at the other side; made of the paths if absent. */
    name: Type.Optional(Type.String({ minLength: 1, maxLength: NAME_LENGTH_MAX })),
    note: Type.Optional(Note),
  },
  { additionalProperties: false },
);
export type BeginSend = Static<typeof BeginSend>;

export const OFFER_STATES = [
  'waiting',
  /** Accepted; what is here is not whole yet. */
  'receiving',
  /** Whole and verified, and held apart until a person has looked at the warnings. */
  'quarantined',
  'done',
  'declined',
  /** By the sender. */
  'withdrawn',
  'expired',
  'failed',
] as const;
const OfferState = Type.Enum([...OFFER_STATES]);
export type OfferState = Static<typeof OfferState>;

export const FILE_KINDS = [
  'picture',
  'video',
  'sound',
  'document',
  'archive',
  'program',
  'other',
] as const;

/** What to be careful with in a file. */
export const FILE_WARNINGS = [
  /** A program, of whatever system. */
  'PROGRAM',
  /** Text that a system or a program runs. */
  'SCRIPT',
  /** A document that can hold programs. */
  'MACROS',
  /** Opening it has another program run something: shortcuts, disk images, installers of settings. */
  'LAUNCHER',
  /** Its name ends as if it were something harmless, and then goes on: `holiday.jpg.exe`. */
  'DOUBLE_EXTENSION',
  /** Its name holds marks that turn the reading order, so that it looks like another. */
  'TURNED_NAME',
  /** Its beginning is that of a program, whatever it is called. */
  'DISGUISED',
  /** An archive with something in it of which the above would warn. */
  'PROGRAM_INSIDE',
  /** An archive that cannot be looked into: encrypted, damaged, too long, or of a form that is not known here. */
  'UNSEEN_INSIDE',
  /** A name that some system cannot keep was changed. */
  'NAME_CHANGED',
] as const;
export const FileWarning = Type.Enum([...FILE_WARNINGS]);
export type FileWarning = Static<typeof FileWarning>;

export const Offer = Type.Object({
  id: SendId,
  person: Person,
  personName: Type.String(),
  name: Type.String(),
  size: Bytes,
  files: Count,
  note: Type.String(),
  /** How many files of each kind, by their names; as the sender says until `isListed`. */
  kinds: Type.Record(Type.String(), Count),
  /** The list of files is here, and was checked. */
  isListed: Type.Boolean(),
  state: OfferState,
  problem: Type.Optional(Explanation),
  /** Each kind of warning that there is, and in how many files. */
  warnings: Type.Array(Type.Object({ warning: FileWarning, files: Count })),
  /** The folder that it goes to, once it was accepted. */
  directory: Type.Optional(Path),
  /** Where it is: in quarantine, or released. */
  path: Type.Optional(Path),
  /** Verified bytes. */
  have: Bytes,
  down: BytesPerSecond,
  /** Devices that it comes from at the moment. */
  sources: Count,
  /** How many accepted it, and how many of them have it all, as the sender says. */
  receivers: Count,
  receiversDone: Count,
  receivedAt: Timestamp,
  /** Of one that waits. */
  expiresAt: Type.Optional(Timestamp),
  completedAt: Type.Optional(Timestamp),
});
export type Offer = Static<typeof Offer>;

export const InboxRule = Type.Object({
  person: Person,
  personName: Type.String(),
  /** What is not larger is accepted without asking, as long as the person is trusted. */
  sizeMax: Bytes,
  directory: Directory,
});
export type InboxRule = Static<typeof InboxRule>;

export const Inbox = Type.Object({ offers: Type.Array(Offer), rules: Type.Array(InboxRule) });
export type Inbox = Static<typeof Inbox>;

export const OfferDetail = Type.Object({
  offer: Offer,
  /** The first thousand; none until the list is here. Those with warnings come first. */
  files: Type.Array(
    Type.Object({ path: Type.String(), size: Bytes, warnings: Type.Array(FileWarning) }),
    { maxItems: FILES_SHOWN_MAX },
  ),
});
export type OfferDetail = Static<typeof OfferDetail>;

export const AcceptOffer = Type.Object(
  {
    /** The folder for downloads if absent. */
    directory: Directory,
  },
  { additionalProperties: false },
);

export const PutInboxRule = Type.Object(
  { sizeMax: Bytes, directory: Directory },
  { additionalProperties: false },
);

export const BySend = Type.Object({ id: SendId });
export const ByPerson = Type.Object({ person: Person });
