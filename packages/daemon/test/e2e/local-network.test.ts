// Peers are looked for in every local network that the computer is in, over IPv4 and IPv6, and in one that it comes
// into later.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Place } from './command.ts';
import { Laboratory, noNamespaces } from './namespaces.ts';
import type { CableEnd } from './namespaces.ts';

/** BEP 14. */
const LSD_PORT = 6_771;
const GROUPS = ['239.192.152.143', 'ff15::efc0:988f'];

test(
  'each network hears of a torrent, and one that comes later is listened to',
  { skip: noNamespaces() },
  async () => {
    await using place = await Place.make();
    await using lab = new Laboratory();
    const bytes = await place.write('out/film.bin', 500_000);
    assert.equal((await place.run('create', 'out/film.bin')).code, 0);
    const [here, near, later] = ['here', 'near', 'later'].map((name) => lab.addHost(name));
    assert.ok(here !== undefined && near !== undefined && later !== undefined);
    const names = ['cable', 'radio'];
    for (const [index, name] of names.entries())
      lab.join(end(here, name, index, 1), end(near, name, index, 2));
    const capture = await lab.capture(here);
    const flags = ['--json', '--lan-only', '--no-trackers'];
    await using got = place.startIn(here, 'get', 'film.bin.torrent', '-o', 'in', ...flags);
    for (const [index, name] of names.entries()) {
      for (const group of GROUPS) {
        const { from } = await capture.seen(
          (packet) => packet.interface === name && packet.to === group && packet.port === LSD_PORT,
        );
        const own = end(here, name, index, 1).addresses.map((address) => address.split('/')[0]);
        // over IPv6 the system may take the address of the link
        assert.ok(from.startsWith('fe80:') || own.includes(from), `${from} on ${name}`);
      }
    }

    lab.join(end(here, 'new', 2, 1), end(later, 'new', 2, 2));
    await capture.seen((packet) => packet.interface === 'new' && packet.protocol === 'igmp');
    await using _seed = place.startIn(later, 'seed', 'film.bin.torrent', 'out/film.bin', ...flags);
    const ended = await got.ended;
    assert.equal(ended.code, 0, ended.stdout + ended.stderr);
    assert.deepEqual(await place.read('in/film.bin'), bytes);
  },
);

function end(host: string, name: string, network: number, last: number): CableEnd {
  return {
    host,
    name,
    addresses: [`10.94.${network}.${last}/24`, `fd94:${network + 1}::${last}/64`],
  };
}
