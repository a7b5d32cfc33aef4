/** Tries what keeps contacts in the local network from being found: says something to the group, and listens who is there. */
import { sleep } from '@coequal/base';
import type { Clock, LocalFault } from '@coequal/base';
import { judgeLan } from '../../core/lan/lan-checkup.ts';
import type { LanFinding, LanObservation } from '../../core/lan/lan-checkup.ts';
import { openMdns } from './mdns-socket.ts';
import type { OpenMdns } from './mdns-socket.ts';

/** Answers come within a second (RFC 6762, section 6), and one of two questions may be lost. */
const LISTEN_MS = 1_500;
const QUESTIONS = 2;
/** Others that are counted: one is enough, and a flood is none. */
const OTHERS_MAX = 100;

export interface LanSelfTest {
  readonly isOffline: boolean;
  /** Of each interface one address of each family that it has. */
  readonly interfaces: readonly { readonly name: string; readonly host: string }[];
}

/** Takes three seconds. */
export async function testLan(
  { isOffline, interfaces }: LanSelfTest,
  clock: Clock,
  signal: AbortSignal,
  open: OpenMdns = openMdns,
): Promise<LanFinding> {
  if (isOffline) return judgeLan({ isOffline, interfaces: [] });
  await using resources = new AsyncDisposableStack();
  const own = new Set(interfaces.map(({ host }) => host));
  const tried = interfaces.map(({ name, host }) => {
    const heard = new Set<string>();
    const seen = { name, host, heard, errno: undefined as string | undefined };
    const socket = resources.use(
      open(host, {
        onQuery: () => undefined,
        onAnnouncement: () => undefined,
        onHeard: (from) => void (heard.size < OTHERS_MAX && heard.add(from)),
        onProblem: ({ details }: LocalFault) => void (seen.errno ??= String(details['errno'])),
      }),
    );
    return { seen, socket };
  });
  for (let asked = 0; asked < QUESTIONS; asked += 1) {
    for (const { socket } of tried) {
      socket.queryAny();
      socket.query(); // which peers answer
    }
    await sleep(clock, LISTEN_MS, signal);
  }
  const observed: LanObservation['interfaces'] = tried.map(({ seen }) => ({
    name: seen.name,
    host: seen.host,
    errno: seen.errno,
    hearsItself: seen.heard.has(seen.host),
    others: [...seen.heard].filter((from) => !own.has(from)).length,
  }));
  return judgeLan({ isOffline, interfaces: observed });
}
