// The mapper against a router of our own, with a clock that is turned by hand.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import type { Clock, Datagram } from '@coequal/base';
import { openRandom } from '@coequal/base/node';
import { PortMapper } from '../../src/port-mapping/port-mapper.ts';
import type { MappingStatus } from '../../src/port-mapping/port-mapper.ts';
import { mappingWays, pinholeWays } from '../../src/port-mapping/ways.ts';

const ROUTER = { host: '10.93.1.1', local: '10.93.1.11' };
const BOTH = { port: 6881, protocols: ['tcp', 'udp'], takesAll: false } as const;
const anyOf = (): boolean => true;

void test('a mapping is renewed at half its lifetime, and removed at the end', async () => {
  const clock = new HandClock();
  const lifetimes: number[] = [];
  const statuses: MappingStatus[] = [];
  const ports = { clock, random: openRandom(), net: { udp: routerSaying(600, lifetimes) } };
  const mapper = new PortMapper(
    {
      ...BOTH,
      ways: mappingWays(anyOf, ports, [ROUTER]),
      onStatus: (status) => void statuses.push(status),
    },
    ports,
    assert.ifError,
  );
  await clock.turn(0);
  assert.deepEqual(lifetimes, [3_600, 3_600]);
  assert.equal(statuses[0]?.type, 'mapped');
  await clock.turn(299_000);
  assert.equal(lifetimes.length, 2);
  await clock.turn(1_000);
  assert.deepEqual(lifetimes, [3_600, 3_600, 3_600, 3_600]);
  await mapper[Symbol.asyncDispose]();
  assert.deepEqual(lifetimes.slice(4), [0, 0]);
});

void test('in another network the router is asked at once, also while it is asked already', async () => {
  const clock = new HandClock();
  const lifetimes: number[] = [];
  const ports = { clock, random: openRandom(), net: { udp: routerSaying(600, lifetimes) } };
  const ways = mappingWays(anyOf, ports, [ROUTER]);
  const onStatus = (): void => {};
  await using mapper = new PortMapper({ ...BOTH, ways, onStatus }, ports, assert.ifError);
  mapper.networkChanged();
  await clock.turn(0);
  assert.equal(lifetimes.length, 4);
  mapper.networkChanged();
  await clock.turn(0);
  assert.equal(lifetimes.length, 6);
});

void test('where a port is taken, the one that was given for TCP is wished for UDP, and both are told', async () => {
  const clock = new HandClock();
  const statuses: MappingStatus[] = [];
  const wishes: number[] = [];
  const udp = routerSaying(600, [], (wished) => {
    wishes.push(wished);
    return wished === 6881 ? 50_000 : wished;
  });
  const ports = { clock, random: openRandom(), net: { udp } };
  await using _mapper = new PortMapper(
    {
      ...BOTH,
      ways: mappingWays(anyOf, ports, [ROUTER]),
      onStatus: (status) => void statuses.push(status),
    },
    ports,
    assert.ifError,
  );
  await clock.turn(0);
  await clock.turn(300_000);
  assert.deepEqual(wishes, [6881, 50_000, 50_000, 50_000]);
  const [first] = statuses;
  assert.ok(first?.type === 'mapped');
  assert.deepEqual(
    first.mappings.map(({ port, externalPort }) => [port, externalPort]),
    [
      [6881, 50_000],
      [6881, 50_000],
    ],
  );
});

void test('the firewall is opened for each address of IPv6, and for one that came later', async () => {
  const clock = new HandClock();
  const asked: string[] = [];
  const locals = ['2001:db8::11', '2001:db8::12', 'fd00::11', 'fe80::11'];
  const grant = routerSaying(600, []);
  const udp: typeof grant = async ({ host }, onDatagrams) => {
    const socket = await grant({ host }, onDatagrams);
    return { ...socket, send: (bytes: Uint8Array) => (asked.push(host), socket.send(bytes)) };
  };
  const find = async () => locals.map((local) => ({ router: ROUTER.host, local, zone: 'eth0' }));
  const ports = { clock, random: openRandom(), net: { udp } };
  const ways = pinholeWays((local) => local !== '2001:db8::12', ports, find);
  const onStatus = (): void => {};
  const mapper = new PortMapper({ ...BOTH, takesAll: true, ways, onStatus }, ports, assert.ifError);
  await clock.turn(0);
  assert.deepEqual(asked.splice(0), ['2001:db8::11', '2001:db8::11']);
  locals.push('2001:db8::13');
  await clock.turn(300_000);
  const [eleven, thirteen] = ['2001:db8::11', '2001:db8::13'];
  assert.deepEqual(asked.splice(0), [eleven, eleven, thirteen, thirteen]);
  locals.shift();
  await clock.turn(300_000);
  assert.deepEqual(asked.splice(0), [thirteen, thirteen]);
  await mapper[Symbol.asyncDispose]();
  assert.deepEqual(
    asked,
    [thirteen, thirteen],
    'of the address that is gone there is no way to tell',
  );
});

/** Grants what is asked for in PCP, for so many seconds, at the external port that `give` says. */
function routerSaying(
  seconds: number,
  lifetimes: number[],
  give: (wished: number) => number = (wished) => wished,
) {
  return async (
    { host }: { readonly host: string },
    onDatagrams: (batch: readonly Datagram[]) => void,
  ) => {
    await setImmediate();
    return {
      local: { host, port: 1 },
      send(bytes: Uint8Array) {
        const asked = new DataView(bytes.buffer).getUint32(4);
        lifetimes.push(asked);
        const reply = new Uint8Array(60);
        reply.set(bytes.subarray(0, 2));
        reply[1] = 0x81;
        new DataView(reply.buffer).setUint32(4, Math.min(asked, seconds));
        reply.set(bytes.subarray(24), 24);
        const view = new DataView(reply.buffer);
        if (asked > 0) view.setUint16(42, give(view.getUint16(42)));
        onDatagrams([{ bytes: reply, from: { host: ROUTER.host, port: 5351 } }]);
      },
      async [Symbol.asyncDispose]() {},
    };
  };
}

class HandClock implements Clock {
  #now = 0;
  readonly #waiting = new Set<{ readonly when: number; readonly run: () => void }>();

  now(): number {
    return this.#now;
  }

  epochNow(): number {
    return this.#now;
  }

  at(when: number, run: () => void): () => void {
    const entry = { when, run };
    this.#waiting.add(entry);
    return () => void this.#waiting.delete(entry);
  }

  /** And lets what follows from it happen. */
  async turn(ms: number): Promise<void> {
    this.#now += ms;
    for (const entry of this.#waiting) {
      if (entry.when > this.#now) continue;
      this.#waiting.delete(entry);
      entry.run();
    }
    for (let turns = 0; turns < 20; turns++) await setImmediate();
  }
}
