// Torrents at rest: what they hold, and how many are woken at a time.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeUtf8, joinPath } from '@coequal/base';
import type { Clock, Ports } from '@coequal/base';
import type { Torrent } from '../../src/torrent.ts';
import { DOWNLOADS, Lab } from './lab.ts';

/** Counts the timers that are set and neither due nor cancelled. */
class WatchedClock implements Clock {
  readonly pending = new Set<() => void>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  now(): number {
    return this.#clock.now();
  }

  epochNow(): number {
    return this.#clock.epochNow();
  }

  at(when: number, run: () => void): () => void {
    const due = (): void => {
      this.pending.delete(due);
      run();
    };
    const cancel = this.#clock.at(when, due);
    this.pending.add(due);
    return () => {
      this.pending.delete(due);
      cancel();
    };
  }
}

/** What is under way at a time, at most. */
class Busy {
  now = 0;
  most = 0;

  async run<T>(work: () => Promise<T>): Promise<T> {
    this.now += 1;
    this.most = Math.max(this.most, this.now);
    try {
      return await work();
    } finally {
      this.now -= 1;
    }
  }
}

/** The port, but for some of its methods. */
function instead<Port extends object>(port: Port, methods: Partial<Port>): Port {
  return new Proxy(port, {
    get(target, name) {
      const found: unknown = Reflect.get(name in methods ? methods : target, name, target);
      return typeof found === 'function' ? found.bind(target) : found;
    },
  });
}

const PIECE_LENGTH = 16_384;
const PIECE_COUNT = 20;

/** Of one file, whose hashes no content has. */
function torrentOf(name: string): Uint8Array {
  const info = `6:lengthi${PIECE_COUNT * PIECE_LENGTH}e4:name${name.length}:${name}`;
  const pieces = `6:pieces${PIECE_COUNT * 20}:${'x'.repeat(PIECE_COUNT * 20)}`;
  return encodeUtf8(`d4:infod${info}12:piece lengthi${PIECE_LENGTH}e${pieces}ee`);
}

function isAtRest({ state }: Torrent): boolean {
  return state.type === 'downloading' || state.type === 'seeding';
}

for (const kind of ['seed', 'leech'] as const) {
  test(`a ${kind} without peers has no timer, before and after it had one`, async () => {
    await using lab = await Lab.open({ content: 1_000_000 });
    let clock: WatchedClock | undefined;
    const wrap = (ports: Ports): Ports => ({
      ...ports,
      clock: (clock = new WatchedClock(ports.clock)),
    });
    const node =
      kind === 'seed' ? await lab.seed('seed', { wrap }) : await lab.leech('leech', [], { wrap });
    await lab.until(() => isAtRest(node.torrent));
    assert.equal(clock?.pending.size, 0);

    const other = await lab.leech('other', [node]);
    await lab.until(() => node.torrent.peers.length > 0);
    assert.ok(clock !== undefined && clock.pending.size > 0, 'the timers are seen here');
    await lab.run(() => other.dispose());
    await lab.until(() => node.torrent.peers.length === 0);
    await lab.world.pass(60_000); // a checkpoint, and the last look at who was there
    assert.equal(clock.pending.size, 0);
  });
}

test('engines that are told to rest in the midst of their work lose nothing by it', async () => {
  await using lab = await Lab.open({ content: 3_000_000 });
  const seed = await lab.seed();
  const leech = await lab.leech('leech', [seed]);
  let rests = 0;
  let inUse = 0;
  const { clock } = seed.host.ports;
  let stopLooking = (): void => undefined;
  const look = (): void => {
    stopLooking = clock.at(clock.now() + 20, look);
    for (const { engine } of [seed, leech]) {
      if (engine.stats.memory.pieces + engine.stats.memory.read > 0) inUse += 1;
      rests += 1;
      void engine.rest();
    }
  };
  look();
  await lab.untilSeeding(leech);
  stopLooking();
  assert.ok(rests > 10 && inUse > 3, `${rests} rests, ${inUse} while something was in use`);
  await lab.run(() => Promise.all([seed.engine.rest(), leech.engine.rest()]));
  for (const { engine } of [seed, leech]) {
    const { pieces, read } = engine.stats.memory;
    assert.deepEqual({ pieces, read }, { pieces: 0, read: 0 });
  }
  const late = await lab.leech('late', [leech]);
  await lab.untilSeeding(late);
});

test('of many torrents that are added at once, sixteen are opened at a time', async () => {
  await using lab = await Lab.open({ content: 100_000 });
  const busy = new Busy();
  const wrap = (ports: Ports): Ports => ({
    ...ports,
    disk: instead(ports.disk, { stat: (path) => busy.run(() => ports.disk.stat(path)) }),
  });
  const node = await lab.leech('leech', [], { wrap });
  await lab.run(async () => {
    for (let index = 0; index < 50; index++) await node.engine.add(torrentOf(`torrent ${index}`));
  });
  await lab.until(() => node.engine.torrents.every(isAtRest));
  assert.equal(node.engine.torrents.length, 51);
  assert.ok(busy.most > 8 && busy.most <= 16, `${busy.most} at a time`);
});

test('of many torrents that have to be checked, four are at a time, and none waits that need not be', async () => {
  await using lab = await Lab.open({ content: 100_000 });
  const busy = new Busy();
  const wrap = (ports: Ports): Ports => ({
    ...ports,
    hasher: instead(ports.hasher, {
      readAndHash: (plan, signal) => busy.run(() => ports.hasher.readAndHash(plan, signal)),
    }),
  });
  const node = await lab.leech('leech', [], { wrap });
  const names = Array.from({ length: 20 }, (_, index) => `torrent ${index}`);
  for (const name of names)
    node.host.disk.put(joinPath(DOWNLOADS, name), new Uint8Array(PIECE_COUNT * PIECE_LENGTH));
  const [absent] = await lab.run(async () => {
    for (const name of names) await node.engine.add(torrentOf(name));
    return [await node.engine.add(torrentOf('absent'))];
  });
  assert.ok(absent);
  await lab.until(() => isAtRest(absent));
  assert.ok(node.engine.torrents.some(({ state }) => state.type === 'checking'));
  await lab.until(() => node.engine.torrents.every(isAtRest));
  assert.ok(busy.most > 8 && busy.most <= 4 * 8, `${busy.most} pieces at a time`);
});
