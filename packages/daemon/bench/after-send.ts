// What two peers hold in memory after one has sent the other a file and both have rested: the command as it is installed,
// or from sources, with an identity each and one contact, on loopback.
//   node_modules/.bin/node packages/daemon/bench/after-send.ts [MEGABYTES] [--sources]
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { printMachine } from '../../base/bench/report.ts';
import { installPacked } from '../test/e2e/packed.ts';
import { Peer } from './people-at-rest-peer.ts';
import { memoryCells } from './processes.ts';

/** Peers give up memory half a minute after the last transfer. */
const REST_MS = 60_000;
const LOOK_MS = 200;
const SOURCES = fileURLToPath(new URL('../bin/coequal.js', import.meta.url));

async function measure(megabytes: number, isFromSources: boolean): Promise<void> {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'coequal-after-send-'));
  await using resources = new AsyncDisposableStack();
  resources.defer(() => rmSync(folder, { recursive: true, force: true }));
  const command = isFromSources
    ? SOURCES
    : join(installPacked(join(folder, 'packed')).installed, 'node_modules/coequal/bin/coequal.js');
  const [anna, ben] = [
    resources.use(await startPerson(command, join(folder, 'Anna'))),
    resources.use(await startPerson(command, join(folder, 'Ben'))),
  ];
  await ben.client.call('acceptInvitation', { body: { text: await anna.invite(1) } });
  await anna.hasConnected(1);
  await ben.hasConnected(1);
  printMachine();
  console.log(`${megabytes} MB sent, ${isFromSources ? 'from sources' : 'installed'}\n`);
  console.log('| when, who | resident MB | of its own | of files | threads |');
  console.log('| --- | --- | --- | --- | --- |');
  const tell = (when: string): void => {
    console.log(`| ${when}, who sends | ${memoryCells(anna.pid)} |`);
    console.log(`| ${when}, who receives | ${memoryCells(ben.pid)} |`);
  };
  tell('in touch');
  const path = join(folder, 'sea.jpg');
  writeFileSync(path, randomBytes(megabytes * 1e6));
  await send(anna, ben, path);
  tell('sent');
  await setTimeout(REST_MS);
  tell(`${REST_MS / 1_000} s later`);
}

async function startPerson(command: string, home: string): Promise<Peer> {
  mkdirSync(home);
  const lines = [
    'version = 1',
    'usesPeopleDht = false',
    'usesDht = false',
    'usesLsd = false',
    'mapsPorts = false',
    'freeSpaceMin = 0',
    'listenPort = 0',
    `downloadDirectory = "${join(home, 'in')}"`,
  ];
  writeFileSync(join(home, 'config.toml'), `${lines.join('\n')}\n`);
  const peer = await Peer.start(command, home);
  await peer.client.call('setUp', { body: { hasConsented: true } });
  await peer.client.call('createIdentity', { body: { deviceName: 'Bench' } });
  await peer.isInTouch();
  return peer;
}

async function send(from: Peer, to: Peer, path: string): Promise<void> {
  const { contacts } = await from.client.call('listContacts', {});
  const people = contacts.map(({ person }) => person);
  await from.client.call('beginSend', { body: { to: people, paths: [path] } });
  for (let isAccepted = false; ; await setTimeout(LOOK_MS)) {
    const { offers } = await to.client.call('showInbox', {});
    const [offer] = offers;
    if (offer?.state === 'done') return;
    if (offer?.state !== 'waiting' || isAccepted) continue;
    await to.client.call('acceptOffer', { params: { id: offer.id }, body: {} });
    isAccepted = true;
  }
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { sources: { type: 'boolean', default: false } },
});
await measure(Number(positionals[0] ?? 3), values.sources);
