/** Devices that talk while their ways break in every manner: what is sent arrives once and in order, or both ends know. */
import assert from 'node:assert/strict';
import { LocalFault, PeerFault } from '@coequal/base';
import type { LinkStream, Millis } from '@coequal/base';
import type { SimRandom } from '@coequal/simulator';
import type { MeshLinks } from '../../src/io/links/mesh-links.ts';
import { End } from './ledger.ts';
import { NEVER, SECOND_MS } from './links-world.ts';
import type { Device, LinksWorld } from './links-world.ts';

const STREAMS_MAX = 12;
const NUMBER_LENGTH = 4;

interface Pair {
  readonly number: number;
  readonly from: Device;
  readonly to: Device;
  near: End | undefined;
  far: End | undefined;
  /** The process of one side has gone meanwhile: its end is not looked at. */
  isOrphaned: { near: boolean; far: boolean };
}

export interface ChurnStats {
  readonly whole: number;
  /** Closed by their user before all was there. */
  readonly closed: number;
  /** One of both was started anew. */
  readonly lost: number;
  readonly unopened: number;
  readonly bytes: number;
}

export class Churn {
  readonly #links: LinksWorld;
  readonly #random: SimRandom;
  readonly #pairs: Pair[] = [];
  readonly #failures = new Set<string>();
  /** Openings that are not answered, of the process that asked. */
  readonly #openings = new Map<MeshLinks, number>();

  constructor(links: LinksWorld) {
    this.#links = links;
    this.#random = links.world.random.split('churn');
    for (const device of links.devices) {
      device.onStream = (stream) => this.#onStream(device, stream);
    }
  }

  /** One random thing that users do, or that happens to them. */
  act(): void {
    const dice = this.#random.number();
    if (dice < 0.2) this.#open();
    else if (dice < 0.85) this.#use();
    else if (dice < 0.9) this.#finishOne();
    else this.#disturb();
  }

  /** All is well again: every stream is brought to its end. */
  async settle(): Promise<void> {
    const { world, devices } = this.#links;
    world.heal();
    for (const device of devices) device.ports.wake();
    await world.pass(SECOND_MS);
    await world.run(
      () => devices.every(({ links }) => (this.#openings.get(links) ?? 0) === 0),
      60 * SECOND_MS,
    );
    for (const { near, far } of this.#pairs) {
      near?.stream.resume();
      far?.stream.resume();
    }
    await this.#untilAll(isDelivered, 60 * SECOND_MS);
    for (const { near, far, number } of this.#pairs) (number % 2 === 0 ? near : far)?.end();
    await this.#untilAll(isClosed, 30 * SECOND_MS);
  }

  check(): ChurnStats {
    const count = { whole: 0, closed: 0, lost: 0, unopened: 0, bytes: 0 };
    for (const { near, far, number, isOrphaned } of this.#pairs) {
      count.bytes += (near?.received ?? 0) + (far?.received ?? 0);
      for (const end of [near, far]) {
        const why = end?.closed?.why;
        const isKnown = why === undefined || why instanceof LocalFault;
        assert.ok(isKnown, `stream ${number}: ${String(why)}`);
      }
      if (isOrphaned.near || isOrphaned.far) {
        count.lost += 1;
        continue;
      }
      if (near === undefined || far === undefined) {
        count.unopened += 1;
        continue;
      }
      const isClean = near.closed?.why === undefined && far.closed?.why === undefined;
      if (!isClean) {
        // without a restart no stream is lost; an end may cross with a closing
        assert.equal(codeOf(near.closed?.why), 'TEST_CLOSED', `stream ${number}`);
        const isReset = codeOf(far.closed?.why) === 'STREAM_RESET';
        assert.ok(
          isReset || far.isEnded || near.isEnded,
          `stream ${number}: ${String(far.closed?.why)}`,
        );
        count.closed += 1;
        continue;
      }
      count.whole += 1;
      // who ends gets nothing more; what it sent is all there
      if (near.isEnded && !far.isEnded)
        assert.equal(far.received, near.sent, `stream ${number} there`);
      if (far.isEnded && !near.isEnded)
        assert.equal(near.received, far.sent, `stream ${number} back`);
      assert.equal(near.settled, near.sent);
      assert.equal(far.settled, far.sent);
    }
    return count;
  }

  get failures(): ReadonlySet<string> {
    return this.#failures;
  }

  async #untilAll(is: (pair: Pair) => boolean, limitMs: Millis): Promise<void> {
    const isSo = (): boolean => this.#pairs.every((pair) => is(pair));
    await this.#links.world.run(isSo, limitMs).catch((cause: unknown) => {
      const others = this.#pairs.filter((pair) => !is(pair));
      throw new Error(others.map(describe).join(', '), { cause });
    });
  }

