/** Our command as people have it: packed, installed into a folder of its own, and used once. */
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeContent } from '../packages/bittorrent/test/interop/content.ts';
import { getOurs, seedOurs } from '../packages/bittorrent/test/interop/peers/coequal.ts';
import { installPacked } from '../packages/daemon/test/e2e/packed.ts';

/** Enough of a transfer that what V8 keeps of it is what a transfer needs. */
const FIRST = { files: new Map([['file.bin', 1 << 26]]) };
const FIRST_TIMEOUT_MS = 60_000;

export interface Installed extends AsyncDisposable {
  /** The file that is started; it says itself by which program, when it is run. */
  readonly command: string;
}

export async function installOurs(): Promise<Installed> {
  await using resources = new AsyncDisposableStack();
  const folder = await mkdtemp(join(await realpath(tmpdir()), 'coequal-packed-'));
  resources.defer(() => rm(folder, { recursive: true }));
  const { installed } = installPacked(folder);
  const command = join(installed, 'node_modules/coequal/bin/coequal.js');
  await useOnce(command);
  const owned = resources.move();
  return { command, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** A first start compiles everything, and keeps that for the others when it ends in peace. */
async function useOnce(command: string): Promise<void> {
  const signal = AbortSignal.timeout(FIRST_TIMEOUT_MS);
  await using content = await makeContent(FIRST);
  const { torrent, directory } = content;
  await using seed = await seedOurs({ command, torrent, directory, flags: ['--trust'] }, signal);
  await using leech = await getOurs(
    { command, torrent, directory: await content.folder(), peers: [seed.port] },
    signal,
  );
  await leech.whenComplete();
  await leech.process.stop();
  await seed.process.stop();
}
