// A home behind a router of its own (miniupnpd, as in many home routers), and somebody in the internet.
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setImmediate } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Place } from './command.ts';
import type { Command, Event } from './command.ts';
import { Laboratory, noNamespaces } from './namespaces.ts';

/** Routers give out ports only where they have an address of the internet; this one is of the laboratory alone. */
const OUTSIDE = '51.15.77.101';
const WORLD = '51.15.77.1';
const INSIDE = '10.93.1.11';
/** Of another computer at home, as far as the router knows. */
const NEIGHBOUR = '10.93.1.12';
const ROUTER = '10.93.1.1';
/** The same of IPv6, where the router is named by its address of the link alone, as it announces itself. */
const [OUTSIDE_6, WORLD_6, INSIDE_6] = ['2001:db8:77::101', '2001:db8:77::1', '2001:db8:1::11'];
const ROUTER_6 = 'fe80::1';
/** At which it is asked by UPnP: from there it answers our address of the internet. */
const ROUTER_OWN_6 = '2001:db8:1::1';
const NETWORK_6 = '2001:db8:1::/64';
const LENGTH = 400_000;
const TABLE = 'miniupnpd';
/** Where the seed listens and another computer is let in, and where the tracker is; all in namespaces of our own. */
const TAKEN_PORT = 7_000;
const TRACKER_PORT = 8_000;
const TRACKER = fileURLToPath(new URL('tracker.py', import.meta.url));
const TAKE_PORT = fileURLToPath(new URL('take-port.py', import.meta.url));

const skip = noNamespaces() || noRouter();

function noRouter(): string | false {
  for (const [program, flag, name] of [
    ['miniupnpd', '--version', 'miniupnpd-nftables'],
    ['nft', '--version', 'nftables'],
  ] as const) {
    if (spawnSync(program, [flag]).error !== undefined) return `install the Debian package ${name}`;
  }
  return false;
}

