/** A device in a namespace: finds contacts in the local network and prints where, or tries what keeps it from that. */
import { networkInterfaces } from 'node:os';
import { parseDeviceKey, parseHex } from '@coequal/base';
import type { DeviceKey } from '@coequal/base';
import { openClock, openRandom } from '@coequal/base/node';
import { Lan } from '../../src/io/lan/lan.ts';
import { testLan } from '../../src/io/lan/lan-self-test.ts';

export interface ChildPlan {
  readonly mode: 'find' | 'self-test';
  readonly secret?: string;
  /** Secrets by device keys. */
  readonly contacts?: Readonly<Record<string, string>>;
  readonly tcp?: number;
  /** Only by this address. */
  readonly bind?: string;
}

const plan = JSON.parse(process.argv[2] ?? '{}') as ChildPlan;
const clock = openClock();

function interfaces(): readonly { readonly name: string; readonly host: string }[] {
  return Object.entries(networkInterfaces()).flatMap(([name, own = []]) => {
    const first = own.find(({ family, internal }) => family === 'IPv4' && !internal);
    return first === undefined ? [] : [{ name, host: first.address }];
  });
}

function say(what: object): void {
  process.stdout.write(`${JSON.stringify(what)}\n`);
}

if (plan.mode === 'self-test') {
  const all = { isOffline: false, interfaces: interfaces() };
  say({ finding: await testLan(all, clock, new AbortController().signal) });
} else {
  const secrets = new Map<DeviceKey, Uint8Array>(
    Object.entries(plan.contacts ?? {}).map(([key, secret]) => [
      parseDeviceKey(key),
      parseHex(secret) ?? new Uint8Array(),
    ]),
  );
  const lan: Lan = new Lan(
    {
      secret: parseHex(plan.secret ?? '') ?? new Uint8Array(),
      hosts: () =>
        interfaces()
          .map(({ host }) => host)
          .filter((host) => plan.bind === undefined || plan.bind === host),
      onFound: (device) => say({ found: device, at: lan.addressesOf(device) }),
      onProblem: ({ details }) => say({ problem: details }),
    },
    { clock, random: openRandom() },
  );
  lan.setSecrets(secrets);
  lan.setPorts({ tcp: plan.tcp ?? 0, udp: 0 });
  say({ ready: true });
  process.stdin.on('end', () => void lan[Symbol.asyncDispose]().then(() => process.exit()));
  process.stdin.resume();
}
