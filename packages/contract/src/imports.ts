/** Transfers of other programs on this computer, which can go on here. */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { Bytes, Count, Explanation, Label, Path, TransferId } from './fields.ts';

/** Of one import: more than any program runs. */
const KEYS_MAX = 50_000;
const KEY_LENGTH_MAX = 255;

const IMPORT_PROGRAMS = ['qbittorrent', 'transmission'] as const;
export const ImportProgram = Type.Enum([...IMPORT_PROGRAMS]);
export type ImportProgram = Static<typeof ImportProgram>;

/** As they call themselves, in every language. */
export const IMPORT_PROGRAM_NAMES: Readonly<Record<ImportProgram, string>> = {
  qbittorrent: 'qBittorrent',
  transmission: 'Transmission',
};

/** Where a program was found to keep its state. */
export const ImportPlace = Type.Object({ program: ImportProgram, directory: Path, count: Count });
export type ImportPlace = Static<typeof ImportPlace>;
export const ImportPlaces = Type.Object({ places: Type.Array(ImportPlace) });

/** One of `program` and `directory` is enough; the program is known by what the folder holds. */
export const PlanImport = Type.Object(
  { program: Type.Optional(ImportProgram), directory: Type.Optional(Path) },
  { additionalProperties: false },
);
export type PlanImport = Static<typeof PlanImport>;

const IMPORT_VERDICTS = [
  'ready',
  /** It can be taken, but not without something that a person should know of first. */
  'doubtful',
  /** It cannot be taken. */
  'blocked',
] as const;

export const ImportItem = Type.Object({
  /** Names it among the others of its folder. */
  key: Type.String({ maxLength: KEY_LENGTH_MAX }),
  /** Absent for what cannot be read. */
  id: Type.Optional(TransferId),
  name: Type.String(),
  /** Of all files; 0 for a magnet link. */
  size: Bytes,
  /** What the program says is here. Not verified: that is done once it is taken. */
  claimed: Bytes,
  /** The folder in which its content lies. */
  directory: Type.Optional(Path),
  category: Type.Optional(Label),
  tags: Type.Array(Label),
  isPaused: Type.Boolean(),
  isPrivate: Type.Boolean(),
  verdict: Type.Enum([...IMPORT_VERDICTS]),
  problems: Type.Array(Explanation),
});
export type ImportItem = Static<typeof ImportItem>;

export const ImportPlan = Type.Object({
  program: ImportProgram,
  directory: Path,
  items: Type.Array(ImportItem),
  /** Of the whole. */
  problems: Type.Array(Explanation),
});
export type ImportPlan = Static<typeof ImportPlan>;

export const RunImport = Type.Object(
  {
    program: ImportProgram,
    directory: Path,
    keys: Type.Array(Type.String({ maxLength: KEY_LENGTH_MAX }), { maxItems: KEYS_MAX }),
  },
  { additionalProperties: false },
);
export type RunImport = Static<typeof RunImport>;

export const ImportReport = Type.Object({
  added: Type.Array(TransferId),
  refused: Type.Array(
    Type.Object({ key: Type.String(), name: Type.String(), problem: Explanation }),
  ),
});
export type ImportReport = Static<typeof ImportReport>;
