/** The simulated ports against the contracts that the real ones fulfil too. */
import { deviceKeyOf, joinPath, rootPath } from '@coequal/base';
import type { DeviceKey } from '@coequal/base';
import { describeClock } from '../../base/test/contract/clock.ts';
import { describeDisk } from '../../base/test/contract/disk.ts';
import { describeHasher } from '../../base/test/contract/hasher.ts';
import { describeHttp } from '../../base/test/contract/http.ts';
import { describeLinks } from '../../base/test/contract/links.ts';
import { describeNet } from '../../base/test/contract/net.ts';
import { describeRandom } from '../../base/test/contract/random.ts';
import { PlainLinks, World } from '../src/index.ts';
import type { DeviceDirectory, SimHost } from '../src/index.ts';

const NEVER = new AbortController().signal;
const HOUR_MS = 3_600_000;

interface Opened extends AsyncDisposable {
  readonly world: World;
  readonly host: SimHost;
  pump<T>(work: Promise<T>): Promise<T>;
}

function open(seed: number): Opened {
  const world = new World({ seed });
  const host = world.host({ name: 'a', hasher: { slotLength: 262_144, slotCount: 16 } });
  return {
    world,
    host,
    pump: (work) => world.run(() => work, HOUR_MS),
    [Symbol.asyncDispose]: async () => host.stop(),
  };
}

for (const seed of [1, 2, 3]) {
  const root = joinPath(rootPath('/'), 'data');
  const withRoot = (opened: Opened): Opened => {
    opened.host.disk.tree.makeDirectories(['data'], 0);
    return opened;
  };
  describeClock(`simulated, seed ${seed}`, async () => {
    const opened = open(seed);
    return { ...opened, clock: opened.host.ports.clock };
  });
  describeRandom(`simulated, seed ${seed}`, () => open(seed).host.ports.random);
  describeNet(`simulated, seed ${seed}`, async () => {
    const opened = open(seed);
    return {
      ...opened,
      net: opened.host.ports.net,
      host: '127.0.0.1',
      host6: '::1',
      groupHost6: '::1',
    };
  });
  describeLinks(`plain, seed ${seed}`, async () => {
    const opened = open(seed);
    const directory: DeviceDirectory = new Map();
    const [nearKey, farKey, absentKey] = [1, 2, 3].map((n) =>
      deviceKeyOf(new Uint8Array(32).fill(n)),
    ) as [DeviceKey, DeviceKey, DeviceKey];
    const hosts = [nearKey, farKey].map((key) => ({ key, host: opened.world.host() }));
    const openAll = (): Promise<PlainLinks[]> =>
      Promise.all(
        hosts.map(({ key, host }) =>
          PlainLinks.open(key, host.address, directory, host.ports.net, NEVER),
        ),
      );
    const [near, far] = (await opened.pump(openAll())) as [PlainLinks, PlainLinks];
    return { ...opened, near, nearKey, far, farKey, absentKey, isPlain: true };
  });
  describeHttp(`simulated, seed ${seed}`, async () => {
    const opened = open(seed);
    let sites = 0;
    return {
      ...opened,
      http: opened.host.ports.http,
      serve: async (answer) => {
        const origin = `http://site-${++sites}.test`;
        opened.world.serveHttp(origin, ({ path, headers }) => {
          const { ending, ...response } = answer({ path, headers });
          return ending === 'silent' ? undefined : { ...response, isCut: ending === 'cut' };
        });
        return origin;
      },
    };
  });
  describeDisk(`simulated, seed ${seed}`, async () => {
    const opened = withRoot(open(seed));
    return { ...opened, disk: opened.host.ports.disk, root };
  });
  describeHasher(`simulated, seed ${seed}`, async () => {
    const opened = withRoot(open(seed));
    const { disk, hasher } = opened.host.ports;
    return { ...opened, disk, hasher, root };
  });
}
