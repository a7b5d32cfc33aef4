// A home behind a router of its own (miniupnpd, as in many home routers), and somebody in the internet.
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { createInterface } from 'node:readline';
import { writeFileSync } from 'node:fs';
import { Place } from './command.ts';
import { Laboratory, noNamespaces } from './namespaces.ts';

/** Routers give out ports only where they have an address of the internet; this one is of the laboratory alone. */
const OUTSIDE = '51.15.77.101';
const LENGTH = 400_000;
const TABLE = 'miniupnpd';

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
      const mapped = await seed.event('port-mapping');
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
      assert.doesNotMatch(home.rules(), /dnat ip to/);
    });
  }

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
    assert.equal((await place.run('create', 'out/film.bin')).code, 0);
    const home = new Home(place, lab);
    home.#cable();
    home.#filter(firewall);
    await home.#startRouter(settings, resources);
    home.#resources = resources.move();
    return home;
  }

  /** Of the router's firewall, as text. */
  rules(): string {
    const args = ['netns', 'exec', this.#router, 'nft', 'list', 'table', 'inet', TABLE];
    return execFileSync('ip', args).toString();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources?.disposeAsync();
  }

  #cable(): void {
    const { lab, inside, world } = this;
    const router = this.#router;
    lab.join(
      { host: router, name: 'wan0', addresses: [`${OUTSIDE}/24`] },
      { host: world, name: 'eth0', addresses: ['51.15.77.1/24'] },
    );
    lab.join(
      { host: router, name: 'lan0', addresses: ['10.93.1.1/24'] },
      { host: inside, name: 'eth0', addresses: ['10.93.1.11/24'] },
    );
    lab.ip(inside, 'route', 'add', 'default', 'via', '10.93.1.1');
    this.#inRouter('sysctl', '-qw', 'net.ipv4.ip_forward=1');
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
          iifname "wan0" ct state new ct status & dnat == 0 drop; jump mapped; }
        chain mapped { }
        chain before { type nat hook prerouting priority -100; policy accept; jump before_mapped; }
        chain after { type nat hook postrouting priority 100; policy accept; jump after_mapped;
          oifname "wan0" masquerade; }
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
