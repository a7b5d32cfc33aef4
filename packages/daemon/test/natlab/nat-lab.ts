/**
 * A laboratory of home networks in namespaces of Linux: one public segment, hosts on it, and hosts behind routers
 * that translate addresses, each in its own way. Nothing leads out of it. Needs root, iproute2 and nftables.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

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

/** Looks public: what peers say of private addresses is not believed. It exists within the laboratory alone. */
const PUBLIC = '51.15.77';
/** Of hosts behind a firewall alone. */
const BEHIND_FIREWALL = '51.16';

export interface LabHost {
  /** What a command is started by, so that it runs there. */
  readonly launcher: readonly string[];
  /** As others see it. */
  readonly address: string;
}

export class NatLab implements AsyncDisposable {
  readonly #prefix: string;
  readonly #spaces: string[] = [];
  #count = 0;

  private constructor() {
    this.#prefix = `nat${process.pid}`;
  }

  static async open(): Promise<NatLab> {
    const lab = new NatLab();
    await lab.#run([
      ...lab.#space('sw'),
      lab.#in('sw', 'link add br0 type bridge forward_delay 0'),
      lab.#in('sw', 'link set br0 up'),
    ]);
    return lab;
  }

  /** Why there can be none here; undefined: there can. */
  static async obstacle(): Promise<string | undefined> {
    if (process.platform !== 'linux') return 'only Linux has network namespaces';
    if (process.getuid?.() !== 0) return 'only root may make network namespaces';
    const run = promisify(execFile);
    try {
      await run('ip', ['-V']);
      await run('nft', ['-v']);
    } catch {
      return 'install the Debian package nftables and iproute2';
    }
    const name = `nat${process.pid}try`;
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

  /** One more host, with a router of its own unless it is public. */
  async host(type: NatType): Promise<LabHost> {
    this.#count += 1;
    const number = this.#count;
    const host = `h${number}`;
    const outside = `${PUBLIC}.${number}`;
    const launcher = ['ip', 'netns', 'exec', `${this.#prefix}-${host}`];
    if (type === 'public') {
      await this.#run([
        ...this.#space(host),
        ...this.#plug(host, 'eth0', number),
        this.#in(host, `addr add ${outside}/24 dev eth0`),
        // hosts behind firewalls have public addresses of their own: the switch's routers answer for them
        this.#in(host, `route add ${BEHIND_FIREWALL}.0.0/16 dev eth0`),
      ]);
      return { launcher, address: outside };
    }
    const network = type === 'firewall' ? `${BEHIND_FIREWALL}.${number}` : `10.77.${number}`;
    const router = `r${number}`;
    const ours = `${this.#prefix}-`;
    await this.#run([
      ...this.#space(router),
      ...this.#space(host),
      ...this.#plug(router, 'wan0', number),
      `ip link add eth0 netns ${ours}${host} type veth peer name lan0 netns ${ours}${router}`,
      this.#in(router, `addr add ${outside}/24 dev wan0`),
      this.#in(router, `route add ${BEHIND_FIREWALL}.0.0/16 dev wan0`),
      this.#in(router, `addr add ${network}.1/24 dev lan0`),
      this.#in(router, 'link set lan0 up'),
      this.#in(host, `addr add ${network}.11/24 dev eth0`),
      this.#in(host, 'link set eth0 up'),
      this.#in(host, `route add default via ${network}.1`),
      `ip netns exec ${ours}${router} sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.wan0.proxy_arp=1`,
      `ip netns exec ${ours}${router} nft -f - <<'END'\n${ruleset(type, network)}\nEND`,
    ]);
    return { launcher, address: type === 'firewall' ? `${network}.11` : outside };
  }

  /** Whatever runs in it has to have ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#run(this.#spaces.map((space) => `ip netns del ${space}`));
  }

  #space(name: string): readonly string[] {
    const space = `${this.#prefix}-${name}`;
    this.#spaces.push(space);
    return [
      `ip netns add ${space}`,
      `ip -n ${space} link set lo up`,
      `ip netns exec ${space} sysctl -qw net.ipv6.conf.all.disable_ipv6=1`,
    ];
  }

  #plug(name: string, device: string, number: number): readonly string[] {
    const ours = this.#prefix;
    return [
      `ip link add ${device} netns ${ours}-${name} type veth peer name p${number} netns ${ours}-sw`,
      this.#in('sw', `link set p${number} master br0 up`),
      this.#in(name, `link set ${device} up`),
    ];
  }

  #in(name: string, command: string): string {
    return `ip -n ${this.#prefix}-${name} ${command}`;
  }

  async #run(lines: readonly string[]): Promise<void> {
    await promisify(execFile)('sh', ['-ec', lines.join('\n')]);
  }
}

/**
 * Unasked packets are dropped before they leave a trace, as home routers do. Otherwise one that comes early would be a
 * flow to the router itself, and the packet that goes out to its sender would get another port.
 */
function ruleset(type: NatType, network: string): string {
  const isMixing = type === 'symmetric' || type === 'no-udp';
  const translation = isMixing
    ? 'meta l4proto { tcp, udp } masquerade random,fully-random'
    : 'masquerade';
  return `table ip lab {
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
