/** Two peers behind routers of their own and a public one that knows both: how the two get connected, if at all. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Command, Event } from '../e2e/command.ts';
import { COMMAND, Place } from '../e2e/command.ts';
import type { LabHost } from './nat-lab.ts';

/** From the worst to the best. */
export const WAYS = ['none', 'punched', 'utp', 'tcp'] as const;
export type Way = (typeof WAYS)[number];

/** A dial, what the helper is asked then, another dial; twice, as who is told of late asks once more. */
const MEETING_TIMEOUT_MS = 40_000;

/** Several meetings start at once: on busy cores a minute goes by before the last of a meeting has come. */
const LIFETIME_MS = 240_000;

const CONTENT_LENGTH = 1_048_576;
const PIECE_LENGTH = 262_144;
/** Slow enough that neither the helper nor the leech has all before the end. */
const UP_LIMIT = '8k';

/** The system's, for which Debian packages libtorrent. */
export const PYTHON = '/usr/bin/python3';
const LIBTORRENT_PEER = fileURLToPath(new URL('libtorrent-peer.py', import.meta.url));

type Role = 'seed' | 'leech' | 'helper' | 'passing';
export type Foreign = 'seed' | 'leech' | 'helper';

export interface Meeting {
  /** Behind one router. */
  readonly seed: LabHost;
  /** Behind another one. */
  readonly leech: LabHost;
  /** Public, as is who is there for a moment. */
  readonly helper: LabHost;
  /** No two meetings have the same. */
  readonly number: number;
  /** Who is libtorrent, if one is. */
  readonly foreign?: Foreign;
}

/**
 * The seed and the leech know the helper alone, which tells the leech of the seed. The seed is not told of the leech
 * before the minute is over in which it was told of somebody else: so the leech's dials meet no dial by accident.
 */
export async function meet({ seed, leech, helper, number, foreign }: Meeting): Promise<Way> {
  await using resources = new AsyncDisposableStack();
  const helperPort = 20_000 + 10 * number;
  const start = async (role: Role, host: LabHost, port: number): Promise<Command> => {
    const place = resources.use(await Place.make());
    const command = await commandOf(role, place, number, port, role === foreign);
    const peers = role === 'helper' ? [] : ['--peer', peerAt(helper.address, helperPort)];
    const program = [...host.launcher, ...command, ...peers];
    const running = resources.use(place.startOther(program, LIFETIME_MS));
    await running.event('listening');
    return running;
  };
  await start('helper', helper, helperPort);
  const passing = await start('passing', helper, helperPort + 1);
  await passing.event('progress', (event) => peersOf(event) >= 1);
  const seeding = await start('seed', seed, helperPort + 2);
  await seeding.event('progress', (event) => given(event, 'pex') >= 1 || peersOf(event) >= 2);
  await passing.stop('SIGTERM');
  const leeching = await start('leech', leech, helperPort + 3);
  // libtorrent does not say of a connection that came in that it was punched, and ours was connected to who is gone
  if (foreign === 'leech') return await wayAtLast(seeding, (event) => punchedOf(event));
  const helperBy = leech.type === 'no-udp' ? 'tcp' : 'utp';
  return await wayAtLast(leeching, (event) => wayOf(event, helperBy));
}

/** As `--peer` takes it. */
export function peerAt(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** The first that is one, if it comes in time. */
async function wayAtLast(watched: Command, wayIn: (event: Event) => Way): Promise<Way> {
  const met = watched.event('progress', (event) => wayIn(event) !== 'none');
  const last = await Promise.race([met, sleep(MEETING_TIMEOUT_MS, undefined, { ref: false })]);
  met.catch(() => undefined); // it is over: that it never came is the answer
  return last === undefined ? 'none' : wayIn(last);
}

/** Its own words, and those of libtorrent's program. */
async function commandOf(
  role: Role,
  place: Place,
  number: number,
  port: number,
  isForeign: boolean,
): Promise<readonly string[]> {
  const name = `content-${number}`;
  await writeFile(place.at('content.torrent'), torrentOf(name));
  for (const folder of ['content', 'in']) await mkdir(place.at(folder));
  if (role === 'seed') await writeFile(place.at('content', name), new Uint8Array(CONTENT_LENGTH));
  const directory = role === 'seed' ? 'content' : 'in';
  if (isForeign) return [PYTHON, LIBTORRENT_PEER, 'content.torrent', directory, String(port)];
  const what =
    role === 'seed'
      ? ['seed', 'content.torrent', `content/${name}`]
      : ['get', 'content.torrent', '-o', 'in'];
  const network = ['--json', '--no-trackers', '--listen', String(port), '--up-limit', UP_LIMIT];
  return [...COMMAND, ...what, ...network, '--dht-bootstrap', '127.0.0.1:9'];
}

type Counts = Readonly<Record<'tcp' | 'utp' | 'punched', number>>;

function countsOf({ transports }: Event): Counts {
  return transports as Counts; // the command's own contract
}

function peersOf(event: Event): number {
  const { tcp, utp, punched } = countsOf(event);
  return tcp + utp + punched;
}

/** How one more is connected than the helper. */
function wayOf(event: Event, helperBy: 'tcp' | 'utp'): Way {
  const { tcp, utp, punched } = countsOf(event);
  if (punched > 0) return 'punched';
  if (tcp + utp < 2) return 'none';
  return utp > (helperBy === 'utp' ? 1 : 0) ? 'utp' : 'tcp';
}

function punchedOf(event: Event): Way {
  return countsOf(event).punched > 0 ? 'punched' : 'none';
}

function given(event: Event, source: string): number {
  const sources = event['sources'] as Readonly<Record<string, { readonly given: number }>>;
  return sources[source]?.given ?? 0;
}

/** Of zeros under that name, so that each has an info hash of its own. */
function torrentOf(name: string): Uint8Array {
  const hash = createHash('sha1').update(new Uint8Array(PIECE_LENGTH)).digest();
  const hashes = Buffer.concat(Array.from({ length: CONTENT_LENGTH / PIECE_LENGTH }, () => hash));
  const head = `d4:infod6:lengthi${CONTENT_LENGTH}e4:name${name.length}:${name}`;
  const pieces = `12:piece lengthi${PIECE_LENGTH}e6:pieces${hashes.length}:`;
  return Buffer.concat([Buffer.from(head + pieces), hashes, Buffer.from('ee')]);
}
