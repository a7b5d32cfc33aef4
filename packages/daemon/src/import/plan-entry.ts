/** What becomes of one entry of another program's state: what a person is told of it, and the record it would have here. */
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { LocalFault, PeerFault } from '@coequal/base';
import type { Ports } from '@coequal/base';
import type { Metainfo } from '@coequal/bittorrent';
import { parseMagnet } from '@coequal/bittorrent';
import { IMPORT_PROGRAM_NAMES } from '@coequal/contract';
import type { Explanation, FilePriority, ImportItem, ImportProgram } from '@coequal/contract';
import { newRecord } from '../files/new-record.ts';
import type { AdoptedTransfer } from '../files/transfer-book.ts';
import { parseFile, transferIdOf } from '../files/transfer-source.ts';
import type { ParsedSource } from '../files/transfer-source.ts';
import { explain } from '../peer/explain.ts';
import type { Adopted, OnceHere } from '../store/transfer-records.ts';
import { findContent, isUsualPlace } from './find-content.ts';
import type { ContentDisk, FoundContent } from './find-content.ts';
import { foreignIndexes } from './foreign-indexes.ts';
import type { ForeignEntry, ForeignFacts } from './foreign-transfer.ts';

export interface PlanView {
  readonly program: ImportProgram;
  readonly ports: Pick<Ports, 'hasher' | 'http'>;
  readonly disk: ContentDisk;
  /** Whether it is among the transfers. */
  has(id: string): boolean;
}

export interface Planned {
  readonly item: ImportItem;
  /** Undefined for what cannot be taken. */
  readonly adopted: AdoptedTransfer | undefined;
}

const BLOCK_LENGTH = 16_384;

export async function planEntry(entry: ForeignEntry, view: PlanView): Promise<Planned> {
  if (entry.type === 'unreadable') return blocked(entry.key, entry.key, entry.problem);
  const { key, source, facts } = entry;
  const shown = facts.name ?? key;
  try {
    const parsed = parse(entry, view);
    const id = transferIdOf(parsed);
    const known = view.has(id) ? new LocalFault('IMPORT_ALREADY_HERE') : undefined;
    if (parsed.type === 'magnet' || source.type === 'magnet')
      return planMagnet(entry, parsed, known);
    return await planContent(entry, parsed.metainfo, source.bytes, view, known);
  } catch (error) {
    if (!(error instanceof LocalFault || error instanceof PeerFault)) throw error;
    return blocked(key, shown, error, facts);
  }
}

function parse({ source }: ForeignEntry & { type: 'read' }, { ports }: PlanView): ParsedSource {
  if (source.type === 'torrent') return parseFile(source.bytes, ports);
  const text = source.link;
  return { type: 'magnet', text, magnet: parseMagnet(text) };
}

function planMagnet(
  { key, facts }: ForeignEntry & { type: 'read' },
  parsed: ParsedSource,
  known: LocalFault | undefined,
): Planned {
  const id = transferIdOf(parsed);
  const directory = facts.lastPlace ?? facts.places[0] ?? '';
  const name = facts.name ?? (parsed.type === 'magnet' ? parsed.magnet.name : undefined) ?? id;
  const item = itemOf({ key, facts, id, name, size: 0, isPrivate: false, directory });
  if (known !== undefined) return { item: refuse(item, known), adopted: undefined };
  if (!isAbsolute(directory))
    return { item: refuse(item, badPlace(directory)), adopted: undefined };
  const record = recordOf(parsed, facts, { directory: resolve(directory) });
  return { item, adopted: { record: { ...record, name }, metainfo: undefined } };
}

