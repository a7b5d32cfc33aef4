/** Who this person is to others: words, devices, and ways to be sure of a contact. */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { ContactPath, Count, Explanation, Timestamp } from './fields.ts';

/** Of a device or a person: an Ed25519 public key. */
const KEY_PATTERN = '^[0-9a-f]{64}$';
export const PersonKey = Type.String({ pattern: KEY_PATTERN, description: 'key of a person' });
export const DeviceKey = Type.String({ pattern: KEY_PATTERN, description: 'key of a device' });

/** 64 bytes of UTF-8 in the list; each letter takes one at least. */
const DeviceName = Type.String({ minLength: 1, maxLength: 64, pattern: '\\S' });
/** Longer than any that somebody types. */
const PASS_PHRASE_LENGTH_MAX = 1_024;
const PassPhrase = Type.String({ maxLength: PASS_PHRASE_LENGTH_MAX });
const WORDS_COUNT = 24;
/** 24 words of at most eight letters, with room for numbers and line breaks that were pasted along. */
const WORDS_LENGTH_MAX = 1_000;
const WordsText = Type.String({ maxLength: WORDS_LENGTH_MAX });
const Words = Type.Array(Type.String(), { minItems: WORDS_COUNT, maxItems: WORDS_COUNT });
/** Of a word: 1 to 24. */
const Position = Type.Integer({ minimum: 1, maximum: WORDS_COUNT });

export const IDENTITY_STATES = [
  /** Nobody yet: make one, restore one from words, or join one of another device. */
  'none',
  /** Made here; whether the words were written down is not checked yet. */
  'created',
  'checked',
  /** From words. */
  'restored',
  /** Joined by pairing: the words are on another device. */
  'member',
] as const;

export const Identity = Type.Object({
  state: Type.Enum([...IDENTITY_STATES]),
  /** Absent while there is none. */
  person: Type.Optional(PersonKey),
  device: Type.Optional(Type.Object({ key: DeviceKey, name: Type.String() })),
  /** Of the device list; each change has one more. */
  listNumber: Type.Optional(Count),
  /** The words are kept sealed by a pass phrase. */
  isSealed: Type.Boolean(),
  /** What the words sign can be signed now: they are not sealed, or were unsealed a moment ago. */
  isUnlocked: Type.Boolean(),
  /** Until when, if they are sealed. */
  unlockedUntil: Type.Optional(Timestamp),
  /** This device was taken out of the list on another one: it is nobody's any more. */
  isRevoked: Type.Boolean(),
  /** The device list has to be signed anew: unlock, and it is. */
  needsSigning: Type.Boolean(),
  /** What is not as it should be between the devices of this person. */
  problem: Type.Optional(Explanation),
  /** How the static number and the words of a comparison look. */
  safety: Type.Object({
    digits: Count,
    groupLength: Count,
    words: Count,
  }),
});
export type Identity = Static<typeof Identity>;

export const CreateIdentity = Type.Object(
  { deviceName: Type.Optional(DeviceName), passPhrase: Type.Optional(PassPhrase) },
  { additionalProperties: false },
);
export type CreateIdentity = Static<typeof CreateIdentity>;

export const CreatedIdentity = Type.Object({ identity: Identity, words: Words });
export type CreatedIdentity = Static<typeof CreatedIdentity>;

export const ShowWords = Type.Object(
  { passPhrase: Type.Optional(PassPhrase) },
  { additionalProperties: false },
);
export const ShownWords = Type.Object({ words: Words });

/** The words that are asked for. */
export const WordCheck = Type.Object({ positions: Type.Array(Position) });

export const AnswerWordCheck = Type.Object(
  {
    answers: Type.Array(Type.Object({ position: Position, word: Type.String({ maxLength: 64 }) }), {
      minItems: 1,
      maxItems: WORDS_COUNT,
    }),
  },
  { additionalProperties: false },
);
export type AnswerWordCheck = Static<typeof AnswerWordCheck>;

export const ExamineWords = Type.Object({ words: WordsText }, { additionalProperties: false });

export const WordsReport = Type.Object({
  /** They are the words of an identity. */
  isGood: Type.Boolean(),
  count: Count,
  /** Words that are in no list, and those that are near. */
  wrong: Type.Array(
    Type.Object({
      position: Type.Integer({ minimum: 1 }),
      word: Type.String(),
      near: Type.Array(Type.String()),
    }),
  ),
  /** Each word is one of the list, but together they are not what was written down. */
  isMixedUp: Type.Boolean(),
});
export type WordsReport = Static<typeof WordsReport>;