  #open(): void {
    const open = this.#pairs.filter((pair) => !isClosed(pair));
    const [from, to] = this.#pickTwo();
    if (open.length >= STREAMS_MAX || from.ports.isAsleep || !from.host.isRunning) return;
    const lane = this.#random.chance(0.5) ? 'talk' : 'bulk';
    const number = this.#pairs.length + 1;
    const isOrphaned = { near: false, far: false };
    const pair: Pair = { number, from, to, near: undefined, far: undefined, isOrphaned };
    this.#pairs.push(pair);
    const { links } = from;
    this.#count(links, 1);
    void links.open(to.key, { protocol: 'stream/1', lane }, NEVER).then(
      (stream) => {
        this.#count(links, -1);
        pair.near = this.#startNear(stream, number);
      },
      (error: unknown) => {
        this.#count(links, -1);
        const isKnown = error instanceof LocalFault || error instanceof PeerFault;
        assert.ok(isKnown, String(error));
        this.#failures.add(error.code);
      },
    );
  }

  /** The first bytes say which stream it is, so that the other side knows what to expect. */
  #startNear(stream: LinkStream, number: number): End {
    stream.send([Uint8Array.of(number >>> 24, number >>> 16, number >>> 8, number)]);
    return new End(stream, number, 0, () => this.#links.world.now);
  }

  #onStream(device: Device, stream: LinkStream): void {
    const head: number[] = [];
    let inner: { onBytes: (view: Uint8Array) => void; onClose: (why?: Error) => void } | undefined;
    const proxy: LinkStream = {
      get remote() {
        return stream.remote;
      },
      get protocol() {
        return stream.protocol;
      },
      get queuedBytes() {
        return stream.queuedBytes;
      },
      onDrain: undefined,
      start: (onBytes, onClose) => {
        inner = { onBytes, onClose };
      },
      pause: () => stream.pause(),
      resume: () => stream.resume(),
      send: (chunks, onSent) => stream.send(chunks, onSent),
      end: () => stream.end(),
      close: (why) => stream.close(why),
    };
    stream.start(
      (view) => {
        let at = 0;
        while (head.length < NUMBER_LENGTH && at < view.length) head.push(view[at++] ?? 0);
        if (head.length < NUMBER_LENGTH) return;
        const number = head.reduce((sum, byte) => sum * 256 + byte, 0);
        if (inner === undefined) {
          const pair = this.#pairs[number - 1];
          assert.ok(pair !== undefined && pair.to === device, 'a stream comes to whom it is for');
          assert.equal(pair.far, undefined, 'and once');
          pair.far = new End(proxy, number, 1, () => this.#links.world.now);
        }
        if (at < view.length) inner?.onBytes(view.subarray(at));
      },
      (why) => inner?.onClose(why),
    );
  }

  #count(links: MeshLinks, more: number): void {
    this.#openings.set(links, (this.#openings.get(links) ?? 0) + more);
  }

  #use(): void {
    const pair = this.#pick(this.#pairs.filter((each) => !isClosed(each)));
    if (pair === undefined) return;
    const isNear = this.#random.chance(0.5);
    const device = isNear ? pair.from : pair.to;
    const end = isNear ? pair.near : pair.far;
    const isGone = isNear ? pair.isOrphaned.near : pair.isOrphaned.far;
    if (!isGone && !device.ports.isAsleep) end?.act(this.#random);
  }

  #finishOne(): void {
    const pair = this.#pick(this.#pairs.filter((each) => !isClosed(each)));
    if (pair?.near === undefined || pair.far === undefined) return;
    if (pair.from.ports.isAsleep || pair.isOrphaned.near) return;
    if (this.#random.chance(0.5)) pair.near.end();
    else pair.near.stream.close(new LocalFault('TEST_CLOSED'));
  }

  #disturb(): void {
    const { world } = this.#links;
    const [one, two] = this.#pickTwo();
    const ms = this.#random.integer(100, 30 * SECOND_MS);
    switch (this.#random.integer(0, 6)) {
      case 0:
        this.#links.block(one, two);
        world.after(ms, () => world.heal(one.host, two.host));
        return;
      case 1:
        this.#links.isolate(one);
        world.after(ms, () => world.heal(one.host, world.hosts));
        return;
      case 2:
        this.#pick([...one.carriers].filter(({ isClosed: isOver }) => !isOver))?.stall();
        return;
      case 3:
        if (!one.ports.isAsleep) this.#pick([...one.carriers])?.close();
        return;
      case 4:
        one.ports.sleep();
        world.after(ms, () => one.ports.wake());
        return;
      case 5:
        if (!one.ports.isAsleep) one.links.networkChanged();
        return;
      default:
        if (this.#random.chance(0.3)) this.#restart(one);
    }
  }

  #restart(device: Device): void {
    for (const pair of this.#pairs) {
      if (isClosed(pair)) continue;
      if (pair.from === device) pair.isOrphaned.near = true;
      if (pair.to === device) pair.isOrphaned.far = true;
    }
    void this.#links.restart(device);
  }

  #pickTwo(): [Device, Device] {
    const { devices } = this.#links;
    const one = this.#random.integer(0, devices.length - 1);
    const other = (one + this.#random.integer(1, devices.length - 1)) % devices.length;
    return [devices[one], devices[other]] as [Device, Device];
  }

  #pick<Item>(items: readonly Item[]): Item | undefined {
    return items[this.#random.integer(0, items.length - 1)];
  }
}

