/** `torrents/add`: links, addresses and files, a number of them with the same choices. */
import { LocalFault, PeerFault } from '@coequal/base';
import type { AddTransfer, ChangeTransfer, Transfer } from '@coequal/contract';
import { CHECK, needCategory } from './call.ts';
import type { Answer, Call } from './call.ts';
import { badField, flagOf, listOf, numberOf, pathOf } from './given.ts';
import { goalsOf, rateOf } from './words.ts';

/** Each address is asked for its file before the answer is given. */
const SOURCES_MAX = 100;

/** `Ok.` when one of them was added, else `Fails.`. Throws LocalFault `BAD_REQUEST`. */
export async function addTorrents(call: Call): Promise<Answer> {
  const { given, parts } = call;
  const choices = choicesOf(call);
  const later = laterOf(call);
  const links = listOf(given.text('urls') ?? '', '\n').map((source) => ({ source }));
  const files = given.files.map((bytes) => ({ torrent: Buffer.from(bytes).toString('base64') }));
  const sources = [...links, ...files];
  if (sources.length === 0) throw badField('urls', 'names nothing, and there is no file');
  if (sources.length > SOURCES_MAX) throw badField('urls', `names more than ${SOURCES_MAX}`);
  for (const source of sources) CHECK.add({ ...source, ...choices });
  CHECK.change(later);
  if (typeof choices.category === 'string') needCategory(call, choices.category);
  let added = 0;
  for (const source of sources) {
    const transfer = await add(call, { ...source, ...choices });
    if (transfer === undefined) continue;
    added += 1;
    if (transfer.state !== 'paused') parts.setUp();
    parts.transfers.change(transfer.id, later);
  }
  parts.publish();
  return added > 0 ? 'Ok.' : 'Fails.';
}

/** Undefined: it is none, it is here already, or its address does not answer. */
async function add({ parts, signal }: Call, request: AddTransfer): Promise<Transfer | undefined> {
  try {
    return await parts.transfers.add(request, signal);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof LocalFault || error instanceof PeerFault) return undefined;
    throw error;
  }
}

/** `stopped` is the later word for `paused`. */
function choicesOf({ given }: Call): Pick<AddTransfer, 'directory' | 'category' | 'tags'> {
  const directory = pathOf(given, 'savepath');
  const category = given.text('category') ?? '';
  const isPaused = flagOf(given, 'stopped') ?? flagOf(given, 'paused');
  const isSequential = flagOf(given, 'sequentialDownload');
  const isFirstAndLastFirst = flagOf(given, 'firstLastPiecePrio');
  const isTrusted = flagOf(given, 'skip_checking');
  return {
    tags: listOf(given.text('tags') ?? '', ','),
    ...(directory !== undefined && { directory }),
    ...(category !== '' && { category }),
    ...(isPaused !== undefined && { isPaused }),
    ...(isSequential !== undefined && { isSequential }),
    ...(isFirstAndLastFirst !== undefined && { isFirstAndLastFirst }),
    ...(isTrusted !== undefined && { isTrusted }),
  };
}

/** What is set once it is there. */
function laterOf({ given }: Call): ChangeTransfer {
  const [up, down] = [numberOf(given, 'upLimit'), numberOf(given, 'dlLimit')];
  return {
    goals: goalsOf(numberOf(given, 'ratioLimit'), numberOf(given, 'seedingTimeLimit')),
    limits: {
      ...(up !== undefined && { up: rateOf(up) }),
      ...(down !== undefined && { down: rateOf(down) }),
    },
  };
}
