/** `coequal seed --publish`: makes what is served the newest version under a key (BEP 46), and tells how it goes. */
import { LocalFault } from '@coequal/base';
import type { Engine, Metainfo, Publication, PublicationState, Torrent } from '@coequal/bittorrent';
import { describeError } from './faults.ts';
import { count } from './format.ts';
import { openKeyFile } from './key-file.ts';
import type { Shell } from './shell.ts';
import type { NetworkOptions } from './transfer.ts';

export interface PublishFlags {
  /** The file of the secret key; made if it is missing. */
  readonly publish?: string;
  readonly salt?: Uint8Array;
}

export interface PublishPlan {
  readonly secret: Uint8Array;
  readonly salt: Uint8Array;
}

/** Undefined without `--publish`. What can be refused is refused here, before anything is checked or made. */
export async function planPublishing(
  { publish, salt = new Uint8Array(0) }: PublishFlags,
  { name, isPrivate, infoHash }: Metainfo,
  { discovery }: NetworkOptions,
  shell: Shell,
): Promise<PublishPlan | undefined> {
  if (publish === undefined) return undefined;
  if (isPrivate) throw new LocalFault('TORRENT_PRIVATE', { name });
  if (infoHash === undefined) throw new LocalFault('PUBLISH_NEEDS_V1', { name });
  if (discovery === false) throw new LocalFault('DHT_OFF');
  const { secret, isNew, isExposed } = await openKeyFile(publish);
  if (isNew)
    shell.note(
      `Made a new key in ${publish}. Keep it: only with it can there be a next version, and ` +
        'whoever has it can publish one.',
    );
  if (isExposed) shell.note(`Others on this computer can read ${publish}; chmod 600 ends that.`);
  return { secret, salt };
}

/** Publishes while `serve` runs. Throws LocalFault `PUBLISH_INCOMPLETE`. */
export async function publishWhile<Value>(
  plan: PublishPlan | undefined,
  torrent: Torrent,
  engine: Engine,
  shell: Shell,
  serve: () => Promise<Value>,
): Promise<Value> {
  if (plan === undefined) return await serve();
  const { have, total, piecesHad, pieceCount } = torrent.stats;
  if (have < total) {
    const { name } = torrent;
    throw new LocalFault('PUBLISH_INCOMPLETE', { name, missing: pieceCount - piecesHad });
  }
  await using publication = await engine.publish(torrent, { ...plan, signal: shell.stop });
  shell.emit({ event: 'publishing', magnet: publication.magnet });
  shell.print(`Publishing it as the newest version of ${publication.magnet}`);
  const over = new AbortController();
  const telling = tellStates(publication, shell, AbortSignal.any([shell.stop, over.signal]));
  try {
    return await serve();
  } finally {
    over.abort();
    await telling;
  }
}

async function tellStates(
  publication: Publication,
  shell: Shell,
  signal: AbortSignal,
): Promise<void> {
  let told = '';
  for await (const state of publication.states(signal)) {
    if (state.type === 'lagged' || state.type === 'looking') continue;
    shell.emit(eventOf(state));
    const words = wordsOf(state);
    if (words !== told) shell.note(words); // that it was put again is no news
    told = words;
  }
}

type ToldState = Exclude<PublicationState, { type: 'looking' }>;

function eventOf(state: ToldState): { event: string; [field: string]: unknown } {
  switch (state.type) {
    case 'published':
      return { event: 'published', sequence: state.sequence, nodes: state.nodes };
    case 'waiting':
      return { event: 'publish-waiting', reason: describeError(state.fault).message };
    case 'superseded':
      return { event: 'superseded', sequence: state.sequence };
  }
}

function wordsOf(state: ToldState): string {
  switch (state.type) {
    case 'published':
      return `Published as version ${state.sequence}; ${count(state.nodes, 'node')} of the DHT took it.`;
    case 'waiting':
      return `Not published yet, trying again: ${describeError(state.fault).message}.`;
    case 'superseded':
      return (
        `Version ${state.sequence} was published elsewhere with the same key: ` +
        'this one is still served, but no longer the newest.'
      );
  }
}
