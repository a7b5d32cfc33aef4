/** Transfers over a real store and disk, with no engine: all of them rest. */
import { join } from 'node:path';
import { rootPath, sleep } from '@coequal/base';
import { openPorts } from '@coequal/base/node';
import { createTorrent } from '@coequal/bittorrent';
import { SETTING_DEFAULTS } from '@coequal/contract';
import type { Transfer } from '@coequal/contract';
import { relocateIn } from '../../src/files/relocate-in.ts';
import { Transfers } from '../../src/files/transfers.ts';
import { Journal } from '../../src/peer/journal.ts';
import { openStore } from '../../src/store/store.ts';
import { TransferRecords } from '../../src/store/transfer-records.ts';

const never = new AbortController().signal;

export interface RestingTransfers extends AsyncDisposable {
  readonly transfers: Transfers;
  /** The only row, once nothing of it is being found out. */
  settled(): Promise<Transfer>;
}

export async function openRestingTransfers(folder: string): Promise<RestingTransfers> {
  await using resources = new AsyncDisposableStack();
  const store = resources.use(openStore(join(folder, 'daemon.sqlite')));
  const ports = resources.use(openPorts({ workers: 1 }));
  const settings = { downloadDirectory: join(folder, 'from'), ...SETTING_DEFAULTS };
  const transfers = resources.use(
    new Transfers(
      new TransferRecords(store),
      { settings: () => settings, category: () => undefined },
      new Journal(ports.clock, () => undefined),
      ports,
      {
        freeBytes: async () => undefined,
        deleteContent: async () => 0,
        relocate: relocateIn(join(folder, 'resume'), ports),
      },
      (bug) =>
        queueMicrotask(() => {
          throw bug;
        }),
    ),
  );
  const owned = resources.move();
  return {
    transfers,
    async settled() {
      for (;;) {
        const [row] = transfers.since(undefined).changed;
        if (row !== undefined && row.state !== 'moving') return row;
        await sleep(ports.clock, 1, never);
      }
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Adds `from/a.bin`, paused; the id. */
export async function addResting(folder: string, transfers: Transfers): Promise<string> {
  await using ports = openPorts({ workers: 1 });
  const path = rootPath(join(folder, 'from', 'a.bin'));
  const made = await createTorrent({ path, version: 'v1', pieceLength: 262_144 }, ports, never);
  const request = { torrent: Buffer.from(made).toString('base64'), isPaused: true };
  return (await transfers.add(request, never)).id;
}
