/** Files that a browser hands to its own peer, to be sent on: a browser gives bytes, and no paths. */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { Bytes, Count } from './fields.ts';
import { BeginSend } from './sends.ts';

/** Of one go; a folder of photos has some thousands. */
const FILES_MAX = 10_000;
/** With the folders that it is in, below what is dropped. */
const PATH_LENGTH_MAX = 1_024;

const StagingId = Type.String({ pattern: '^[0-9a-f]{32}$' });

export const BeginStaging = Type.Object(
  {
    files: Type.Array(
      Type.Object({
        /** Below what was dropped, with `/`, such as `Holiday/lake.jpg`. */
        path: Type.String({ minLength: 1, maxLength: PATH_LENGTH_MAX }),
        size: Bytes,
      }),
      { minItems: 1, maxItems: FILES_MAX },
    ),
  },
  { additionalProperties: false },
);
export type BeginStaging = Static<typeof BeginStaging>;

export const STAGING_STATES = [
  /** Bytes are awaited. */
  'open',
  /** All of it is here, and waits behind an invitation. */
  'held',
  /** It belongs to a send, and goes when that has ended. */
  'sent',
] as const;

export const Staging = Type.Object({
  id: StagingId,
  state: Type.Enum([...STAGING_STATES]),
  files: Count,
  size: Bytes,
  /** What is here of all of them. */
  received: Bytes,
});
export type Staging = Static<typeof Staging>;

/** What of one file is here: where the next bytes belong. */
export const StagedFile = Type.Object({ received: Bytes, size: Bytes });
export type StagedFile = Static<typeof StagedFile>;

export const SendStaged = Type.Object(
  { to: BeginSend.properties.to, name: BeginSend.properties.name, note: BeginSend.properties.note },
  { additionalProperties: false },
);
export type SendStaged = Static<typeof SendStaged>;

export const ByStaging = Type.Object({ id: StagingId });
export const ByStagedFile = Type.Object({
  id: StagingId,
  /** As the files were named at the beginning: 0 is the first. */
  index: Type.String({ pattern: '^[0-9]{1,5}$' }),
});
export const AtOffset = Type.Object({ offset: Bytes });
