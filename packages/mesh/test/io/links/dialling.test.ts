// Dialling a device by all transports at once, and beginning anew when what was found is gone.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deviceKeyOf, TaskGroup } from '@coequal/base';
import type { LinkPath } from '@coequal/base';
import { World } from '@coequal/simulator';
import { Dialling } from '../../../src/io/links/dialling.ts';
import type { DialHost } from '../../../src/io/links/dialling.ts';
import type { CarrierPath } from '../../../src/io/links/carrier-path.ts';
import type { Carrier, Transport } from '../../../src/io/carrier.ts';

const DEVICE = deviceKeyOf(new Uint8Array(32).fill(1));
const DIRECT: LinkPath = { type: 'direct' };
const RELAYED: LinkPath = { type: 'relayed', by: deviceKeyOf(new Uint8Array(32).fill(2)) };

interface Found {
  readonly path: LinkPath;
  prove(): void;
  close(): void;
}

/** A lane that dials, and whose transports bring what the test says. */
class Lane implements DialHost, Disposable {
  readonly world = new World({ seed: 1 });
  readonly dials: string[] = [];
  readonly found: Found[] = [];
  failures = 0;
  readonly dialling: Dialling;
  readonly #waiting = new Map<string, (carrier: Carrier) => void>();
  readonly #tasks = new TaskGroup((error) => {
    throw error;
  });

  constructor() {
    const { clock, random } = this.world.host('device').ports;
    const transports = ['tcp', 'relay'].map((name) => this.#transport(name as Transport['name']));
    this.dialling = new Dialling(DEVICE, transports, this, { clock, random }, this.#tasks);
  }

  /** What was dialled last by this transport is there. */
  async connect(name: 'tcp' | 'relay'): Promise<Found> {
    const path = name === 'tcp' ? DIRECT : RELAYED;
    this.#waiting.get(name)?.({ path } as unknown as Carrier);
    await this.world.pass(1);
    const found = this.found.at(-1);
    assert.ok(found);
    return found;
  }

  onDialled({ path }: Carrier): CarrierPath {
    const { promise: proof, resolve } = Promise.withResolvers<boolean>();
    const found = { path, proof, isProven: false };
    this.found.push({
      path,
      prove: () => {
        found.isProven = true;
        resolve(true);
      },
      close: () => {
        found.isProven = false;
        resolve(false);
      },
    });
    return found as unknown as CarrierPath;
  }

  onAllFailed(): void {
    this.failures += 1;
  }

  onDiallingOver(): void {
    // it is asked for by the tests
  }

  isEnough({ type }: LinkPath): boolean {
    return type === 'direct';
  }

  [Symbol.dispose](): void {
    this.dialling.stop();
  }

  #transport(name: Transport['name']): Transport {
    const dial = async (_: unknown, signal: AbortSignal): Promise<Carrier> => {
      this.dials.push(name);
      const { promise, resolve, reject } = Promise.withResolvers<Carrier>();
      this.#waiting.set(name, resolve);
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      return await promise;
    };
    return { name, dial, [Symbol.asyncDispose]: async () => undefined };
  }
}

const ONCE = { delayMs: 0, isPersistent: false };

test('a path that is closed in the turn in which it is proven is none', async () => {
  using lane = new Lane();
  lane.dialling.start(ONCE);
  await lane.world.pass(1_500);
  const direct = await lane.connect('tcp');
  direct.prove();
  direct.close();
  const relayed = await lane.connect('relay');
  relayed.close();
  await lane.world.pass(1);
  assert.equal(lane.failures, 1);
  assert.equal(lane.dialling.isRunning, false);
});

test('when the relayed path is lost while a direct one is still dialled, relays are dialled again', async () => {
  using lane = new Lane();
  lane.dialling.start(ONCE);
  await lane.world.pass(1_500);
  const relayed = await lane.connect('relay');
  relayed.prove();
  await lane.world.pass(100);
  assert.deepEqual(lane.dials, ['tcp', 'relay']);
  lane.dialling.start({ ...ONCE, isUpgrade: true }); // which is under way
  await lane.world.pass(1_500);
  assert.deepEqual(lane.dials, ['tcp', 'relay']);
  relayed.close();
  lane.dialling.start({ ...ONCE, isPersistent: true });
  await lane.world.pass(1_500);
  assert.deepEqual(lane.dials, ['tcp', 'relay', 'tcp', 'relay']);
});

test('when the relayed path is lost while a better one is looked for, relays are dialled as well', async () => {
  using lane = new Lane();
  lane.dialling.start({ ...ONCE, isUpgrade: true });
  await lane.world.pass(1_500);
  assert.deepEqual(lane.dials, ['tcp']);
  lane.dialling.start({ ...ONCE, isPersistent: true });
  await lane.world.pass(1_500);
  assert.deepEqual(lane.dials, ['tcp', 'tcp', 'relay']);
});

test('what an earlier dial brings does not end a later one', async () => {
  using lane = new Lane();
  lane.dialling.start(ONCE);
  await lane.world.pass(100);
  const direct = await lane.connect('tcp');
  direct.prove();
  lane.dialling.stop(); // in the turn of the proof: the session is over
  lane.dialling.start(ONCE);
  await lane.world.pass(100);
  assert.equal(lane.dialling.isRunning, true);
  assert.deepEqual(lane.dials, ['tcp', 'tcp']);
});
