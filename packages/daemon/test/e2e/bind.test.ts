// `--bind` on a computer with two networks, and everything at hand that is asked or told: one network is taken away in
// the middle of a transfer, and comes back.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { eventOf, Place } from './command.ts';
import type { Command, Event } from './command.ts';
import { Laboratory, noNamespaces } from './namespaces.ts';
import type { Packet } from './namespaces.ts';
import { startTracker, TRACKER_PORT } from './tracker-command.ts';

const LENGTH = 3_000_000;
const OWN = '10.91.1.1';
const OWN6 = 'fd91:1::1';
const THERE = '10.91.1.2';
const THERE6 = 'fd91:1::2';
const LSD_PORT = 6_771;
/** Six seconds for all of it: the network is still taken away in the middle when the machine is slow to do it. */
const RATE = '500k';
/** It is looked whether the address is there 2 ms after the last time at the latest; the rest is for the machine. */
const NOTICED_MS = 50;

const skip = noNamespaces();

describe('what --bind names is used alone, missed in words, and gone on with', { skip }, () => {
  test('an interface, over TCP and with a tracker over HTTP', async () => {
    const captured = await fetchBound({
      bind: 'bound',
      there: THERE,
      trackerUrl: `http://${THERE}:${TRACKER_PORT}/announce`,
      transport: 'tcp',
    });
    assert.ok(captured.said('tcp', 'GET /file'), 'the .torrent file comes from the web');
    assert.ok(captured.said('tcp', 'GET /announce'));
    assertAllOf(captured, [OWN, OWN6]);
  });

  test('an interface, over uTP and with a tracker over UDP', async () => {
    const captured = await fetchBound({
      bind: 'bound',
      there: THERE,
      trackerUrl: `udp://${THERE}:${TRACKER_PORT}`,
      transport: 'utp',
    });
    assert.ok(captured.isSentTo('udp', TRACKER_PORT));
    assertAllOf(captured, [OWN, OWN6]);
  });

  test('an address of IPv6', async () => {
    const captured = await fetchBound({
      bind: OWN6,
      there: `[${THERE6}]`,
      trackerUrl: `http://[${THERE6}]:${TRACKER_PORT}/announce`,
      transport: 'both',
    });
    assert.ok(captured.said('tcp', 'GET /file'));
    assert.ok(captured.said('tcp', 'GET /announce'));
    assertAllOf(captured, [OWN6]);
  });
});

/** Nothing has left but from those addresses and by their interface. */
function assertAllOf(captured: Captured, addresses: readonly string[]): void {
  const { packets } = captured;
  assert.ok(captured.said('udp', 'd1:ad2:id'), 'the DHT');
  assert.ok(captured.isSentTo('udp', LSD_PORT), 'LSD');
  const sent = packets.filter(({ protocol }) => protocol !== 'igmp');
  const own = sent.filter((packet) => packet.interface === 'bound');
  assert.deepEqual(new Set(own.map(({ from }) => from)), new Set(addresses));
  // until its going is noticed, and of each connection the end, by the system itself; see README
  const other = packets.filter((packet) => packet.interface !== 'bound');
  assert.deepEqual(
    other.filter(({ isBare, at }) => !isBare && at > captured.goneAt + NOTICED_MS),
    [],
  );
  const late = other.filter(({ at }) => at > captured.goneAt + NOTICED_MS);
  assert.ok(late.length <= 2, `${late.length} ends`);
}

interface Captured {
  readonly packets: readonly Packet[];
  /** When the interface had been taken away; milliseconds since 1970. */
  readonly goneAt: number;
  isSentTo(protocol: string, port: number): boolean;
  said(protocol: string, begin: string): boolean;
}

interface Way {
  readonly bind: string;
  /** As it is written before a port. */
  readonly there: string;
  readonly trackerUrl: string;
  readonly transport: string;
}

async function fetchBound({ bind, there, trackerUrl, transport }: Way): Promise<Captured> {
  await using place = await Place.make();
  await using lab = new Laboratory();
  const bytes = await place.write('out/film.bin', LENGTH);
  const made = await place.run('create', 'out/film.bin', '--tracker', trackerUrl);
  assert.equal(made.code, 0, made.stderr);
  const [here, far] = twoNetworks(lab);
  await using tracker = await startTracker(place, far, place.at('film.bin.torrent'));
  const flags = ['--json', '--lan-only', '--transport', transport];
  await using seed = place.startIn(far, 'seed', 'film.bin.torrent', 'out/film.bin', ...flags);
  const { port } = await seed.event('listening');
  const capture = await lab.capture(here);

  const peer = `${there}:${Number(port)}`;
  const source = `http://${there}:${TRACKER_PORT}/file`;
  const known = ['--peer', peer, '--dht-bootstrap', peer, '--bind', bind, '--down-limit', RATE];
  await using got = place.startIn(here, 'get', source, '-o', 'in', ...flags, ...known);
  const goneAt = await takeAwayAndBack(got, lab, here, bind);
  const ended = await got.ended;
  assert.equal(ended.code, 0, ended.stdout + ended.stderr);
  assert.deepEqual(await place.read('in/film.bin'), bytes);
  assert.equal(eventOf(ended, 'summary')['downloaded'], LENGTH);
  await tracker.event('announced', ({ from }) => from === OWN || from === OWN6);

  const packets = await capture.end();
  return {
    packets,
    goneAt,
    isSentTo: (protocol, to) =>
      packets.some((each) => each.protocol === protocol && each.port === to),
    said: (protocol, begin) =>
      packets.some(
        (each) =>
          each.protocol === protocol &&
          Buffer.from(each.payload).toString('latin1').startsWith(begin),
      ),
  };
}

/** Joined by two cables. A system that sends the other way what has lost its own: nothing may rely on it not to. */
function twoNetworks(lab: Laboratory): readonly [here: string, there: string] {
  const here = lab.addHost('here');
  const there = lab.addHost('there');
  for (const [index, name] of ['bound', 'other'].entries()) {
    const addressesOf = (last: number): readonly string[] => [
      `10.91.${index + 1}.${last}/24`,
      `fd91:${index + 1}::${last}/64`,
    ];
    lab.join(
      { host: here, name, addresses: addressesOf(1) },
      { host: there, name, addresses: addressesOf(2) },
    );
  }
  lab.ip(here, 'route', 'add', 'default', 'via', '10.91.2.2');
  lab.ip(here, '-6', 'route', 'add', 'default', 'via', 'fd91:2::2');
  return [here, there];
}

async function takeAwayAndBack(
  got: Command,
  lab: Laboratory,
  here: string,
  bind: string,
): Promise<number> {
  await got.event('progress', (event) => haveOf(event) > LENGTH / 6);
  lab.ip(here, 'link', 'set', 'bound', 'down');
  const goneAt = Date.now();
  const missing = bind === OWN6 ? OWN6 : OWN;
  const isGone = ({ reason }: Event): boolean =>
    String(reason).includes(missing) && /that --bind names (is|are) gone/.test(String(reason));
  const gone = await got.event('progress', isGone);
  assert.ok(haveOf(gone) < LENGTH);
  // for several seconds, in which whoever would go on another way has time to
  const seen = new Set<Event>();
  await got.event('progress', (event) => isGone(event) && seen.add(event).size === 3);
  lab.ip(here, 'link', 'set', 'bound', 'up');
  // which the system forgets with the interface
  lab.ip(here, 'address', 'add', `${OWN6}/64`, 'dev', 'bound', 'nodad');
  return goneAt;
}

function haveOf({ have }: Event): number {
  return Number(have);
}