async function planContent(
  { key, facts: told }: ForeignEntry & { type: 'read' },
  metainfo: Metainfo,
  bytes: Uint8Array,
  view: PlanView,
  known: LocalFault | undefined,
): Promise<Planned> {
  const parsed = { type: 'metainfo', bytes, metainfo } as const;
  const facts = { ...told, claimed: claimedPart(told, metainfo) };
  const id = transferIdOf(parsed);
  const name = facts.name ?? metainfo.name;
  const about = { key, facts, id, name, size: metainfo.length, isPrivate: metainfo.isPrivate };
  const item = itemOf({ ...about, directory: facts.places[0] });
  // of those that are here already nobody needs to know more
  if (known !== undefined) return { item: refuse(item, known), adopted: undefined };
  const own = toOwnIndexes(facts, metainfo);
  let found: FoundContent;
  try {
    found = await findContent(metainfo, { ...facts, paths: own.paths }, view.disk);
  } catch (error) {
    if (!(error instanceof LocalFault)) throw error;
    return { item: refuse(item, error), adopted: undefined };
  }
  const problems = problemsOf(metainfo, facts, found, view.program);
  const priorities = wantsNothing(own.priorities, metainfo)
    ? {}
    : Object.fromEntries(own.priorities);
  const isPaused = facts.intent === 'pause' || wantsNothing(own.priorities, metainfo);
  const record = recordOf(parsed, facts, { directory: found.directory });
  return {
    item: {
      ...item,
      directory: found.directory,
      verdict: problems.some(({ code }) => code !== 'IMPORT_PRIVATE') ? 'doubtful' : 'ready',
      problems,
    },
    adopted: {
      metainfo: bytes,
      record: {
        ...record,
        name,
        contentPath: isUsualPlace(metainfo, found) ? undefined : found.contentPath,
        intent: isPaused ? 'pause' : facts.intent,
        completedAt: facts.claimed === 1 ? facts.completedAt : undefined,
        options: { ...record.options, priorities, adopted: adoptedOf(metainfo, facts, found) },
        figures: { ...record.figures, wanted: wantedLength(metainfo, priorities) },
      },
    },
  };
}

function claimedPart({ claimed, claimedBlocks }: ForeignFacts, { length }: Metainfo): number {
  if (claimedBlocks === undefined || length === 0) return claimed;
  return Math.min(1, (claimedBlocks * BLOCK_LENGTH) / length);
}

function adoptedOf(metainfo: Metainfo, facts: ForeignFacts, found: FoundContent): Adopted {
  const { uploaded, downloaded, seedSeconds } = facts;
  const onceHere = onceHereOf(facts, found);
  return {
    ...(facts.name !== undefined && facts.name !== metainfo.name && { name: facts.name }),
    before: { uploaded, downloaded, seedSeconds },
    // where nothing is there is nothing to hash
    isUnchecked: found.there.size > 0,
    ...(found.fileNames.size > 0 && { fileNames: Object.fromEntries(found.fileNames) }),
    ...(onceHere !== undefined && { onceHere }),
  };
}

/** Throws LocalFault `IMPORT_SCATTERED` for what would take the folder of all unfinished ones with it. */
function onceHereOf(
  { suffix, lastPlace }: ForeignFacts,
  { place, directory, contentPath, unfinished }: FoundContent,
): OnceHere | undefined {
  const last = lastPlace !== undefined && isAbsolute(lastPlace) ? resolve(lastPlace) : undefined;
  const isElsewhere = last !== undefined && !isWithin(contentPath, last);
  if (unfinished.size === 0 && !isElsewhere) return undefined;
  if (isElsewhere && contentPath === place)
    throw new LocalFault('IMPORT_SCATTERED', { path: place });
  return {
    ...(unfinished.size > 0 && { suffix }),
    ...(isElsewhere && { directory: join(last, relative(place, directory)) }),
  };
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : `${folder}${sep}`);
}

function recordOf(
  parsed: ParsedSource,
  facts: ForeignFacts,
  { directory }: { readonly directory: string },
): AdoptedTransfer['record'] {
  const { category, tags, isSequential, uploaded, downloaded, seedSeconds } = facts;
  const request = { ...(category !== undefined && { category }), tags: [...tags], isSequential };
  // place in the queue and date are the importer's to fill in
  const record = newRecord(parsed, request, {
    directory,
    isPaused: facts.intent === 'pause',
    queuePosition: 0,
    addedAt: facts.addedAt ?? 0,
  });
  const { limits, goals, trackers } = facts;
  return {
    ...record,
    intent: facts.intent,
    options: { ...record.options, limits, goals, ...(trackers !== undefined && { trackers }) },
    figures: { ...record.figures, uploaded, downloaded, seedSeconds },
  };
}

