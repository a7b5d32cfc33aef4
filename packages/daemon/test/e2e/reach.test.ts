// `--offline` and `--lan-only` send nothing beyond, whatever a torrent and the flags name: seen in a capture.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isWithin } from '../../src/reach.ts';
import { MAPPING } from '../../src/port-mapping/upnp.ts';
import { eventOf, Place } from './command.ts';
import type { Event } from './command.ts';
import { Laboratory, noNamespaces } from './namespaces.ts';
import type { Packet } from './namespaces.ts';

const LENGTH = 400_000;
/** Of the documentation (RFC 5737): here they are the internet. */
const TRACKERS = ['http://198.51.100.1/announce', 'udp://198.51.100.2:6969'];
const PRIVATE_TRACKER = 'http://10.92.1.2:8080/announce';
const NAME_SERVER = '198.51.100.53';
/** Groups of the local network; what is sent to them has a TTL of 1 or is for neighbours. */
const GROUP = /^(22[4-9]|23\d)\.|^ff/;

const skip = noNamespaces();

describe('what leaves this computer while a torrent is fetched and passed on', { skip }, () => {
  test('offline, nothing', async () => {
    const { packets } = await fetched(['--offline'], 'here');
    assert.deepEqual(packets, []);
  });

  test('with --lan-only, what is for private networks', async () => {
    const { packets } = await fetched(['--lan-only'], 'there');
    assert.deepEqual(
      packets.filter(({ to }) => !isWithin(to, 'private') && !GROUP.test(to)),
      [],
    );
    assert.ok(packets.some(({ port, to }) => to === '10.92.1.2' && port === 8_080));
    assert.ok(packets.some(({ port }) => port === 6_771)); // LSD
  });

  test('without either, trackers, nodes and peers all over the world are asked', async () => {
    const { packets, contacts } = await fetched([], 'there');
    // which groups it is in, the system itself tells its network
    const own = packets.filter(({ protocol }) => protocol !== 'igmp');
    const beyond = new Set(own.map(({ to }) => to));
    for (const last of [1, 2, 3, 5, 53]) assert.ok(beyond.has(`198.51.100.${last}`), `${last}`);
    assert.ok(beyond.has('2001:db8::6'));
    // what it said that it would contact, what was named to it, and the router at which it looks
    const told = JSON.stringify(contacts);
    const named = ['198.51.100.5', '2001:db8::6', NAME_SERVER, '10.92.1.2', MAPPING.group.host];
    assert.deepEqual(
      [...beyond].filter((host) => !told.includes(host) && !named.includes(host)),
      [],
    );
  });
});

/** The seed is on the same computer, or on its neighbour in the private network. */
async function fetched(
  flags: readonly string[],
  seedPlace: 'here' | 'there',
): Promise<{ readonly packets: readonly Packet[]; readonly contacts: Event }> {
  await using place = await Place.make();
  await using lab = new Laboratory();
  await place.write('out/film.bin', LENGTH);
  const named = [...TRACKERS, 'http://tracker.example/announce', PRIVATE_TRACKER];
  const trackers = named.flatMap((url) => ['--tracker', url]);
  const made = await place.run('create', 'out/film.bin', ...trackers);
  assert.equal(made.code, 0, made.stderr);
  const [magnet] = /magnet:\S+/.exec(made.stdout) ?? [];
  const here = lab.addHost('here', NAME_SERVER);
  const there = lab.addHost('there');
  lab.join(
    { host: here, name: 'out', addresses: ['10.92.1.1/24', 'fd92::1/64'] },
    { host: there, name: 'in', addresses: ['10.92.1.2/24', 'fd92::2/64'] },
  );
  lab.ip(here, 'route', 'add', 'default', 'via', '10.92.1.2');
  lab.ip(here, '-6', 'route', 'add', 'default', 'via', 'fd92::2');
  const [seedHost, address] = seedPlace === 'here' ? [here, '127.0.0.1'] : [there, '10.92.1.2'];
  const quiet = ['--json', '--no-trackers', '--no-discovery', '--bind', address];
  await using seed = place.startIn(seedHost, 'seed', 'film.bin.torrent', 'out/film.bin', ...quiet);
  const { port } = await seed.event('listening');
  const capture = await lab.capture(here);
  const source = `${magnet}&x.pe=198.51.100.5:6881&x.pe=[2001:db8::6]:6881`;
  const nodes = ['--dht-bootstrap', '198.51.100.3:6881', '--dht-bootstrap', 'node.example:6881'];
  const peers = ['--peer', `${address}:${Number(port)}`, ...nodes];
  const time = ['--seed-time', '0.1'];
  const args = ['get', source, '-o', 'in', '--json', ...peers, ...time, ...flags];
  await using got = place.startIn(here, ...args);
  const ended = await got.ended;
  assert.equal(ended.code, 0, ended.stdout + ended.stderr);
  return { packets: await capture.end(), contacts: eventOf(ended, 'contacts') };
}
