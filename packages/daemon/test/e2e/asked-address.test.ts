// Without `--bind`, on a computer with two networks: who asks at either address is answered from there, also over the
// other network. The system would answer from the address of the network that the answer leaves by.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Place } from './command.ts';
import type { Command } from './command.ts';
import { Laboratory, skipWithoutNamespaces } from './namespaces.ts';

const PROBE = fileURLToPath(new URL('krpc-probe.py', import.meta.url));

/** They look public, and exist in the laboratory alone. */
const NEAR = { own: ['51.15.77.1', '2a01:4f8:1::1'], there: ['51.15.77.2', '2a01:4f8:1::2'] };
/** Of the second network, which who asks is not in. */
const FAR = { own: ['51.15.78.1', '2a01:4f8:2::1'], there: ['51.15.78.2', '2a01:4f8:2::2'] };
/** Of the near network, and good for nothing new: as IPv6 addresses are that were changed for privacy. */
const OLD = '2a01:4f8:1::9';
/** Where nobody answers. */
const NOBODY_PORT = 9;
/** It comes while all is running. */
const LATE = '51.15.79.1';
const LENGTH = 300_000;

describe('at every address of this computer', { skip: skipWithoutNamespaces() }, () => {
  test('the DHT asks from where the system would, and answers from where it was asked, also at an old address and a new one', async () => {
    await using net = await TwoNetworks.open();
    const { lab, here } = net;
    lab.ip(here, 'address', 'add', `${OLD}/64`, 'dev', 'near', 'nodad', 'preferred_lft', '0');
    const capture = await lab.capture(here);
    const contacts = NEAR.there.flatMap((host) => [
      '--dht-bootstrap',
      host?.includes(':') ? `[${host}]:${NOBODY_PORT}` : `${host}:${NOBODY_PORT}`,
    ]);
    await using seed = net.seed('--no-trackers', ...contacts);
    const port = Number((await seed.event('listening'))['port']);
    for (const [index, to] of NEAR.there.entries()) {
      const asked = await capture.seen((packet) => packet.to === to && packet.port === NOBODY_PORT);
      assert.deepEqual([asked.from, asked.fromPort], [NEAR.own[index], port]);
    }
    const hosts = [...NEAR.own, ...FAR.own, OLD];
    assert.deepEqual(await answersFrom(net, port, hosts), hosts);
    lab.ip(here, 'address', 'add', `${LATE}/32`, 'dev', 'far');
    assert.deepEqual(await answersFrom(net, port, [LATE]), [LATE]);
  });

  test('a peer fetches over uTP from the address that it dialled', async () => {
    await using net = await TwoNetworks.open();
    await using seed = net.seed('--no-trackers', '--no-discovery');
    const { port } = await seed.event('listening');
    for (const [name, host] of [
      ['ipv4', FAR.own[0]],
      ['ipv6', `[${FAR.own[1]}]`],
    ]) {
      const peer = ['--peer', `${host}:${Number(port)}`, '--transport', 'utp'];
      await using got = net.get(`got-${name}`, ...peer);
      const ended = await got.ended;
      assert.equal(ended.code, 0, ended.stdout + ended.stderr);
    }
  });
});

async function answersFrom(
  { place, there }: TwoNetworks,
  port: number,
  hosts: readonly string[],
): Promise<readonly unknown[]> {
  const args = ['python3', PROBE, 'ping', String(port), ...hosts];
  await using asking = place.startOther(['ip', 'netns', 'exec', there, ...args]);
  return (await asking.ended).events.map(({ from }) => from);
}

class TwoNetworks implements AsyncDisposable {
  readonly place: Place;
  readonly lab: Laboratory;
  readonly here: string;
  readonly there: string;
  readonly #resources: AsyncDisposableStack;

  private constructor(place: Place, lab: Laboratory, resources: AsyncDisposableStack) {
    this.place = place;
    this.lab = lab;
    this.here = lab.addHost('here');
    this.there = lab.addHost('there');
    this.#resources = resources;
  }

  static async open(): Promise<TwoNetworks> {
    await using resources = new AsyncDisposableStack();
    const place = resources.use(await Place.make());
    const lab = resources.use(new Laboratory());
    await place.write('out/film.bin', LENGTH);
    assert.equal((await place.run('create', 'out/film.bin')).code, 0);
    const net = new TwoNetworks(place, lab, resources.move());
    net.#cable();
    return net;
  }

  seed(...flags: readonly string[]): Command {
    const args = ['film.bin.torrent', 'out/film.bin', ...QUIET, ...flags];
    return this.place.startIn(this.here, 'seed', ...args);
  }

  get(into: string, ...flags: readonly string[]): Command {
    const args = ['film.bin.torrent', '-o', into, ...QUIET, '--no-trackers', '--no-discovery'];
    return this.place.startIn(this.there, 'get', ...args, ...flags);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources.disposeAsync();
  }

  /** Two cables; `there` reaches the second network by the first one only. */
  #cable(): void {
    const { lab, here, there } = this;
    const other = lab.addHost('other');
    const [mask4, mask6] = ['/24', '/64'];
    const masked = ([four, six]: readonly string[]): string[] => [
      `${four}${mask4}`,
      `${six}${mask6}`,
    ];
    lab.join(
      { host: here, name: 'near', addresses: masked(NEAR.own) },
      { host: there, name: 'near', addresses: masked(NEAR.there) },
    );
    lab.join(
      { host: here, name: 'far', addresses: masked(FAR.own) },
      { host: other, name: 'far', addresses: masked(FAR.there) },
    );
    lab.ip(there, 'route', 'add', 'default', 'via', String(NEAR.own[0]));
    lab.ip(there, '-6', 'route', 'add', 'default', 'via', String(NEAR.own[1]));
  }
}

const QUIET: readonly string[] = ['--json', '--no-port-mapping'];
