/** `coequal seed`: serves content that is here, until it is stopped. */
import { parentPath, rootPath, untilAborted } from '@coequal/base';
import type { Torrent } from '@coequal/bittorrent';
import { findContent } from './content-place.ts';
import { EXIT } from './exit-codes.ts';
import { count, formatBytes } from './format.ts';
import { planPublishing, publishWhile } from './publishing.ts';
import type { PublishFlags, PublishPlan } from './publishing.ts';
import { inShell } from './shell.ts';
import type { Shell } from './shell.ts';
import { readTorrentFile } from './torrent-source.ts';
import { parseTorrentFile } from './parse-torrent.ts';
import { runTransfer } from './transfer.ts';
import type { NetworkOptions } from './transfer.ts';

export interface SeedOptions extends NetworkOptions, PublishFlags {
  readonly trust: boolean;
  readonly superSeed: boolean;
  readonly json: boolean;
}

export async function seed(file: string, path: string, options: SeedOptions): Promise<number> {
  return await inShell(
    {
      isJson: options.json,
      exitWhenStopped: EXIT.done, // a server that is stopped has done its work
      stopNote: 'Stopping. Ctrl-C again stops at once.',
    },
    async (shell) => {
      const bytes = await readTorrentFile(file);
      const metainfo = parseTorrentFile(bytes);
      const contentPath = await findContent(metainfo, path);
      const plan = await planPublishing(options, metainfo, options, shell);
      await serve(bytes, contentPath, options, plan, shell);
      return EXIT.done;
    },
  );
}

async function serve(
  bytes: Uint8Array,
  contentPath: string,
  options: SeedOptions,
  plan: PublishPlan | undefined,
  shell: Shell,
): Promise<void> {
  let served: Torrent | undefined;
  try {
    await runTransfer(
      {
        network: options,
        downloadDirectory: parentPath(rootPath(contentPath)),
        addOptions: {
          trust: options.trust,
          superSeeding: options.superSeed,
          contentPath,
          readOnly: true,
        },
        load: () => Promise.resolve(bytes),
        async run(torrent, view, _ports, engine) {
          served = torrent;
          view.metadata(await torrent.whenMetadata(shell.stop));
          await torrent.whenCompleted(shell.stop); // checked, and serving what is there
          if (torrent.stats.have === torrent.stats.total) view.complete(readyText(options.trust));
          else tellMissing(torrent, shell);
          await publishWhile(plan, torrent, engine, shell, () => serveUntilStopped(torrent, shell));
        },
      },
      shell,
    );
  } finally {
    const given = served?.stats.uploaded;
    if (given !== undefined) shell.print(`Gave ${formatBytes(given)} of ${contentPath}`);
  }
}

function readyText(trust: boolean): string {
  return trust
    ? 'Serving everything, not verified (--trust).'
    : 'Serving everything: every byte is here and verified.';
}

/** `seed` changes no file, so what is missing stays missing. */
function tellMissing(torrent: Torrent, shell: Shell): void {
  const { have, total, piecesHad, pieceCount } = torrent.stats;
  shell.note(
    `Not complete: ${formatBytes(total - have)} of ${formatBytes(total)} are missing or different ` +
      `(${count(pieceCount - piecesHad, 'piece')}). Serving the rest; \`coequal verify\` says which ` +
      'files, `coequal get` fetches what is missing.',
  );
}

/** Rejects with what made the torrent fail, or the signal's reason. */
async function serveUntilStopped(torrent: Torrent, shell: Shell): Promise<never> {
  for await (const event of torrent.events(shell.stop)) {
    if (event.type === 'failed') throw event.fault;
  }
  return await untilAborted(new Promise<never>(() => undefined), shell.stop);
}
