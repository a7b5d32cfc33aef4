// idle-coequal.ts FOLDER: all the .torrent files of a folder in one engine, whose files are absent and
// whose peers are none. Writes {"event":"added"} when it has settled on that; ends on SIGTERM. It has no
// types of its own, so that it runs beside the packed packages as it is.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync, readdirSync } from 'node:fs';
import module from 'node:module';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Short beside the time that is measured. */
const LOOK_INTERVAL_MS = 5;

/**
 * How V8 is to see the start of a process that then rests: what is run a thousand times now is not run again
 * and not worth compilers (17 MiB that the allocator keeps, 6 of their code), nor what is made now a larger
 * young generation (30 MiB). Not for longer, nor for a command: flags that differ from what they were make
 * the code cache of Node's own modules void (30 ms), and each thread takes twice as long to start.
 */
const STARTING = ['--semi-space-growth-factor=1', '--no-maglev', '--no-opt'];
const STARTED = ['--semi-space-growth-factor=2', '--maglev', '--opt'];

for (const flag of STARTING) setFlagsFromString(flag);
module.enableCompileCache(); // as the command does
const { openPorts } = await import('@coequal/base/node');
const { Engine } = await import('@coequal/bittorrent');
const [folder = '.'] = process.argv.slice(2);
await using ports = openPorts();
await using engine = await Engine.open(
  { downloadDirectory: join(folder, 'content'), addresses: ['127.0.0.1'], discovery: false },
  ports,
);
const names = readdirSync(folder).filter((name) => name.endsWith('.torrent'));
for (const name of names) await engine.add(readFileSync(join(folder, name)));
while (engine.torrents.some(({ state }) => state.type === 'checking'))
  await delay(LOOK_INTERVAL_MS);
collectGarbage();
for (const flag of STARTED) setFlagsFromString(flag);
for (const { state } of engine.torrents) assert.equal(state.type, 'downloading');
assert.equal(engine.torrents.length, names.length);
console.log(JSON.stringify({ event: 'added' }));
await once(process, 'SIGTERM');

/** What starting took and left: V8 at rest never looks. */
function collectGarbage() {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc');
  setFlagsFromString('--no-expose-gc');
  gc({ type: 'major', flavor: 'last-resort' });
}