describe('the router is asked to let peers in, and told when it is over', { skip }, () => {
  const pcp = 'udp dport 5351 @th,64,8 2 drop';
  const pcp4 = 'meta nfproto ipv4 udp dport 5351 drop';
  for (const [way, settings, firewall] of [
    ['PCP', ['enable_natpmp=yes', 'enable_upnp=no'], ''],
    ['NAT-PMP', ['enable_natpmp=yes', 'enable_upnp=no'], pcp],
    ['UPnP', ['enable_natpmp=no', 'enable_upnp=yes'], ''],
    ['UPnP', ['enable_natpmp=no', 'enable_upnp=yes', 'force_igd_desc_v1=yes'], ''],
  ] as const) {
    test(`by ${way} (${settings.at(-1)})`, async () => {
      await using home = await Home.open(settings, firewall);
      const { place, inside, world } = home;
      await using seed = place.startIn(
        inside,
        'seed',
        'film.bin.torrent',
        'out/film.bin',
        ...QUIET,
      );
      const { port } = await seed.event('listening');
      const mapped = await mappedOver4(seed);
      assert.deepEqual([mapped.type, mapped.way], ['mapped', way], JSON.stringify(mapped));
      assert.match(home.rules(), new RegExp(`dport ${Number(port)} dnat ip to 10\\.93\\.1\\.11`));

      const peer = ['--peer', `${OUTSIDE}:${Number(port)}`, '--no-port-mapping'];
      for (const transport of ['tcp', 'utp']) {
        const args = ['film.bin.torrent', '-o', transport, '--transport', transport];
        await using got = place.startIn(world, 'get', ...args, ...QUIET, ...peer);
        const ended = await got.ended;
        assert.equal(ended.code, 0, ended.stdout + ended.stderr);
      }

      assert.equal((await seed.stop('SIGINT')).code, 0);
      await home.untilRules((rules) => !/dnat ip to/.test(rules)); // nobody waits for a slow router
    });
  }

  for (const [way, firewall] of [
    ['PCP', ''],
    ['NAT-PMP', pcp],
    ['UPnP', `ip saddr ${INSIDE} udp dport 5351 drop`],
  ] as const) {
    test(`trackers are told of the port that the router gives instead of one that is taken (${way})`, async () => {
      await using home = await Home.open(['enable_natpmp=yes', 'enable_upnp=yes'], firewall);
      const { place, inside, world } = home;
      home.takePort();
      await using tracker = home.startTracker();
      await tracker.event('listening');
      const args = ['--listen', String(TAKEN_PORT), '--json', '--no-discovery'];
      await using seed = place.startIn(inside, 'seed', 'film.bin.torrent', 'out/film.bin', ...args);
      const mapped = await mappedOver4(seed);
      assert.equal(mapped['way'], way);
      const { port } = await tracker.event('announce', (event) => event['port'] !== TAKEN_PORT);
      const [, given] =
        /lets peers in at port (\d+) instead of 7000/.exec(String(mapped['text'])) ?? [];
      assert.equal(port, Number(given), String(mapped['text']));

      const quiet = ['--json', '--no-discovery', '--no-port-mapping'];
      await Promise.all(
        ['tcp', 'utp'].map(async (transport) => {
          const fetching = ['film.bin.torrent', '-o', transport, '--transport', transport];
          await using got = place.startIn(world, 'get', ...fetching, ...quiet);
          const ended = await got.ended;
          assert.equal(ended.code, 0, ended.stdout + ended.stderr);
        }),
      );
    });
  }

  for (const [way, settings, firewall, router] of [
    ['PCP', ['enable_natpmp=yes', 'enable_upnp=no'], pcp4, `${ROUTER_6}%eth0`],
    ['UPnP', ['enable_natpmp=no', 'enable_upnp=yes'], 'udp dport 5351 drop', ROUTER_OWN_6],
  ] as const) {
    test(`over IPv6 it opens its firewall, by ${way}`, async () => {
      await using home = await Home.open(settings, `${firewall}; ip daddr 239.255.255.250 drop`);
      const { place, inside, world } = home;
      const args = ['film.bin.torrent', 'out/film.bin', ...QUIET, '--listen', String(TAKEN_PORT)];
      await using seed = place.startIn(inside, 'seed', ...args);
      const { text } = await seed.event('port-mapping', ({ type }) => type === 'mapped');
      assert.equal(text, `The router ${router} lets peers in at port 7000 (${way}, over IPv6).`);
      const hole = /dport 7000 .*accept/;
      assert.match(home.rules(), hole);

      const peer = ['--peer', `[${INSIDE_6}]:${TAKEN_PORT}`, '--no-port-mapping'];
      await Promise.all(
        ['tcp', 'utp'].map(async (transport) => {
          const fetching = ['film.bin.torrent', '-o', transport, '--transport', transport];
          await using got = place.startIn(world, 'get', ...fetching, ...QUIET, ...peer);
          const ended = await got.ended;
          assert.equal(ended.code, 0, ended.stdout + ended.stderr);
        }),
      );

      assert.equal((await seed.stop('SIGINT')).code, 0);
      await home.untilRules((rules) => !hole.test(rules));
    });
  }

  for (const [way, settings, firewall] of [
    ['PCP', ['enable_natpmp=yes', 'enable_upnp=no'], ''],
    ['NAT-PMP', ['enable_natpmp=yes', 'enable_upnp=no'], pcp],
    ['UPnP', ['enable_natpmp=no', 'enable_upnp=yes'], ''],
  ] as const) {
    test(`a guest comes in from the internet by a link for everyone, while it is there (${way})`, async () => {
      await using home = await Home.open(settings, firewall);
      const { place, inside, world } = home;
      await using up = place.startIn(inside, 'up', '--json', '--api-port', '0');
      await up.event('ready');
      const link = async (...args: readonly string[]): Promise<string> => {
        await using command = place.startIn(inside, 'link', ...args);
        const ended = await command.ended;
        assert.equal(ended.code, 0, ended.stdout + ended.stderr);
        return ended.stdout;
      };
      const dnat = /dport 7229 dnat ip to 10\.93\.1\.11/;
      await link('create', 'out/film.bin');
      assert.doesNotMatch(home.rules(), dnat);
      const told = await link('create', 'out/film.bin', '--internet');
      assert.match(told, new RegExp(`Reachable from the internet at ${OUTSIDE}:7229`), told);
      assert.match(home.rules(), dnat);
      const [url = ''] = /http:\S+/.exec(told) ?? [];
      assert.ok(url.startsWith(`http://${OUTSIDE}:7229/`), told);
      const asked = ['netns', 'exec', world, 'curl', '-s', '-m', '20', url];
      assert.match(execFileSync('ip', asked).toString(), /film\.bin/);
      const [, id = ''] = /revoke (\w+)/.exec(told) ?? [];
      await link('revoke', id);
      await home.untilRules((rules) => !dnat.test(rules));
      await up.stop('SIGTERM');
    });
  }

  test('a router that refuses is told of with the link, which works in the network all the same', async () => {
    await using home = await Home.open(['enable_natpmp=yes'], 'udp dport { 1900, 5351 } drop');
    const { place, inside } = home;
    await using up = place.startIn(inside, 'up', '--json', '--api-port', '0');
    await up.event('ready');
    await using command = place.startIn(inside, 'link', 'create', 'out/film.bin', '--internet');
    const { stdout } = await command.ended;
    assert.match(stdout, /Your router did not open the port: none answered\./, stdout);
    await up.stop('SIGTERM');
  });

  test('not with --no-port-mapping or --lan-only', async () => {
    await using home = await Home.open(['enable_natpmp=yes', 'enable_upnp=yes'], '');
    const { place, lab, inside } = home;
    const capture = await lab.capture(inside);
    for (const flag of ['--no-port-mapping', '--lan-only']) {
      const args = ['film.bin.torrent', 'out/film.bin', ...QUIET, flag];
      await using seed = place.startIn(inside, 'seed', ...args);
      await seed.event('complete');
      await seed.event('progress');
      await seed.stop('SIGINT');
    }
    assert.deepEqual(await capture.end(), []);
  });

  test('a router that says nothing is told of in words, and keeps nobody waiting', async () => {
    await using home = await Home.open(['enable_natpmp=yes'], 'udp dport { 1900, 5351 } drop');
    const { place, inside } = home;
    await using seed = place.startIn(inside, 'seed', 'film.bin.torrent', 'out/film.bin', ...QUIET);
    const { type, text } = await seed.event('port-mapping');
    assert.equal(type, 'failed');
    assert.match(String(text), /no router answered/);
    assert.equal((await seed.stop('SIGINT')).code, 0);
  });
});

