// What a peer takes that has 200 contacts, of which 10 are connected, while nothing moves: its memory, its processor time,
// and what it sends and receives. The others became contacts, left, and do not answer any more, as computers that are
// switched off; that it was a day ago is written into the peer's state, since nobody can wait for it. Then the peer starts
// anew, looks for each of them once, and is watched when it has found nobody. It looks again after an hour: what a look
// takes is counted by itself, and an hour's share of it added.
// The peer is the command as it is installed, with the DHT of files on; it is in a network namespace of its own, and everybody
// else in another one, joined by a cable of which each packet is counted. Linux, with `unshare`, `nsenter`, `ip` and `nft`.
//   node_modules/.bin/node packages/daemon/bench/people-at-rest.ts [--sources] [--settle SECONDS] [--watch SECONDS]
import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { rootPath } from '@coequal/base';
import { openPorts } from '@coequal/base/node';
import { createTorrent } from '@coequal/bittorrent';
import { openMeshStore } from '@coequal/mesh';
import { installPacked } from '../test/e2e/packed.ts';
import { cpuSeconds, memoryCells, othersSeconds } from './processes.ts';
import { Helper, Peer } from './people-at-rest-peer.ts';

/** Half of these are reached over TCP, half by HyperDHT alone. */
const HERE = Array.from({ length: 10 }, (_, index) => `${60 + index}.15.77.1`);
const BY_DHT = HERE.slice(5);
const AWAY_COUNT = 190;
const AWAY = '80.15.77.1';
/** An invitation is good for a hundred. */
const USES = 95;
const OWN = '51.15.77.1';
const GATEWAY = '51.15.77.2';
const NODES = ['70.15.77.1', '71.15.77.1', '72.15.77.1'];
const NODE_PORT = 49_737;
/** Of the DHT of files, in which each counts for its network. */
const CROWD = Array.from({ length: 12 }, (_, index) => `${100 + index}.15.77.1`);
const CROWD_PORT = 6_881;
const FILES_PORT = 6_882;
/** The longest pause between two dials of one is longer than that. */
const QUIET_SECONDS = 15;
/** Of each of the contacts, at most (`REDIAL_EACH_MS` of the mesh). */
const LOOKS_PER_HOUR = 3_600 / (20 * (AWAY_COUNT + HERE.length));

const OTHERS_FILE = fileURLToPath(new URL('people-at-rest-others.ts', import.meta.url));
const CROWD_FILE = fileURLToPath(new URL('../test/e2e/dht-crowd.ts', import.meta.url));
const SOURCES = fileURLToPath(new URL('../bin/coequal.js', import.meta.url));

interface Choices {
  readonly sources: boolean;
  readonly settleMs: number;
  readonly watchMs: number;
}

async function measure({ sources, settleMs, watchMs }: Choices): Promise<void> {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'coequal-people-at-rest-'));
  await using resources = new AsyncDisposableStack();
  resources.defer(() => rmSync(folder, { recursive: true, force: true }));
  const command = sources
    ? SOURCES
    : join(installPacked(join(folder, 'packed')).installed, 'node_modules/coequal/bin/coequal.js');
  const elsewhere = resources.use(
    await Helper.start('unshare', ['--net', process.execPath, OTHERS_FILE]),
  );
  connect(elsewhere.pid);
  const inside = ['--net', '--target', String(elsewhere.pid), process.execPath];
  const crowd = [CROWD_FILE, String(CROWD_PORT), ...CROWD];
  resources.use(await Helper.start('nsenter', [...inside, ...crowd]));
  await elsewhere.tell({ type: 'nodes', hosts: NODES, port: NODE_PORT });

  const home = makeHome(folder);
  {
    await using peer = await Peer.start(command, home);
    await makeContacts(peer, elsewhere, folder);
  }
  letTimePass(home);
  const started = look(undefined);
  const peer = resources.use(await Peer.start(command, home));
  await peer.hasConnected(HERE.length);
  const connected = look(peer.pid);
  const seconds = await untilLookedForAll();
  const looked = look(peer.pid);
  console.error(`looked for all within ${seconds} s`);
  await setTimeout(settleMs);
  const before = look(peer.pid);
  await setTimeout(watchMs);
  const after = look(peer.pid);
  console.log(
    `${cpus()[0]?.model ?? 'unknown'}, ${cpus().length} cores, Node ${process.version}\n`,
  );
  console.log(await peer.state());
  console.log(
    `looked for all within ${seconds} s of its start, then rested for ${settleMs / 1_000} s and was watched for ` +
      `${watchMs / 1_000} s; ${sources ? 'from sources' : 'installed'}\n`,
  );
  tell({ started, connected, looked, before, after }, watchMs / 1_000);
}

