/** MeshLinks against the contract of Links, over simulated carriers. */
import { deviceKeyOf } from '@coequal/base';
import { World } from '@coequal/simulator';
import { describeLinks } from '../../../../base/test/contract/links.ts';
import { MeshLinks } from '../../../src/io/links/mesh-links.ts';
import { openPlainTransport } from '../../plain-transport.ts';
import type { Directory } from '../../plain-transport.ts';

const NEVER = new AbortController().signal;
const HOUR_MS = 3_600_000;

for (const seed of [1, 2, 3]) {
  describeLinks(`of the mesh over simulated carriers, seed ${seed}`, async () => {
    const world = new World({ seed, latencyMs: [5, 60], loss: seed === 3 ? 0.02 : 0 });
    const directory: Directory = new Map();
    const openOne = async (n: number): Promise<MeshLinks> => {
      const own = deviceKeyOf(new Uint8Array(32).fill(n));
      const { address, ports } = world.host();
      const transports = [openPlainTransport({ own, net: ports.net, host: address, directory })];
      const options = { own, transports, admission, onFailure };
      return await MeshLinks.open(options, ports, NEVER);
    };
    const [near, far] = await world.run(() => Promise.all([openOne(1), openOne(2)]), HOUR_MS);
    return {
      near,
      nearKey: deviceKeyOf(new Uint8Array(32).fill(1)),
      far,
      farKey: deviceKeyOf(new Uint8Array(32).fill(2)),
      absentKey: deviceKeyOf(new Uint8Array(32).fill(3)),
      pump: (work) => world.run(() => work, HOUR_MS),
      [Symbol.asyncDispose]: async () => {
        const close = (links: MeshLinks): Promise<void> => links[Symbol.asyncDispose]();
        await world.run(() => Promise.all([close(near), close(far)]), HOUR_MS);
      },
    };
  });
}

const admission = { levelOf: () => 'contact' as const };

function onFailure(error: unknown): void {
  throw error;
}
