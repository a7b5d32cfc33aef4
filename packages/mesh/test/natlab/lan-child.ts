/** A device in a namespace: finds contacts in the local network and prints where, or tries what keeps it from that. */
import { networkInterfaces } from 'node:os';
import { parseDeviceKey, parseHex } from '@coequal/base';
import type { DeviceKey } from '@coequal/base';
import { addressWithZone, openClock, openRandom } from '@coequal/base/node';
import { Lan } from '../../src/io/lan/lan.ts';
import { LanGroup } from '../../src/io/lan/lan-group.ts';
import { testLan } from '../../src/io/lan/lan-self-test.ts';

export interface ChildPlan {
  readonly mode: 'find' | 'self-test';
  readonly secret?: string;
  /** Secrets by device keys. */
  readonly contacts?: Readonly<Record<string, string>>;
  readonly tcp?: number;
  /** Only addresses of it. */
  readonly family?: 4 | 6;
  /** Only by this address. */
  readonly bind?: string;
}

const plan = JSON.parse(process.argv[2] ?? '{}') as ChildPlan;
const clock = openClock();

function interfaces(): readonly { readonly name: string; readonly host: string }[] {
  return Object.entries(networkInterfaces()).flatMap(([name, own = []]) =>
    own
      .filter(({ family, internal, address }) => {
        const isOfFamily = family === 'IPv4' ? plan.family !== 6 : plan.family !== 4;
        return !internal && isOfFamily && (family === 'IPv4' || address.startsWith('fe80:'));
      })
      .map((each) => ({ name, host: addressWithZone(name, each) })),
  );
}

function say(what: object): void {
  process.stdout.write(`${JSON.stringify(what)}\n`);
}

if (plan.mode === 'self-test') {
  const all = { isOffline: false, interfaces: interfaces() };
  say({ finding: await testLan(all, clock, new AbortController().signal) });
} else {
  const secretOf = (text: string): Uint8Array => parseHex(text) ?? new Uint8Array();
  const others = new Map<DeviceKey, readonly Uint8Array[]>(
    Object.entries(plan.contacts ?? {}).map(([key, secret]) => [
      parseDeviceKey(key),
      [secretOf(secret)],
    ]),
  );
  const group = new LanGroup(
    {
      hosts: () =>
        interfaces()
          .map(({ host }) => host)
          .filter((host) => plan.bind === undefined || plan.bind === host),
      onProblem: ({ details }) => say({ problem: details }),
    },
    clock,
  );
  const onFound = (device: DeviceKey): void => say({ found: device, at: lan.addressesOf(device) });
  const lan = new Lan(group, onFound, { clock, random: openRandom() });
  lan.setSecrets({ own: [secretOf(plan.secret ?? '')], others });
  lan.setPorts({ tcp: plan.tcp ?? 0, udp: 0 });
  say({ ready: true });
  process.stdin.on('end', () => {
    lan[Symbol.dispose]();
    void group[Symbol.asyncDispose]().then(() => process.exit());
  });
  process.stdin.resume();
}
