// idle-coequal.ts FOLDER: all the .torrent files of a folder in one engine, whose files are absent and
// whose peers are none. Writes {"event":"added"} when it has settled on that; ends on SIGTERM.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { openPorts } from '@coequal/base/node';
import { Engine } from '@coequal/bittorrent';

/** Short beside the time that is measured. */
const LOOK_INTERVAL_MS = 5;

const [folder = '.'] = process.argv.slice(2);
await using ports = openPorts();
await using engine = await Engine.open(
  { downloadDirectory: join(folder, 'content'), addresses: ['127.0.0.1'] },
  ports,
);
const names = readdirSync(folder).filter((name) => name.endsWith('.torrent'));
for (const name of names) await engine.add(readFileSync(join(folder, name)));
while (engine.torrents.some(({ state }) => state.type === 'checking'))
  await delay(LOOK_INTERVAL_MS);
for (const { state } of engine.torrents) assert.equal(state.type, 'downloading');
assert.equal(engine.torrents.length, names.length);
console.log(JSON.stringify({ event: 'added' }));
await once(process, 'SIGTERM');