export const RestoreIdentity = Type.Object(
  {
    words: WordsText,
    deviceName: Type.Optional(DeviceName),
    passPhrase: Type.Optional(PassPhrase),
  },
  { additionalProperties: false },
);
export type RestoreIdentity = Static<typeof RestoreIdentity>;

export const ChangePassPhrase = Type.Object(
  {
    /** The one that seals the words now, if one does. */
    current: Type.Optional(PassPhrase),
    /** `null`: the words are kept readable for the owner of this account. */
    next: Type.Union([PassPhrase, Type.Null()]),
  },
  { additionalProperties: false },
);
export type ChangePassPhrase = Static<typeof ChangePassPhrase>;

export const Unlock = Type.Object({ passPhrase: PassPhrase }, { additionalProperties: false });

export const Device = Type.Object({
  key: DeviceKey,
  name: Type.String(),
  addedAt: Timestamp,
  isThis: Type.Boolean(),
  /** How it is reached now. Absent of this one, and while there are no links. */
  path: Type.Optional(ContactPath),
  /** Name of the contact or own device whose computer passes it on, if that is known. */
  relayedBy: Type.Optional(Type.String()),
});
export type Device = Static<typeof Device>;

export const Devices = Type.Object({
  devices: Type.Array(Device),
  /** Never one of this person again. */
  revoked: Type.Array(DeviceKey),
  listNumber: Count,
  signedAt: Timestamp,
});
export type Devices = Static<typeof Devices>;

export const RenameDevice = Type.Object({ name: DeviceName }, { additionalProperties: false });

export const DEVICE_PAIRING_STATES = [
  'none',
  /** On the device that has the words: the code is to be entered on the new one. */
  'waiting',
  /** On the new one: it looks for the other. */
  'looking',
  /** Both show each other's names: a person says on the one with the words whether they are right. */
  'asking',
  'joined',
  'failed',
] as const;

/** From where somebody can come by a code: from this network alone, or from anywhere. Absent while that is not known. */
export const CodeReach = Type.Optional(Type.Enum(['network', 'everywhere']));

/** One more device of the same person. */
export const DevicePairing = Type.Object({
  state: Type.Enum([...DEVICE_PAIRING_STATES]),
  /** To be typed on the new device. */
  code: Type.Optional(Type.String()),
  /** The same as a link, for a QR code. */
  link: Type.Optional(Type.String()),
  validUntil: Type.Optional(Timestamp),
  reach: CodeReach,
  /** The other device, once it is there. */
  other: Type.Optional(Type.Object({ key: DeviceKey, name: Type.String() })),
  /** Shown on both: they are the same, or somebody is in between. */
  confirmCode: Type.Optional(Type.String()),
  problem: Type.Optional(Explanation),
});
export type DevicePairing = Static<typeof DevicePairing>;

/** A code or link, as it was copied. */
export const JoinDevices = Type.Object(
  { code: Type.String({ minLength: 1, maxLength: 1_000 }), deviceName: Type.Optional(DeviceName) },
  { additionalProperties: false },
);
export type JoinDevices = Static<typeof JoinDevices>;

export const AnswerPairing = Type.Object(
  { accept: Type.Boolean(), passPhrase: Type.Optional(PassPhrase) },
  { additionalProperties: false },
);
export type AnswerPairing = Static<typeof AnswerPairing>;

/** The number that two persons read to each other, at any time; the same on both sides. */
export const SafetyNumber = Type.Object({ groups: Type.Array(Type.String()) });
export type SafetyNumber = Static<typeof SafetyNumber>;

export const COMPARISON_STATES = [
  'none',
  /** The contact is asked, or was told and has not begun. */
  'connecting',
  /** Both see words: a person says whether they are the same. */
  'shown',
  'same',
  'different',
  'failed',
] as const;

export const Comparison = Type.Object({
  person: PersonKey,
  state: Type.Enum([...COMPARISON_STATES]),
  words: Type.Optional(Type.Array(Type.String())),
  /** The same for who does not read them: each word's number, 0 to 255. */
  numbers: Type.Optional(Type.Array(Count)),
  problem: Type.Optional(Explanation),
});
export type Comparison = Static<typeof Comparison>;

export const AnswerComparison = Type.Object(
  { isSame: Type.Boolean() },
  { additionalProperties: false },
);
