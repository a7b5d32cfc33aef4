// Over IPv6, where routers translate nothing and let in answers alone; and peers that have both families of addresses.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { COMMAND, Place } from '../e2e/command.ts';
import type { Command, Event } from '../e2e/command.ts';
import { meet, peerAt } from './meeting.ts';
import type { Way } from './meeting.ts';
import { NatLab } from './nat-lab.ts';
import type { LabHost } from './nat-lab.ts';

const PORT = 20_000;
const LENGTH = 400_000;
/** Progress is told once a second: dials and what two links to one peer come to are over by then. */
const LOOKS = 6;

const skip = await NatLab.skipReason();

describe('over IPv6', { concurrency: 6, skip }, () => {
  let lab: NatLab;

  before(async () => {
    lab = await NatLab.open();
  });

  after(() => lab[Symbol.dispose]());

  for (const [index, [seed, leech, way]] of (
    [
      ['public', 'public', 'utp'],
      ['public', 'firewall', 'utp'],
      ['firewall', 'firewall', 'punched'],
    ] as const satisfies readonly (readonly ['public' | 'firewall', 'public' | 'firewall', Way])[]
  ).entries()) {
    test(`a seed behind ${seed} and a leech behind ${leech} meet`, async () => {
      const hosts = { seed: await lab.host6(seed), leech: await lab.host6(leech) };
      const helper = await lab.host6('public');
      assert.equal(await meet({ ...hosts, helper, number: 10 + index }), way);
    });
  }

  for (const transport of ['tcp', 'utp']) {
    test(`a peer with both families listens on both, and dials both (${transport})`, async () => {
      const [seed, leech] = [await lab.host6('public'), await lab.host6('public')];
      await using place = await Place.make();
      await using seeding = await startSeed(place, seed, transport);
      for (const address of [seed.address, seed.address4 ?? '']) {
        const peer = ['--peer', peerAt(address, PORT), '-o', address.replaceAll(':', '-')];
        await using getting = get(place, leech, [...peer, '--transport', transport]);
        const ended = await getting.ended;
        assert.equal(ended.code, 0, ended.stdout + ended.stderr);
      }
      assert.equal((await seeding.stop('SIGTERM')).code, 0);
    });
  }

  test('a peer that is known by both of its addresses is linked once', async () => {
    const [seed, leech] = [await lab.host6('public'), await lab.host6('public')];
    await using place = await Place.make();
    await using _seeding = await startSeed(place, seed, 'both', ['--up-limit', '8k']);
    const peers = [seed.address, seed.address4 ?? ''].flatMap((each) => [
      '--peer',
      peerAt(each, PORT),
    ]);
    await using getting = get(place, leech, [...peers, '-o', 'in']);
    const seen = new Set<Event>();
    await getting.event('progress', (event) => {
      if (event['peers'] !== 0) seen.add(event);
      return seen.size >= LOOKS;
    });
    const counts = Array.from(seen, (event) => event['peers']);
    assert.deepEqual(counts, Array(LOOKS).fill(1));
  });

  async function startSeed(
    place: Place,
    host: LabHost,
    transport: string,
    more: readonly string[] = [],
  ): Promise<Command> {
    await place.write('out/film.bin', LENGTH);
    assert.equal((await place.run('create', 'out/film.bin')).code, 0);
    const flags = ['--listen', String(PORT), '--transport', transport, ...QUIET, ...more];
    const what = ['seed', 'film.bin.torrent', 'out/film.bin', ...flags];
    const seeding = place.startOther([...host.launcher, ...COMMAND, ...what]);
    await seeding.event('listening');
    return seeding;
  }

  function get(place: Place, host: LabHost, flags: readonly string[]): Command {
    const what = ['get', 'film.bin.torrent', ...QUIET, ...flags];
    return place.startOther([...host.launcher, ...COMMAND, ...what]);
  }
});

const QUIET: readonly string[] = ['--json', '--no-trackers', '--no-discovery', '--no-port-mapping'];
