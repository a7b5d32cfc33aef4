/** Whether contacts can be found in the local network, and else what is in the way: for the doctor. */
import { networkInterfaces } from 'node:os';
import { addressWithZone, openClock } from '@coequal/base/node';
import type { DoctorReport } from '@coequal/contract';
import type { LanFinding } from '@coequal/mesh';
import { findBindHosts } from '../bind.ts';
import type { Reach } from '../reach.ts';

type Check = DoctorReport['checks'][number];

/**
 * Of each interface that may be sent from one address of IPv4, and one of IPv6 of the link. What is bound leaves from
 * the addresses that were named alone, of which none is of the link.
 */
export function lanInterfaces(
  reach: Reach,
  bind: string | null,
): readonly { readonly name: string; readonly host: string }[] {
  if (reach === 'loopback') return [];
  const bound = bind === null ? undefined : findBindHosts(bind);
  return Object.entries(networkInterfaces()).flatMap(([name, own = []]) => {
    const outer = own.filter(({ internal }) => !internal);
    const host4 = outer.find(
      ({ family, address }) => family === 'IPv4' && (bound?.includes(address) ?? true),
    );
    const host6 =
      bound === undefined ? outer.find(({ address }) => address.startsWith('fe80:')) : undefined;
    return [host4, host6]
      .filter((each) => each !== undefined)
      .map((each) => ({ name, host: addressWithZone(name, each) }));
  });
}

/** Takes three seconds. Before the first-run page is answered nothing is sent. */
export async function examineLan(
  reach: Reach,
  bind: string | null,
  signal: AbortSignal,
): Promise<Check> {
  // with what it imports it is loaded when it is asked for
  const { testLan } = await import('@coequal/mesh');
  const isOffline = reach === 'loopback';
  const plan = { isOffline, interfaces: lanInterfaces(reach, bind) };
  return checkLan(await testLan(plan, openClock(), signal));
}

interface Said {
  readonly verdict: Check['verdict'];
  readonly text: string;
  readonly hint?: string;
}

export function checkLan(finding: LanFinding): Check {
  const { code, ...details } = finding;
  const { verdict, ...said } = sayLan(finding);
  return { name: 'local-network', verdict, finding: { code, details, ...said } };
}

function sayLan(finding: LanFinding): Said {
  switch (finding.code) {
    case 'LAN_GOOD':
      return { verdict: 'good', text: 'contacts in the local network can be found' };
    case 'LAN_OFFLINE':
      return { verdict: 'good', text: 'the local network is not looked in: the peer is offline' };
    case 'LAN_NO_NETWORK':
      return {
        verdict: 'odd',
        text: 'this computer is in no local network',
        hint: 'Connect it to Wi-Fi or by a cable.',
      };
    case 'LAN_ONLY_VPN':
      return {
        verdict: 'odd',
        text: `all goes through the tunnel ${finding.name}: contacts in the local network are not found`,
        hint: 'Allow local networks in the settings of the VPN.',
      };
    case 'LAN_PORT_TAKEN':
      return {
        verdict: 'odd',
        text: 'another program keeps UDP port 5353 for itself: contacts in the local network are not found',
        hint: 'Close it, or let it share the port.',
      };
    case 'LAN_SEND_FAILED':
      return {
        verdict: 'odd',
        text: `nothing can be sent into the local network at ${finding.name} (${finding.errno})`,
        hint: 'A firewall of this computer may forbid it.',
      };
    case 'LAN_BLOCKED_HERE':
      return {
        verdict: 'odd',
        text: `what is said in the local network does not come in at ${finding.name}`,
        hint: 'Let UDP port 5353 in, in the firewall of this computer.',
      };
    case 'LAN_NOBODY_HEARD':
      return {
        verdict: 'odd',
        text: `nobody else is heard in the local network at ${finding.name}`,
        hint: 'If others are there, the network keeps its devices apart, as Wi-Fi for guests does: use another one.',
      };
  }
}
