// `--bind` on a computer with two networks: one is taken away in the middle of a transfer, and comes back.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Place } from './command.ts';
import type { Event } from './command.ts';
import { Laboratory, noNamespaces } from './namespaces.ts';

const LENGTH = 12_000_000;
const OWN = '10.91.1.1';
const skip = noNamespaces();

void test(
  'what --bind names is used alone, missed in words, and gone on with',
  { skip },
  async () => {
    await using place = await Place.make();
    await using lab = new Laboratory();
    const bytes = await place.write('out/film.bin', LENGTH);
    assert.equal((await place.run('create', 'out/film.bin')).code, 0);
    const here = lab.addHost('here');
    const there = lab.addHost('there');
    for (const [name, net] of [
      ['bound', '10.91.1'],
      ['other', '10.91.2'],
    ] as const) {
      lab.join(
        { host: here, name, addresses: [`${net}.1/24`] },
        { host: there, name, addresses: [`${net}.2/24`] },
      );
    }
    // a system that sends the other way what has lost its own: nothing may rely on it not to
    lab.ip(here, 'route', 'add', 'default', 'via', '10.91.2.2');
    const flags = ['--json', '--lan-only', '--no-trackers'];
    await using seed = place.startIn(there, 'seed', 'film.bin.torrent', 'out/film.bin', ...flags);
    const { port } = await seed.event('listening');
    const capture = await lab.capture(here);

    const bind = ['--bind', 'bound', '--peer', `10.91.1.2:${Number(port)}`, '--down-limit', '2M'];
    await using got = place.startIn(here, 'get', 'film.bin.torrent', '-o', 'in', ...flags, ...bind);
    await got.event('progress', (event) => haveOf(event) > 2_000_000);
    lab.ip(here, 'link', 'set', 'bound', 'down');
    const isGone = ({ reason }: Event): boolean => /10\.91\.1\.1 .* is gone/.test(String(reason));
    const gone = await got.event('progress', isGone);
    assert.ok(haveOf(gone) < LENGTH);
    // for several seconds, in which whoever would go on another way has time to
    const seen = new Set<Event>();
    await got.event('progress', (event) => isGone(event) && seen.add(event).size === 5);
    lab.ip(here, 'link', 'set', 'bound', 'up');
    const ended = await got.ended;
    assert.equal(ended.code, 0, ended.stdout + ended.stderr);
    assert.deepEqual(await place.read('in/film.bin'), bytes);

    const sent = await capture.end();
    assert.ok(sent.some((packet) => packet.interface === 'bound' && packet.from === OWN));
    // of the one connection, the system itself may send its end; see README
    const other = sent.filter((packet) => packet.interface === 'other');
    assert.deepEqual(
      other.filter(({ isEnd }) => !isEnd),
      [],
    );
    assert.ok(other.length <= 1);
  },
);

function haveOf({ have }: Event): number {
  return Number(have);
}