/** Those who leave first, then those who stay. */
async function makeContacts(peer: Peer, elsewhere: Helper, folder: string): Promise<void> {
  await peer.client.call('setUp', { body: { hasConsented: true } });
  await peer.client.call('createIdentity', { body: { deviceName: 'Bench' } });
  await peer.isInTouch();
  await peer.share(await makeShare(join(folder, 'shared')));
  const links = [await peer.invite(USES), await peer.invite(USES)];
  const names = Array.from({ length: AWAY_COUNT }, (_, index) => `Away ${index}`);
  await elsewhere.tell({ type: 'leave', links, host: AWAY, names });
  nsenter(elsewhere.pid, 'address', 'del', `${AWAY}/32`, 'dev', 'cable');
  const bootstrap = NODES.map((host) => ({ host, port: NODE_PORT }));
  const link = await peer.invite(HERE.length);
  await elsewhere.tell({ type: 'stay', link, hosts: HERE, bootstrap });
  await peer.hasConnected(HERE.length);
}

/** Those who left did so a day ago. */
function letTimePass(home: string): void {
  using database = openMeshStore(join(home, 'mesh.sqlite'));
  database.run(
    "UPDATE contacts SET last_seen = last_seen - 86400000, since = since - 86400000 WHERE own_name LIKE 'Away %'",
  );
}

/** Nobody was dialled for a while; resolves to how long the dials took. */
async function untilLookedForAll(): Promise<number> {
  let last = 0;
  let bytes = -1;
  for (let quiet = 0, second = 0; quiet < QUIET_SECONDS; quiet += 1, second += 1) {
    const counted = countedBytes();
    const now = (counted.get('away_tcp_out') ?? 0) + (counted.get('away_udp_out') ?? 0);
    if (now !== bytes) [quiet, last] = [0, second];
    bytes = now;
    await setTimeout(1_000);
  }
  return last;
}

interface Look {
  readonly cells: string;
  readonly cpu: number;
  readonly others: number;
  readonly counted: ReadonlyMap<string, number>;
}

function look(pid: number | undefined): Look {
  return {
    cells: pid === undefined ? '' : memoryCells(pid),
    cpu: pid === undefined ? 0 : cpuSeconds(pid),
    others: pid === undefined ? 0 : othersSeconds(pid),
    counted: countedBytes(),
  };
}

interface Looks {
  readonly started: Look;
  readonly connected: Look;
  readonly looked: Look;
  readonly before: Look;
  readonly after: Look;
}

function tell({ started, connected, looked, before, after }: Looks, seconds: number): void {
  const atRest = ((after.cpu - before.cpu) / seconds) * 100;
  const looking = (looked.cpu - connected.cpu) * LOOKS_PER_HOUR;
  const busy = ((after.others - before.others) / seconds) * 100;
  console.log('MB are 1,000,000 bytes. Goal: at most 140 MB resident, less than 1 % of a core.\n');
  console.log('| resident MB | of its own | of files | threads |\n| --- | --- | --- | --- |');
  console.log(`| ${after.cells} |\n`);
  console.log('| CPU, % of a core: at rest | with looking for those away | others meanwhile |');
  console.log('| --- | --- | --- |');
  console.log(
    `| ${atRest.toFixed(2)} | ${(atRest + looking / 36).toFixed(2)} | ${busy.toFixed(0)} |\n`,
  );
  console.log(
    '| bytes: out, in | start, and a look for each | an hour at rest | an hour with looks |',
  );
  console.log('| --- | --- | --- | --- |');
  const names = (direction: string): string[] =>
    Object.keys(COUNTED).map((name) => `${name}_${direction}`);
  for (const [name, words] of [...Object.entries(COUNTED), ['all', 'all'] as const]) {
    const cells = (['out', 'in'] as const).map((direction) => {
      const of = ({ counted }: Look): number =>
        (name === 'all' ? names(direction) : [`${name}_${direction}`])
          .map((each) => counted.get(each) ?? 0)
          .reduce((sum, each) => sum + each, 0);
      const begun = of(looked) - of(started);
      const resting = ((of(after) - of(before)) / seconds) * 3_600;
      return [begun, resting, resting + begun * LOOKS_PER_HOUR];
    });
    const shown = [0, 1, 2].map((at) => cells.map((each) => inKilobytes(each[at] ?? 0)).join(', '));
    console.log(`| ${words} | ${shown.join(' | ')} |`);
  }
}

function inKilobytes(bytes: number): string {
  return `${(bytes / 1_000).toLocaleString('en', { maximumFractionDigits: 0 })} kB`;
}

/** What is counted, with all headers from IP on. */
const COUNTED = {
  here_tcp: 'contacts who are here, TCP',
  here_udp: 'contacts who are here, HyperDHT',
  nodes_udp: 'nodes of HyperDHT',
  away_tcp: 'contacts who are away, TCP',
  away_udp: 'contacts who are away, HyperDHT',
  crowd_udp: 'the DHT of files',
  rest: 'anything else',
};
/** By whom it is with, and how: the first that suits counts. */
const RULES: readonly (readonly [keyof typeof COUNTED, readonly string[], string])[] = [
  ['here_tcp', HERE, 'tcp'],
  ['here_udp', HERE, 'udp'],
  ['nodes_udp', NODES, 'udp'],
  ['away_tcp', [AWAY], 'tcp'],
  ['away_udp', [AWAY], 'udp'],
  ['crowd_udp', CROWD, 'udp'],
];

