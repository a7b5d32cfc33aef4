/**
 * A laboratory of home networks in namespaces of Linux: one public segment, hosts on it, and hosts behind routers
 * that translate addresses, each in its own way. Nothing leads out of it. Needs root, iproute2 and nftables.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Spaces } from './spaces.ts';

/**
 * In the words of RFC 4787, mapping and filtering. `public`: no router. `firewall`: no translation, and in comes only
 * what answers. `fullcone`: independent of the endpoint, and everything is let in. `portres`: as independent, and in
 * comes only from where something went. `symmetric`: another port for each endpoint. `no-udp`: the same, without UDP.
 */
export const NAT_TYPES = [
  'public',
  'firewall',
  'fullcone',
  'portres',
  'symmetric',
  'no-udp',
] as const;
export type NatType = (typeof NAT_TYPES)[number];

/** Look public: what peers say of private addresses is not believed. They exist within the laboratory alone. */
const PUBLIC = '51.15.77';
const PUBLIC_6 = '2001:db8:77';
/** Of a router's last number, so that no other has it. */
const AFTER_RESTART = 100;
/** Of hosts behind a firewall alone. */
const BEHIND_FIREWALL = '51.16';
const BEHIND_FIREWALL_6 = '2001:db8:116';

export interface LabHost {
  readonly type: NatType;
  /** What a command is started by, so that it runs there. */
  readonly launcher: readonly string[];
  /** As others see it. */
  readonly address: string;
  /** The other one, of who has both. */
  readonly address4?: string;
  /** In the laboratory. */
  readonly number: number;
}

export class NatLab implements Disposable {
  readonly #spaces = new Spaces();
  #count = 0;

  private constructor() {}

