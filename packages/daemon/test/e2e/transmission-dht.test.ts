// Transmission and ours find each other in the DHT, and in no other way. Its DHT ignores loopback and private addresses,
// so it gets others, in a network namespace. It takes a quarter of a minute until it calls its DHT good enough.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Place } from './command.ts';
import type { Command } from './command.ts';
import { Laboratory, skipWithoutNamespaces } from './namespaces.ts';

const TRANSMISSION = '/usr/bin/transmission-daemon';
const CROWD = fileURLToPath(new URL('dht-crowd.ts', import.meta.url));
const PROBE = fileURLToPath(new URL('krpc-probe.py', import.meta.url));

const PORT = 6_881;
const LENGTH = 300_000;
/** All are of one computer, in networks of their own: a table takes few of one network. */
const addressOf = (number: number): string => `${50 + number}.15.77.1`;
/** More than the eight nodes that Transmission 3.00 wants to know before it announces or searches. */
const NODES = Array.from({ length: 12 }, (_, index) => addressOf(10 + index));
const [CONTACT = ''] = NODES;

/** It has no events that could be waited for here; so often it is looked whether it has the file. */
const LOOK_INTERVAL_MS = 50;

/** Of all that runs here. Transmission looks into the DHT when it likes: on busy cores that is after more than a minute. */
const LIFETIME_MS = 170_000;

const missing = existsSync(TRANSMISSION) ? false : 'install the Debian package transmission-daemon';
const skip = missing || skipWithoutNamespaces();

describe('Transmission in the DHT', { skip, concurrency: 2, timeout: LIFETIME_MS }, () => {
  const stack = new AsyncDisposableStack();
  let host = '';

  before(async () => {
    const lab = stack.use(new Laboratory());
    host = lab.addHost('dht');
    for (const address of [...NODES, ...[1, 2, 3, 4].map(addressOf)]) {
      lab.ip(host, 'address', 'add', `${address}/32`, 'dev', 'lo');
    }
    const place = stack.use(await Place.make());
    const crowd = stack.use(startIn(place, process.execPath, CROWD, String(PORT), ...NODES));
    await crowd.event('listening');
  });

  after(async () => {
    await stack.disposeAsync();
  });

  test('what it seeds is found by us', async () => {
    await using place = await Place.make();
    const { bytes, magnet } = await createIn(place);
    await using _seed = await transmission(place, addressOf(1), 'out');
    const [, hash = ''] = /btih:([0-9a-f]{40})/.exec(magnet) ?? [];
    // we come once it has announced: after that it does not search for a long time
    await using probe = startIn(
      place,
      'python3',
      PROBE,
      'peers',
      String(PORT),
      hash,
      '1',
      ...NODES,
    );
    assert.deepEqual((await probe.event('peers'))['hosts'], [addressOf(1)]);
    await using leech = start(place, addressOf(2), 'get', magnet, '-o', 'in');
    const { code, events } = await leech.ended;
    assert.equal(code, 0);
    assert.deepEqual(await place.read('in/film.bin'), bytes);
    const last = events.findLast(({ event }) => event === 'progress');
    assert.ok(last);
    const { dht } = last['sources'] as Readonly<Record<string, { readonly links: number }>>;
    assert.equal(dht?.links, 1);
  });

  test('what we seed is found by it', async () => {
    await using place = await Place.make();
    const { bytes } = await createIn(place);
    await using seed = start(place, addressOf(3), 'seed', 'film.bin.torrent', 'out/film.bin');
    await seed.event('complete');
    await using leech = await transmission(place, addressOf(4), 'in');
    await Promise.race([untilThere(place.at('in/film.bin')), leech.ended]);
    assert.deepEqual(await place.read('in/film.bin'), bytes);
    const { events } = await seed.stop('SIGTERM');
    assert.ok(Number(events.find(({ event }) => event === 'summary')?.['uploaded']) >= LENGTH);
  });

  function startIn(place: Place, ...command: readonly string[]): Command {
    return place.startOther(['ip', 'netns', 'exec', host, ...command], LIFETIME_MS);
  }

  function start(place: Place, address: string, ...args: readonly string[]): Command {
    const flags = ['--json', '--no-trackers', '--no-port-mapping', '--bind', address];
    return place.startIn(host, ...args, ...flags, '--dht-bootstrap', `${CONTACT}:${PORT}`);
  }

  /** It adds the torrent that it finds in its folder, and looks whether it has the content. */
  async function transmission(place: Place, address: string, directory: string): Promise<Command> {
    const home = place.at('transmission');
    const watched = place.at('watched');
    for (const folder of [home, watched, place.at('in')]) await mkdir(folder);
    await copyFile(place.at('film.bin.torrent'), `${watched}/film.bin.torrent`);
    const settings = {
      'bind-address-ipv4': address,
      'bind-address-ipv6': '::1',
      'dht-enabled': true,
      'download-dir': place.at(directory),
      encryption: 0, // we have none yet
      'lpd-enabled': false,
      'peer-port': PORT,
      'pex-enabled': false,
      'port-forwarding-enabled': false,
      'rpc-enabled': false,
      'watch-dir': watched,
      'watch-dir-enabled': true,
    };
    await writeFile(`${home}/settings.json`, JSON.stringify(settings));
    await writeFile(`${home}/dht.dat`, dhtState());
    return startIn(place, TRANSMISSION, '--foreground', '--config-dir', home, '--log-error');
  }
});

async function createIn(place: Place): Promise<{ bytes: Uint8Array; magnet: string }> {
  const bytes = await place.write('out/film.bin', LENGTH);
  const { stdout } = await place.run('create', 'out/film.bin', '--v1');
  const [magnet] = /magnet:\S+/.exec(stdout) ?? [];
  assert.ok(magnet, stdout);
  return { bytes, magnet };
}

/** As it stores what it knew: of that it asks eight in quarter of a minute, of what dht.bootstrap names one. */
function dhtState(): Uint8Array {
  const nodes = NODES.map((address) =>
    Buffer.from([...address.split('.').map(Number), PORT >> 8, PORT & 0xff]),
  );
  const packed = Buffer.concat(nodes);
  const head = Buffer.from(`5:nodes${packed.length}:`);
  return Buffer.concat([Buffer.from('d2:id20:'), randomBytes(20), head, packed, Buffer.from('e')]);
}

/** While it is fetched it has another name. */
async function untilThere(path: string): Promise<void> {
  while (!existsSync(path)) await delay(LOOK_INTERVAL_MS);
}