/** The cable between both namespaces, what is counted in it, and who can be reached over TCP. */
function connect(pid: number): void {
  ip('link', 'set', 'lo', 'up');
  ip('link', 'add', 'cable', 'type', 'veth', 'peer', 'name', 'cable', 'netns', String(pid));
  ip('address', 'add', `${OWN}/24`, 'dev', 'cable');
  ip('link', 'set', 'cable', 'up');
  nsenter(pid, 'link', 'set', 'lo', 'up');
  nsenter(pid, 'link', 'set', 'cable', 'up');
  nsenter(pid, 'address', 'add', `${GATEWAY}/24`, 'dev', 'cable');
  for (const host of [...HERE, AWAY, ...NODES, ...CROWD])
    nsenter(pid, 'address', 'add', `${host}/32`, 'dev', 'cable');
  ip('route', 'add', 'default', 'via', GATEWAY);
  const rules = (direction: 'in' | 'out'): string => {
    const [interfaceName, address] =
      direction === 'in' ? ['iifname', 'saddr'] : ['oifname', 'daddr'];
    const counting = RULES.map(
      ([name, hosts, protocol]) =>
        `ip ${address} { ${hosts.join(', ')} } meta l4proto ${protocol} counter name ${name}_${direction} accept`,
    );
    const lines = [
      `type filter hook ${direction}put priority 0; policy accept;`,
      `${interfaceName} != "cable" accept`,
      `ip ${address} { ${BY_DHT.join(', ')} } meta l4proto tcp drop`,
      ...counting,
      `counter name rest_${direction}`,
    ];
    return `chain ${direction}side { ${lines.join('\n')}\n }`;
  };
  const counters = Object.keys(COUNTED)
    .flatMap((name) => [`${name}_in`, `${name}_out`])
    .map((name) => `counter ${name} { }`);
  execFileSync('nft', ['-f', '-'], {
    input: `table inet bench {\n${[...counters, rules('in'), rules('out')].join('\n')}\n}\n`,
  });
}

function countedBytes(): ReadonlyMap<string, number> {
  const text = execFileSync('nft', ['-j', 'list', 'counters']).toString();
  const { nftables } = JSON.parse(text) as {
    nftables: { counter?: { name: string; bytes: number } }[];
  };
  return new Map(
    nftables.flatMap(({ counter }) => (counter ? [[counter.name, counter.bytes]] : [])),
  );
}

function ip(...args: readonly string[]): void {
  execFileSync('ip', args);
}

function nsenter(pid: number, ...args: readonly string[]): void {
  execFileSync('nsenter', ['--net', '--target', String(pid), 'ip', ...args]);
}

/** Something that is whole, so that the DHT of files is used. */
async function makeShare(directory: string): Promise<{ torrent: string; directory: string }> {
  mkdirSync(directory);
  await using ports = openPorts({ workers: 1 });
  const path = rootPath(join(directory, 'shared'));
  writeFileSync(path, randomBytes(1_000_000));
  const { signal } = new AbortController();
  const bytes = await createTorrent({ path, version: 'v1' }, ports, signal);
  return { torrent: Buffer.from(bytes).toString('base64'), directory };
}

function makeHome(folder: string): string {
  const home = join(folder, 'home');
  mkdirSync(home);
  const lines = [
    'version = 1',
    `peopleBootstrap = [${NODES.map((host) => `"${host}:${NODE_PORT}"`).join(', ')}]`,
    `dhtBootstrap = ["${CROWD[0]}:${CROWD_PORT}"]`,
    `listenPort = ${FILES_PORT}`,
    `downloadDirectory = "${join(folder, 'in')}"`,
    'mapsPorts = false',
    'freeSpaceMin = 0',
  ];
  writeFileSync(join(home, 'config.toml'), `${lines.join('\n')}\n`);
  return home;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    sources: { type: 'boolean', default: false },
    settle: { type: 'string', default: '10' },
    watch: { type: 'string', default: '120' },
  },
});
if (positionals[0] === 'inside')
  await measure({
    sources: values.sources,
    settleMs: Number(values.settle) * 1_000,
    watchMs: Number(values.watch) * 1_000,
  });
else {
  const self = [fileURLToPath(import.meta.url), 'inside', ...process.argv.slice(2)];
  const args = ['--map-root-user', '--net', process.execPath, ...self];
  const { status } = spawnSync('unshare', args, { stdio: 'inherit' });
  process.exitCode = status ?? 1;
}