/** For the message about a run that is stuck. */
function describe({ number, from, to, near, far, isOrphaned }: Pair): string {
  const ends = [near, far].map((end) =>
    end === undefined
      ? 'none'
      : `${end.isEnded ? 'ended ' : ''}${end.closed === undefined ? 'open' : String(end.closed.why)} sent ${end.sent} got ${end.received} settled ${end.settled}`,
  );
  return `stream ${number} of ${from.host.name} to ${to.host.name}: ${ends.join(' | ')} ${JSON.stringify(isOrphaned)}`;
}

function codeOf(error: Error | undefined): string | undefined {
  return error instanceof LocalFault ? error.code : error?.message;
}

/** Nothing is under way that could still arrive. */
function isDelivered({ near, far, isOrphaned }: Pair): boolean {
  if (near === undefined) return true;
  if (far === undefined) return near.closed !== undefined || isOrphaned.near || isOrphaned.far;
  if (near.closed !== undefined && far.closed !== undefined) return true;
  if (isOrphaned.near || isOrphaned.far) return true;
  if (near.isEnded || far.isEnded) return true;
  return far.received === near.sent && near.received === far.sent;
}

function isClosed({ near, far, isOrphaned }: Pair): boolean {
  const isNearOver = near === undefined || near.closed !== undefined || isOrphaned.near;
  const isFarOver = far === undefined || far.closed !== undefined || isOrphaned.far;
  return isNearOver && isFarOver;
}
