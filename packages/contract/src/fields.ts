/** Schemas of single values that many others are made of. */
import { Type } from 'typebox';
import type { Static } from 'typebox';

/** Longest text that a person types into one field; names of files end at 255 bytes, paths at 4,096. */
const TEXT_LENGTH_MAX = 4_096;
const LABEL_LENGTH_MAX = 100;

/** The info hash in lower-case hex: v1's 40 digits if there is one, else v2's 64. */
export const TransferId = Type.String({ pattern: '^([0-9a-f]{40}|[0-9a-f]{64})$' });

export const Bytes = Type.Integer({ minimum: 0, description: 'bytes' });
export const BytesPerSecond = Type.Integer({ minimum: 0, description: 'bytes per second' });
export const Count = Type.Integer({ minimum: 0 });
/** Of the Unix epoch. */
export const Timestamp = Type.Integer({ minimum: 0, description: 'ms since 1970-01-01 UTC' });
export const Text = Type.String({ maxLength: TEXT_LENGTH_MAX });
/** Absolute, in the notation of the peer's system. */
export const Path = Type.String({ minLength: 1, maxLength: TEXT_LENGTH_MAX });
/** Of a category or tag. */
export const Label = Type.String({ minLength: 1, maxLength: LABEL_LENGTH_MAX, pattern: '\\S' });
export const Nothing = Type.Object({}, { additionalProperties: false });

export const CONTACT_PATHS = ['none', 'lan', 'direct', 'relayed'] as const;
/** How a device is reached just now. */
export const ContactPath = Type.Enum([...CONTACT_PATHS]);

/** What is absent means "as before", `null` "none". */
export const Rate = Type.Union([Type.Integer({ minimum: 1 }), Type.Null()], {
  description: 'bytes per second, null: no limit',
});

/**
 * Something told to a person: `code` and `details` for programs and other languages, `text` in English.
 * Codes are stable.
 */
export const Explanation = Type.Object({
  code: Type.String(),
  details: Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean()])),
  text: Type.String(),
  /** What to do about it. */
  hint: Type.Optional(Type.String()),
});
export type Explanation = Static<typeof Explanation>;