/** Theirs count padding. */
function toOwnIndexes(
  { paths, priorities }: ForeignFacts,
  metainfo: Metainfo,
): Pick<ForeignFacts, 'paths' | 'priorities'> {
  if (paths.size === 0 && priorities.size === 0) return { paths, priorities };
  const own = foreignIndexes(metainfo);
  const convert = <T>(given: ReadonlyMap<number, T>): Map<number, T> =>
    new Map(
      Array.from(given, ([index, value]) => [own.get(index), value] as const).filter(
        (pair): pair is readonly [number, T] => pair[0] !== undefined,
      ),
    );
  return { paths: convert(paths), priorities: convert(priorities) };
}

function wantsNothing(priorities: ReadonlyMap<number, FilePriority>, { files }: Metainfo): boolean {
  return files.every((_, file) => priorities.get(file) === 'skip');
}

function wantedLength(
  { files }: Metainfo,
  priorities: Readonly<Record<number, FilePriority>>,
): number {
  return files.reduce(
    (sum, { length }, file) => sum + (priorities[file] === 'skip' ? 0 : length),
    0,
  );
}

function problemsOf(
  metainfo: Metainfo,
  facts: ForeignFacts,
  found: FoundContent,
  program: ImportProgram,
): Explanation[] {
  const wanted = toOwnIndexes(facts, metainfo).priorities;
  const missing = metainfo.files.filter(
    ({ length }, file) => length > 0 && wanted.get(file) !== 'skip' && !found.there.has(file),
  ).length;
  const problems: LocalFault[] = [];
  if (facts.claimed > 0 && found.there.size === 0)
    problems.push(new LocalFault('IMPORT_DATA_MISSING', { path: found.contentPath }));
  else if (facts.claimed === 1 && missing > 0)
    problems.push(
      new LocalFault('IMPORT_FILES_MISSING', { count: missing, path: found.contentPath }),
    );
  if (wantsNothing(wanted, metainfo)) problems.push(new LocalFault('IMPORT_NOTHING_WANTED'));
  if (metainfo.isPrivate)
    problems.push(new LocalFault('IMPORT_PRIVATE', { program: IMPORT_PROGRAM_NAMES[program] }));
  return problems.map(explain);
}

function itemOf(about: {
  readonly key: string;
  readonly facts: ForeignFacts;
  readonly id: string | undefined;
  readonly name: string;
  readonly size: number;
  readonly isPrivate: boolean;
  readonly directory: string | undefined;
}): ImportItem {
  const { key, facts, id, name, size, isPrivate, directory } = about;
  return {
    key,
    ...(id !== undefined && { id }),
    name,
    size,
    claimed: Math.floor(facts.claimed * size),
    ...(directory && { directory }),
    ...(facts.category !== undefined && { category: facts.category }),
    tags: [...facts.tags],
    isPaused: facts.intent === 'pause',
    isPrivate,
    verdict: 'ready',
    problems: [],
  };
}

function refuse(item: ImportItem, fault: LocalFault | PeerFault): ImportItem {
  return { ...item, verdict: 'blocked', problems: [explain(fault)] };
}

function blocked(
  key: string,
  name: string,
  fault: LocalFault | PeerFault,
  facts?: ForeignFacts,
): Planned {
  const item: ImportItem = {
    key,
    name,
    size: 0,
    claimed: 0,
    tags: [...(facts?.tags ?? [])],
    isPaused: facts?.intent === 'pause',
    isPrivate: false,
    verdict: 'blocked',
    problems: [],
  };
  return { item: refuse(item, fault), adopted: undefined };
}

function badPlace(path: string): LocalFault {
  return new LocalFault('IMPORT_BAD_PLACE', { path });
}
