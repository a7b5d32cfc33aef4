/** Other people: contacts, the invitations by which they become some, and what they see of this person. */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { Bytes, ContactPath, Count, Explanation, Timestamp } from './fields.ts';
import { CodeReach, DeviceKey, PersonKey } from './identity.ts';

/** 64 bytes of UTF-8 on the wire; each letter takes one at least. */
const NAME_LENGTH_MAX = 64;
const PersonName = Type.String({ minLength: 1, maxLength: NAME_LENGTH_MAX, pattern: '\\S' });
/** A few paragraphs, for oneself. */
const NOTE_LENGTH_MAX = 2_000;
const Note = Type.String({ maxLength: NOTE_LENGTH_MAX });

export const CONTACT_TRUSTS = [
  /** Came by an invitation; nobody looked yet. */
  'new',
  'known',
  /** What a person decides to let them do without being asked. */
  'trusted',
  /** Not let in, and told nothing. */
  'blocked',
] as const;
export type ContactTrust = (typeof CONTACT_TRUSTS)[number];

export const ContactDevice = Type.Object({
  key: DeviceKey,
  /** As its owner calls it. */
  name: Type.String(),
  addedAt: Timestamp,
  /** How it is reached now. */
  path: ContactPath,
  /** Name of the contact or own device whose computer passes it on, if that is known. */
  relayedBy: Type.Optional(Type.String()),
  lastSeen: Type.Optional(Timestamp),
});

export const Contact = Type.Object({
  person: PersonKey,
  /** The given name, else their own. */
  name: Type.String(),
  /** As they call themselves. */
  ownName: Type.String(),
  /** What this person calls them, if something else. */
  givenName: Type.Optional(Type.String()),
  note: Type.String(),
  trust: Type.Enum([...CONTACT_TRUSTS]),
  /** When words were compared with them, and were the same. */
  verifiedAt: Type.Optional(Timestamp),
  since: Timestamp,
  /** Of any of their devices. */
  lastSeen: Type.Optional(Timestamp),
  /** The best of their devices' paths. */
  path: ContactPath,
  /** They removed this person: what is sent to them is refused until they accept an invitation. */
  isGone: Type.Boolean(),
  devices: Type.Array(ContactDevice),
  /** Of their device list. */
  listNumber: Count,
  /** What they showed last that was not taken, such as two device lists that contradict each other. */
  problem: Type.Optional(Explanation),
});
export type Contact = Static<typeof Contact>;
export type ContactDevice = Static<typeof ContactDevice>;

export const Contacts = Type.Object({
  contacts: Type.Array(Contact),
  /** As many as there can be. */
  max: Count,
});
export type Contacts = Static<typeof Contacts>;

/** What is absent stays as it is. */
export const ChangeContact = Type.Object(
  {
    /** `null`: as they call themselves. */
    name: Type.Optional(Type.Union([PersonName, Type.Null()])),
    note: Type.Optional(Note),
    trust: Type.Optional(Type.Enum([...CONTACT_TRUSTS])),
  },
  { additionalProperties: false },
);
export type ChangeContact = Static<typeof ChangeContact>;

const INVITATION_ID_PATTERN = '^[0-9a-f]{16}$';
export const InvitationId = Type.String({ pattern: INVITATION_ID_PATTERN });

/** A file or folder that waits behind the invitation. */
export const Gift = Type.Object({
  name: Type.String({ minLength: 1, maxLength: 255 }),
  size: Bytes,
});
export type Gift = Static<typeof Gift>;

/** Of the send that it stands for, and what the invitation says of it. */
const GiftOf = Type.Object(
  {
    id: Type.String({ pattern: '^[A-Za-z0-9_-]{1,64}$' }),
    name: Type.String({ minLength: 1, maxLength: 255 }),
    size: Bytes,
  },
  { additionalProperties: false },
);

export const INVITATION_STATES = ['open', 'used', 'expired', 'revoked'] as const;

export const SPOKEN_CODE_STATES = [
  /** Said to be there soon: the network is asked to keep it. */
  'announcing',
  'open',
  'used',
  'expired',
  /** Three wrong guesses: a new invitation has a new code. */
  'burnt',
  /** The network did not take it; the link is good. */
  'failed',
] as const;

/** Words to say, such as `7-amber-river-table`. */
export const SpokenCode = Type.Object({
  text: Type.String(),
  state: Type.Enum([...SPOKEN_CODE_STATES]),
  validUntil: Timestamp,
  reach: CodeReach,
  wrongGuesses: Count,
  problem: Type.Optional(Explanation),
});
export type SpokenCode = Static<typeof SpokenCode>;