/** What is told first of the router of IPv4: that of IPv6 is asked beside it. */
async function mappedOver4(seed: Command): Promise<Event> {
  return await seed.event('port-mapping', ({ text }) => !String(text).includes('over IPv6'));
}

const QUIET: readonly string[] = ['--json', '--no-trackers', '--no-discovery'];

class Home implements AsyncDisposable {
  readonly place: Place;
  readonly lab: Laboratory;
  readonly inside: string;
  readonly world: string;
  readonly #router: string;
  #resources: AsyncDisposableStack | undefined;

  private constructor(place: Place, lab: Laboratory) {
    this.place = place;
    this.lab = lab;
    this.inside = lab.addHost('inside');
    this.world = lab.addHost('world');
    this.#router = lab.addHost('router');
  }

  static async open(settings: readonly string[], firewall: string): Promise<Home> {
    await using resources = new AsyncDisposableStack();
    const place = resources.use(await Place.make());
    const lab = resources.use(new Laboratory());
    await place.write('out/film.bin', LENGTH);
    const tracker = `http://${WORLD}:${TRACKER_PORT}/announce`;
    assert.equal((await place.run('create', 'out/film.bin', '--tracker', tracker)).code, 0);
    const home = new Home(place, lab);
    home.#cable();
    home.#filter(firewall);
    await home.#startRouter(settings, resources);
    home.#resources = resources.move();
    return home;
  }

  startTracker(): Command {
    const { place, world } = this;
    const own = ['python3', TRACKER, WORLD, String(TRACKER_PORT)];
    return place.startOther(['ip', 'netns', 'exec', world, ...own]);
  }

  /** Another computer at home is let in there. */
  takePort(): void {
    const own = ['python3', TAKE_PORT, ROUTER, NEIGHBOUR, String(TAKEN_PORT)];
    execFileSync('ip', ['netns', 'exec', this.inside, ...own]);
  }

