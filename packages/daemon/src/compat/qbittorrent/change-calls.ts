/** `torrents/`: what changes them. */
import { basename, dirname } from 'node:path';
import { LocalFault } from '@coequal/base';
import type { FilePriority, TransferAction } from '@coequal/contract';
import { addTorrents } from './add-call.ts';
import { act, changeAll, changes, CHECK, idOf, idsOf, needNumber, rowsOf } from './call.ts';
import type { Answer, Call, Calls, CallType } from './call.ts';
import { badField, flagOf, listOf, numberOf, pathOf } from './given.ts';
import { fileNamesOf } from './look-calls.ts';
import { goalsOf, rateOf } from './words.ts';

const FILE_PRIORITIES: Readonly<Record<number, FilePriority>> = {
  0: 'skip',
  1: 'normal',
  4: 'normal',
  6: 'high',
  7: 'high',
};

const acts = (action: TransferAction): CallType => changes((call) => act(call, action));

/** `stop` and `start` are the later words for `pause` and `resume`. */
export const CHANGE_CALLS: Calls = {
  add: changes(addTorrents),
  delete: changes(deleteTorrents),
  pause: acts('pause'),
  stop: acts('pause'),
  resume: acts('resume'),
  start: acts('resume'),
  recheck: acts('recheck'),
  reannounce: acts('announce'),
  topPrio: acts('to-top'),
  bottomPrio: acts('to-bottom'),
  increasePrio: acts('up'),
  decreasePrio: acts('down'),
  setForceStart: changes((call) => act(call, flagOf(call.given, 'value') ? 'force' : 'resume')),
  setCategory: changes(setCategory),
  createCategory: changes((call) => putCategory(call, false)),
  editCategory: changes((call) => putCategory(call, true)),
  removeCategories: changes(removeCategories),
  addTags: changes((call) => changeTags(call, (had, given) => [...had, ...given])),
  removeTags: changes((call) =>
    changeTags(call, (had, given) =>
      given.length === 0 ? [] : had.filter((tag) => !given.includes(tag)),
    ),
  ),
  // a tag that no transfer has is not kept
  createTags: changes(() => undefined),
  deleteTags: changes(deleteTags),
  setShareLimits: changes(setShareLimits),
  setDownloadLimit: changes((call) => changeAll(call, { limits: { down: limitOf(call) } })),
  setUploadLimit: changes((call) => changeAll(call, { limits: { up: limitOf(call) } })),
  toggleSequentialDownload: changes((call) =>
    changeAll(call, (id) => ({
      isSequential: !call.parts.transfers.get(id).record.options.isSequential,
    })),
  ),
  toggleFirstLastPiecePrio: changes((call) =>
    changeAll(call, (id) => ({
      isFirstAndLastFirst: !call.parts.transfers.get(id).record.options.isFirstAndLastFirst,
    })),
  ),
  filePrio: changes(setFilePriority),
  setLocation: changes(setLocation),
  rename: changes(rename),
  renameFile: changes(renameFile),
};

function deleteTorrents(call: Call): Answer {
  const ids = idsOf(call);
  call.parts.transfers.remove(ids, flagOf(call.given, 'deleteFiles') ?? false);
  call.parts.publish();
  return undefined;
}

async function setCategory(call: Call): Promise<Answer> {
  const category = call.given.text('category') ?? '';
  return await changeAll(call, { category: category === '' ? null : category });
}

/** Throws LocalFault `NOT_POSSIBLE_NOW` when one is to be made that is there, or changed that is not. */
function putCategory({ parts, given }: Call, isThere: boolean): Answer {
  const name = given.need('category');
  const directory = pathOf(given, 'savePath');
  CHECK.category(name, directory);
  if ((parts.categories.get(name) !== undefined) !== isThere)
    throw new LocalFault('NOT_POSSIBLE_NOW', { what: 'category' });
  parts.categories.put({ name, ...(directory !== undefined && { directory }) });
  parts.publishCategories();
  return undefined;
}

function removeCategories({ parts, given }: Call): Answer {
  for (const name of listOf(given.need('categories'), '\n')) {
    if (parts.categories.delete(name)) parts.transfers.forgetCategory(name);
  }
  parts.publishCategories();
  return undefined;
}

async function changeTags(
  call: Call,
  tagsOf: (had: readonly string[], given: readonly string[]) => string[],
): Promise<Answer> {
  const given = listOf(call.given.text('tags') ?? '', ',');
  return await changeAll(call, (id) => ({
    tags: [...new Set(tagsOf(call.parts.transfers.get(id).record.tags, given))],
  }));
}

async function deleteTags(call: Call): Promise<Answer> {
  const gone = listOf(call.given.need('tags'), ',');
  const having = rowsOf(call).filter(({ tags }) => tags.some((tag) => gone.includes(tag)));
  return await changeAll(
    call,
    (id) => ({
      tags: call.parts.transfers.get(id).record.tags.filter((tag) => !gone.includes(tag)),
    }),
    having.map(({ id }) => id),
  );
}

async function setShareLimits(call: Call): Promise<Answer> {
  const { given } = call;
  const goals = goalsOf(numberOf(given, 'ratioLimit'), numberOf(given, 'seedingTimeLimit'));
  return await changeAll(call, { goals });
}

function limitOf({ given }: Call): number | null {
  return rateOf(needNumber(numberOf(given, 'limit'), 'limit'));
}

async function setFilePriority(call: Call): Promise<Answer> {
  const { given } = call;
  const priority = FILE_PRIORITIES[needNumber(numberOf(given, 'priority'), 'priority')];
  if (priority === undefined) throw badField('priority', 'must be 0, 1, 6 or 7');
  const files = listOf(given.need('id'), '|').map((text) => ({ index: Number(text), priority }));
  return await changeAll(call, { files }, [idOf(call)]);
}

async function setLocation(call: Call): Promise<Answer> {
  const directory = pathOf(call.given, 'location');
  if (directory === undefined) throw badField('location', 'is missing');
  CHECK.move(directory);
  for (const id of idsOf(call)) await call.parts.transfers.move(id, directory);
  call.parts.publish();
  return undefined;
}

async function rename(call: Call): Promise<Answer> {
  const name = call.given.need('name');
  CHECK.rename(name);
  await call.parts.transfers.rename(idOf(call), undefined, name);
  call.parts.publish();
  return undefined;
}

/** Within its folder: to another one a file cannot go. */
async function renameFile(call: Call): Promise<Answer> {
  const { given, parts } = call;
  const [oldPath, newPath] = [given.need('oldPath'), given.need('newPath')];
  const id = idOf(call);
  const index = fileNamesOf(call, id).indexOf(oldPath);
  if (index < 0 || dirname(oldPath) !== dirname(newPath))
    throw new LocalFault('NOT_POSSIBLE_NOW', { what: 'rename' });
  const name = basename(newPath);
  CHECK.rename(name);
  await parts.transfers.rename(id, index, name);
  parts.publish();
  return undefined;
}
