// A computer with several global addresses is a node of the DHT at each of them (BEP 45).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Place } from './command.ts';
import type { Command } from './command.ts';
import { Laboratory, skipWithoutNamespaces } from './namespaces.ts';

const PROBE = fileURLToPath(new URL('krpc-probe.py', import.meta.url));

/** They look public, and exist in the laboratory alone. Two of one /64 are one computer to others. */
const OWN = [
  '51.15.77.1/24',
  '51.15.77.3/24',
  '2a01:4f8:1::1/64',
  '2a01:4f8:1::3/64',
  '2a01:4f8:2::1/64',
];
/** Where of each IPv6 network one address is taken, whichever the system names first. */
const NETWORKS = ['51.15.77.1', '51.15.77.3', '2a01:4f8:1::', '2a01:4f8:2::'];
const CONTACT = { 4: '51.15.77.2', 6: '2a01:4f8:1::2' } as const;

void test(
  'each is asked under an id of its own, answers for itself, and is announced',
  { skip: skipWithoutNamespaces() },
  async () => {
    await using place = await Place.make();
    await using lab = new Laboratory();
    for (const name of ['film', 'other']) {
      await place.write(`out/${name}.bin`, 100_000);
      assert.equal((await place.run('create', `out/${name}.bin`)).code, 0);
    }
    const here = lab.addHost('here');
    const there = lab.addHost('there');
    lab.join(
      { host: here, name: 'wan', addresses: OWN },
      {
        host: there,
        name: 'wan',
        addresses: [`${CONTACT[4]}/24`, `${CONTACT[6]}/64`, '2a01:4f8:2::2/64'],
      },
    );
    const flags = ['--json', '--no-trackers', '--no-port-mapping'];
    // it answers each of the others from where it was asked, too
    const nobody = ['--bind', 'wan', '--dht-bootstrap', '127.0.0.1:9'];
    await using contact = place.startIn(
      there,
      'seed',
      'other.bin.torrent',
      'out/other.bin',
      ...flags,
      ...nobody,
    );
    const port = await portOf(contact);
    const contacts = [
      '--dht-bootstrap',
      `${CONTACT[4]}:${port}`,
      '--dht-bootstrap',
      `[${CONTACT[6]}]:${port}`,
    ];
    const bound = ['--bind', 'wan', ...contacts];
    await using seed = place.startIn(
      here,
      'seed',
      'film.bin.torrent',
      'out/film.bin',
      ...flags,
      ...bound,
    );
    const ownPort = await portOf(seed);

    const probe = (...args: readonly string[]): Command =>
      place.startOther(['ip', 'netns', 'exec', there, 'python3', PROBE, ...args]);
    const infoHash = await infoHashOf(place);
    const announced: string[] = [];
    for (const family of [4, 6] as const) {
      const where = [String(port), infoHash, '2', CONTACT[family]];
      await using looking = probe('peers', ...where);
      const { hosts } = await looking.event('peers');
      announced.push(...(hosts as readonly string[]));
    }
    const networks = announced.map((host) => host.replace(/::[13]$/, '::'));
    assert.deepEqual(new Set(networks), new Set(NETWORKS));

    await using pinging = probe('ping', String(ownPort), ...announced);
    const pongs = (await pinging.ended).events;
    assert.deepEqual(
      pongs.map(({ from }) => from),
      announced,
    );
    const fronts = pongs.map(({ id }) => String(id).slice(0, 5));
    assert.equal(new Set(fronts).size, announced.length, 'ids differ at the front');
  },
);

async function portOf(command: Command): Promise<number> {
  return Number((await command.event('listening'))['port']);
}

async function infoHashOf(place: Place): Promise<string> {
  const { stdout } = await place.run('info', 'film.bin.torrent', '--json');
  const [, hash] = /"([0-9a-f]{40})"/.exec(stdout) ?? [];
  assert.ok(hash, stdout);
  return hash;
}