  static async open(): Promise<NatLab> {
    assert.equal(await NatLab.#obstacle(), undefined);
    const lab = new NatLab();
    await lab.#run([
      ...lab.#space('sw'),
      lab.#in('sw', 'link add br0 type bridge forward_delay 0'),
      lab.#in('sw', 'link set br0 up'),
    ]);
    return lab;
  }

  /**
   * Why tests are skipped that need one. Where everything is required (`.ci/run`), root gets to see the obstacle as a
   * failure, unless it is one that a skip tells in the words that fail there.
   */
  static async skipReason(): Promise<string | false> {
    const obstacle = await NatLab.#obstacle();
    const isRequired = process.env['COEQUAL_REQUIRE_PEERS'] === '1' && process.getuid?.() === 0;
    const isPackage = obstacle?.startsWith('install the Debian package') === true;
    return isRequired && !isPackage ? false : (obstacle ?? false);
  }

  /** Why there can be none here; undefined: there can. */
  static async #obstacle(): Promise<string | undefined> {
    if (process.platform !== 'linux') return 'only Linux has network namespaces';
    if (process.getuid?.() !== 0) return 'only root may make network namespaces';
    const run = promisify(execFile);
    try {
      await run('ip', ['-V']);
      await run('nft', ['-v']);
    } catch {
      return 'install the Debian package nftables and iproute2';
    }
    const name = `nat${process.pid}-try`;
    try {
      await run('ip', ['netns', 'add', name]);
      await run('ip', ['netns', 'exec', name, 'nft', 'list', 'ruleset']);
      return undefined;
    } catch {
      return 'this system lets nobody make network namespaces';
    } finally {
      await run('ip', ['netns', 'del', name]).catch(() => undefined); // it may never have been
    }
  }

  /**
   * One more host, public or behind a firewall that forwards IPv6: nothing is translated there, so no other kinds are.
   * A public one has IPv4 as well.
   */
  async host6(type: 'public' | 'firewall'): Promise<LabHost> {
    this.#count += 1;
    const number = this.#count;
    const host = `h${number}`;
    const outside = `${PUBLIC_6}::${number}`;
    const launcher = this.#launcher(host);
    if (type === 'public') {
      const address4 = `${PUBLIC}.${number}`;
      await this.#run([
        ...this.#space(host, 'both'),
        ...this.#plug(host, 'eth0', number),
        this.#in(host, `addr add ${address4}/24 dev eth0`),
        this.#in(host, `addr add ${outside}/64 dev eth0 nodad`),
        // hosts behind firewalls have networks of their own: their routers answer for them
        this.#in(host, `route add ${BEHIND_FIREWALL_6}::/48 dev eth0`),
      ]);
      return { type, launcher, address: outside, address4, number };
    }
    const network = `${BEHIND_FIREWALL_6}:${number}`;
    const address = `${network}::11`;
    const router = `r${number}`;
    await this.#run([
      ...this.#space(router, 'both'),
      ...this.#space(host, 'both'),
      ...this.#plug(router, 'wan0', number),
      this.#join(host, router),
      this.#in(router, `addr add ${outside}/64 dev wan0 nodad`),
      this.#in(router, `route add ${BEHIND_FIREWALL_6}::/48 dev wan0`),
      this.#in(router, `addr add ${network}::1/64 dev lan0 nodad`),
      this.#in(router, 'link set lan0 up'),
      this.#in(host, `addr add ${address}/64 dev eth0 nodad`),
      this.#in(host, 'link set eth0 up'),
      this.#in(host, `route add default via ${network}::1`),
      `${this.#within(router)} sysctl -qw net.ipv6.conf.all.forwarding=1 net.ipv6.conf.wan0.proxy_ndp=1 net.ipv6.neigh.wan0.proxy_delay=0`,
      this.#in(router, `neigh add proxy ${address} dev wan0`),
      `${this.#within(router)} nft -f - <<'END'\n${ruleset(type, network, 'ip6')}\nEND`,
    ]);
    return { type, launcher, address, number };
  }

  /** One more host of IPv4, with a router of its own unless it is public. */
  async host(type: NatType): Promise<LabHost> {
    this.#count += 1;
    const number = this.#count;
    const host = `h${number}`;
    const outside = `${PUBLIC}.${number}`;
    const launcher = this.#launcher(host);
    if (type === 'public') {
      await this.#run([
        ...this.#space(host),
        ...this.#plug(host, 'eth0', number),
        this.#in(host, `addr add ${outside}/24 dev eth0`),
        // hosts behind firewalls have public addresses of their own: the switch's routers answer for them
        this.#in(host, `route add ${BEHIND_FIREWALL}.0.0/16 dev eth0`),
      ]);
      return { type, launcher, address: outside, number };
    }
    const network = type === 'firewall' ? `${BEHIND_FIREWALL}.${number}` : `10.77.${number}`;
    const router = `r${number}`;
    await this.#run([
      ...this.#space(router),
      ...this.#space(host),
      ...this.#plug(router, 'wan0', number),
      this.#join(host, router),
      this.#in(router, `addr add ${outside}/24 dev wan0`),
      this.#in(router, `route add ${BEHIND_FIREWALL}.0.0/16 dev wan0`),
      this.#in(router, `addr add ${network}.1/24 dev lan0`),
      this.#in(router, 'link set lan0 up'),
      this.#in(host, `addr add ${network}.11/24 dev eth0`),
      this.#in(host, 'link set eth0 up'),
      this.#in(host, `route add default via ${network}.1`),
      // by itself the kernel waits for up to 0.8 s, at random, before it answers for a host behind it
      `${this.#within(router)} sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.wan0.proxy_arp=1 net.ipv4.neigh.wan0.proxy_delay=0`,
      `${this.#within(router)} nft -f - <<'END'\n${ruleset(type, network, 'ip')}\nEND`,
    ]);
    const address = type === 'firewall' ? `${network}.11` : outside;
    return { type, launcher, address, number };
  }

  /** The host's router forgets all flows, and comes back with another public address, as after a reconnection. */
  async restartRouter({ number }: LabHost): Promise<void> {
    const router = `r${number}`;
    await this.#run([
      // translated flows end with the device that they left by
      this.#in(router, 'link set wan0 down'),
      this.#in(router, 'addr flush dev wan0'),
      this.#in(router, `addr add ${PUBLIC}.${AFTER_RESTART + number}/24 dev wan0`),
      this.#in(router, 'link set wan0 up'),
      this.#in(router, `route add ${BEHIND_FIREWALL}.0.0/16 dev wan0`),
    ]);
  }

  /** The host gets another address in its home, as one that goes from Wi-Fi to a cable. */
  async moveHost({ number }: LabHost): Promise<void> {
    const host = `h${number}`;
    await this.#run([
      this.#in(host, 'addr flush dev eth0'),
      this.#in(host, `addr add 10.77.${number}.12/24 dev eth0`),
      this.#in(host, `route add default via 10.77.${number}.1`),
    ]);
  }

  [Symbol.dispose](): void {
    this.#spaces[Symbol.dispose]();
  }

  #space(name: string, families: 'ipv4' | 'both' = 'ipv4'): readonly string[] {
    const space = this.#spaces.name(name);
    const lines = [`ip netns add ${space}`, `ip -n ${space} link set lo up`];
    const noIpv6 = `ip netns exec ${space} sysctl -qw net.ipv6.conf.all.disable_ipv6=1`;
    return families === 'both' ? lines : [...lines, noIpv6];
  }

  #launcher(name: string): readonly string[] {
    return ['ip', 'netns', 'exec', `${this.#spaces.prefix}-${name}`];
  }

  #within(name: string): string {
    return this.#launcher(name).join(' ');
  }

  /** A cable from a host to its router. */
  #join(host: string, router: string): string {
    const { prefix } = this.#spaces;
    const [ours, theirs] = [`eth0 netns ${prefix}-${host}`, `lan0 netns ${prefix}-${router}`];
    return `ip link add ${ours} type veth peer name ${theirs}`;
  }

  #plug(name: string, device: string, number: number): readonly string[] {
    const ours = this.#spaces.prefix;
    return [
      `ip link add ${device} netns ${ours}-${name} type veth peer name p${number} netns ${ours}-sw`,
      this.#in('sw', `link set p${number} master br0 up`),
      this.#in(name, `link set ${device} up`),
    ];
  }

  #in(name: string, command: string): string {
    return `ip -n ${this.#spaces.prefix}-${name} ${command}`;
  }

  async #run(lines: readonly string[]): Promise<void> {
    await promisify(execFile)('sh', ['-ec', lines.join('\n')]);
  }
}

/**
 * Unasked packets are dropped before they leave a trace, as home routers do. Otherwise one that comes early would be a
 * flow to the router itself, and the packet that goes out to its sender would get another port.
 */
function ruleset(type: NatType, network: string, family: 'ip' | 'ip6'): string {
  const isMixing = type === 'symmetric' || type === 'no-udp';
  const translation = isMixing
    ? 'meta l4proto { tcp, udp } masquerade random,fully-random'
    : 'masquerade';
  return `table ${family} lab {
  chain pre { type nat hook prerouting priority dstnat; policy accept;
    ${type === 'fullcone' ? `iifname wan0 meta l4proto { tcp, udp } th dport >= 1024 dnat to ${network}.11` : ''}
  }
  chain post { type nat hook postrouting priority srcnat; policy accept;
    ${type === 'firewall' ? '' : `oifname wan0 ${translation}`}
  }
  chain own { type filter hook input priority filter; policy accept;
    iifname wan0 ct state new meta l4proto { tcp, udp } drop
  }
  chain through { type filter hook forward priority filter; policy accept;
    ${type === 'no-udp' ? 'meta l4proto udp drop' : ''}
    iifname wan0 ct state new ct status & dnat == 0 drop
  }
}`;
}