export const Invitation = Type.Object({
  id: InvitationId,
  state: Type.Enum([...INVITATION_STATES]),
  /** For whom, as this person noted it. */
  note: Type.String(),
  /** `coequal:invite/…`; absent when nobody can come by it any more. */
  link: Type.Optional(Type.String()),
  /** The same in capitals, which makes the smallest QR code. */
  qr: Type.Optional(Type.String()),
  /** Absent when none was asked for, and after a restart of the peer. */
  code: Type.Optional(SpokenCode),
  createdAt: Timestamp,
  validUntil: Timestamp,
  usesMax: Count,
  gift: Type.Optional(Gift),
  /** Who came by it. */
  usedBy: Type.Array(Type.Object({ person: PersonKey, name: Type.String(), at: Timestamp })),
});
export type Invitation = Static<typeof Invitation>;

export const Invitations = Type.Object({
  /** The newest first. */
  invitations: Type.Array(Invitation),
  /** Open ones that there can be. */
  openMax: Count,
});
export type Invitations = Static<typeof Invitations>;

/** Thirty days. */
const VALID_SECONDS_MAX = 2_592_000;
const USES_MAX = 100;

export const CreateInvitation = Type.Object(
  {
    /** Seconds from now; a week if absent. */
    validSeconds: Type.Optional(Type.Integer({ minimum: 60, maximum: VALID_SECONDS_MAX })),
    /** One if absent. */
    uses: Type.Optional(Type.Integer({ minimum: 1, maximum: USES_MAX })),
    /** For whom. */
    note: Type.Optional(Type.String({ maxLength: NAME_LENGTH_MAX })),
    gift: Type.Optional(GiftOf),
    /** Also a spoken code, good for ten minutes and one person. */
    spoken: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
);
export type CreateInvitation = Static<typeof CreateInvitation>;

/** As it was copied, scanned or heard: text around it does no harm. */
const LinkOrCode = Type.String({ minLength: 1, maxLength: 2_000 });
export const AcceptInvitation = Type.Object({ text: LinkOrCode }, { additionalProperties: false });

/** What a link says, before anybody is asked. Nothing of it is proven. */
export const InvitationReading = Type.Object({
  type: Type.Enum(['link', 'code']),
  /** Of a link; a code tells nothing. */
  name: Type.Optional(Type.String()),
  person: Type.Optional(PersonKey),
  validUntil: Type.Optional(Timestamp),
  gift: Type.Optional(Gift),
  /** They are a contact already: accepting makes sure that both sides know. */
  isContact: Type.Boolean(),
});
export type InvitationReading = Static<typeof InvitationReading>;

export const ACCEPTANCE_STATES = [
  /** On the way to the inviter; tried again while the invitation is valid. */
  'looking',
  /** In touch, and exchanging who each is. */
  'greeting',
  'done',
  'failed',
] as const;

export const Acceptance = Type.Object({
  id: InvitationId,
  state: Type.Enum([...ACCEPTANCE_STATES]),
  startedAt: Timestamp,
  /** As the link has it, then as they say themselves. */
  name: Type.Optional(Type.String()),
  /** Of the new contact. */
  person: Type.Optional(PersonKey),
  gift: Type.Optional(Gift),
  tries: Count,
  /** Why it failed, or what the last try met. */
  problem: Type.Optional(Explanation),
});
export type Acceptance = Static<typeof Acceptance>;

export const Acceptances = Type.Object({ acceptances: Type.Array(Acceptance) });
export type Acceptances = Static<typeof Acceptances>;

/** What contacts are told of this person, besides their devices. */
export const Profile = Type.Object({ name: Type.String() });
export type Profile = Static<typeof Profile>;
export const ChangeProfile = Type.Object({ name: PersonName }, { additionalProperties: false });

/** What a contact's device said that it sees of this one. */
const SeenBy = Type.Object({
  person: PersonKey,
  name: Type.String(),
  device: DeviceKey,
  deviceName: Type.String(),
  at: Timestamp,
  path: ContactPath,
  /** Where packets of this peer come from, as they see it. */
  address: Type.Optional(Type.String()),
  /** Addresses of this peer that they were told. */
  told: Type.Array(Type.String()),
});
/**
 * Where this device is, in one line to type or to photograph: `coequal:at/DEVICE?tcp=192.168.1.20:7230`. Absent while it
 * has no address that could be told.
 */
export const AddressCard = Type.Object({ text: Type.Optional(Type.String()) });
export type AddressCard = Static<typeof AddressCard>;

export const UseAddressCard = Type.Object(
  { text: Type.String({ maxLength: 2_000 }) },
  { additionalProperties: false },
);

export const SeenByOthers = Type.Object({ seen: Type.Array(SeenBy) });
export type SeenByOthers = Static<typeof SeenByOthers>;