  /** Of the router's firewall, as text. */
  rules(): string {
    const args = ['netns', 'exec', this.#router, 'nft', 'list', 'table', 'inet', TABLE];
    return execFileSync('ip', args).toString();
  }

  /** Once they are so. */
  async untilRules(are: (rules: string) => boolean): Promise<void> {
    while (!are(this.rules())) await setImmediate();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources?.disposeAsync();
  }

  #cable(): void {
    const { lab, inside, world } = this;
    const router = this.#router;
    lab.join(
      { host: router, name: 'wan0', addresses: [`${OUTSIDE}/24`, `${OUTSIDE_6}/64`] },
      { host: world, name: 'eth0', addresses: [`${WORLD}/24`, `${WORLD_6}/64`] },
    );
    lab.join(
      {
        host: router,
        name: 'lan0',
        addresses: [`${ROUTER}/24`, `${ROUTER_6}/64`, `${ROUTER_OWN_6}/64`],
      },
      {
        host: inside,
        name: 'eth0',
        addresses: [`${INSIDE}/24`, `${NEIGHBOUR}/24`, `${INSIDE_6}/64`],
      },
    );
    lab.ip(inside, 'route', 'add', 'default', 'via', ROUTER);
    lab.ip(inside, '-6', 'route', 'add', 'default', 'via', ROUTER_6, 'dev', 'eth0');
    lab.ip(world, '-6', 'route', 'add', NETWORK_6, 'via', OUTSIDE_6);
    this.#inRouter('ip', '-6', 'route', 'add', NETWORK_6, 'dev', 'lan0');
    this.#inRouter('sysctl', '-qw', 'net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1');
  }

  /** From outside nobody comes in, but for what is mapped. */
  #filter(firewall: string): void {
    const path = this.place.at('router.nft');
    writeFileSync(
      path,
      `table inet ${TABLE} {
        chain input { type filter hook input priority 0; policy accept;
          ${firewall}
        }
        chain forward { type filter hook forward priority 0; policy accept;
          iifname "wan0" meta nfproto ipv6 meta l4proto { tcp, udp } ct state new jump mapped;
          iifname "wan0" meta l4proto { tcp, udp } ct state new ct status & dnat == 0 drop; jump mapped; }
        chain mapped { }
        chain before { type nat hook prerouting priority -100; policy accept; jump before_mapped; }
        chain after { type nat hook postrouting priority 100; policy accept; jump after_mapped;
          oifname "wan0" meta nfproto ipv4 masquerade; }
        chain before_mapped { }
        chain after_mapped { }
      }`,
    );
    this.#inRouter('nft', '-f', path);
  }

  #inRouter(...args: readonly string[]): void {
    execFileSync('ip', ['netns', 'exec', this.#router, ...args]);
  }

  async #startRouter(settings: readonly string[], resources: AsyncDisposableStack): Promise<void> {
    const path = this.place.at('miniupnpd.conf');
    const text = `ext_ifname=wan0
listening_ip=lan0
http_port=5555
secure_mode=yes
uuid=00000000-0000-0000-0000-000000000001
upnp_table_name=${TABLE}
upnp_nat_table_name=${TABLE}
upnp_forward_chain=mapped
upnp_nat_chain=before_mapped
upnp_nat_postrouting_chain=after_mapped
${settings.join('\n')}
allow 1024-65535 0.0.0.0/0 1024-65535
deny 0-65535 0.0.0.0/0 0-65535
`;
    writeFileSync(path, text);
    const own = ['miniupnpd', '-d', '-f', path, '-P', this.place.at('miniupnpd.pid')];
    const child = spawn('ip', ['netns', 'exec', this.#router, ...own], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    resources.defer(async () => {
      const closed = once(child, 'close');
      if (child.exitCode === null) {
        child.kill('SIGKILL');
        await closed;
      }
    });
    const isOn = /Listening for NAT-PMP|HTTP listening|version .* starting/;
    const said: string[] = [];
    for await (const line of createInterface({ input: child.stderr })) {
      said.push(line);
      if (isOn.test(line)) {
        child.stderr.destroy(); // it writes on for nobody
        return;
      }
    }
    assert.fail(`the router does not start: ${said.join('\n')}`);
  }
}
