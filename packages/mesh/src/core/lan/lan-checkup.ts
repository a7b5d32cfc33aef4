/** What keeps contacts in the local network from being found, named by what was seen of it. */

export interface LanObservation {
  /** The peer is not to send anything (`--offline`). */
  readonly isOffline: boolean;
  /** Of each family those that have an address of it. */
  readonly interfaces: readonly {
    readonly name: string;
    readonly host: string;
    /** Could not be listened at, or sent from: the system's code. */
    readonly errno: string | undefined;
    /** What was sent to the group came back here, as it must where nothing is in the way. */
    readonly hearsItself: boolean;
    /** Computers and devices, whatever they are, of which something was heard. */
    readonly others: number;
  }[];
}

export type LanFinding =
  | { readonly code: 'LAN_GOOD'; readonly others: number }
  | { readonly code: 'LAN_OFFLINE' }
  /** No cable, no radio: nothing but this computer. */
  | { readonly code: 'LAN_NO_NETWORK' }
  /** All that there is leads to one far place: a VPN that takes everything. */
  | { readonly code: 'LAN_ONLY_VPN'; readonly name: string }
  /** Another program keeps the port of mDNS for itself. */
  | { readonly code: 'LAN_PORT_TAKEN' }
  | { readonly code: 'LAN_SEND_FAILED'; readonly name: string; readonly errno: string }
  /** A firewall of this computer lets nothing of the group in, or out. */
  | { readonly code: 'LAN_BLOCKED_HERE'; readonly name: string }
  /** Nobody else is there, or the network keeps its devices apart, as Wi-Fi for guests does. */
  | { readonly code: 'LAN_NOBODY_HEARD'; readonly name: string };

/** As systems name interfaces of tunnels. */
const TUNNEL = /^(tun|tap|wg|utun|ppp|ipsec|tailscale|zt|nordlynx|proton)/i;

export function judgeLan({ isOffline, interfaces }: LanObservation): LanFinding {
  if (isOffline) return { code: 'LAN_OFFLINE' };
  const [first] = interfaces;
  if (first === undefined) return { code: 'LAN_NO_NETWORK' };
  const local = interfaces.filter(({ name }) => !TUNNEL.test(name));
  const [one] = local;
  if (one === undefined) return { code: 'LAN_ONLY_VPN', name: first.name };
  const others = countOthers(local);
  // one network that works is enough
  if (others > 0) return { code: 'LAN_GOOD', others };
  if (local.some(({ errno }) => errno === 'EADDRINUSE')) return { code: 'LAN_PORT_TAKEN' };
  const working = local.find(({ errno, hearsItself }) => errno === undefined && hearsItself);
  if (working !== undefined) return { code: 'LAN_NOBODY_HEARD', name: working.name };
  if (one.errno !== undefined) return { code: 'LAN_SEND_FAILED', name: one.name, errno: one.errno };
  return { code: 'LAN_BLOCKED_HERE', name: one.name };
}

/** Of one network the same are heard by both families. */
function countOthers(interfaces: LanObservation['interfaces']): number {
  const most = new Map<string, number>();
  for (const { name, others } of interfaces) most.set(name, Math.max(most.get(name) ?? 0, others));
  return most.values().reduce((sum, count) => sum + count, 0);
}
