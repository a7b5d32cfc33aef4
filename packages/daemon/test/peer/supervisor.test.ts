import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LocalFault, sleep } from '@coequal/base';
import type { Clock } from '@coequal/base';
import { World } from '@coequal/simulator';
import { Supervisor } from '../../src/peer/supervisor.ts';
import type { ServiceSpec } from '../../src/peer/supervisor.ts';

const BROKEN = new LocalFault('ADDRESS_IN_USE', { port: 6_881 });
const YEAR = 31_536_000_000;

/** Runs `script` for each run in turn, and the last one for all that follow. */
class Service implements ServiceSpec {
  readonly name: string;
  readonly startedAt: number[] = [];
  readonly #clock: Clock;
  readonly #script: readonly Run[];

  constructor(name: string, clock: Clock, ...script: readonly Run[]) {
    this.name = name;
    this.#clock = clock;
    this.#script = script;
  }

  async run(onRunning: () => void, signal: AbortSignal): Promise<void> {
    const run = this.#script[this.startedAt.length] ?? this.#script.at(-1);
    this.startedAt.push(this.#clock.epochNow());
    await run?.(onRunning, signal);
  }
}

type Run = (onRunning: () => void, signal: AbortSignal) => Promise<void>;

function open() {
  const world = new World({ seed: 1 });
  const { clock } = world.host('peer').ports;
  const failures: unknown[] = [];
  const supervisor = new Supervisor(clock, {
    onFailure: (service, error) => void failures.push([service, error]),
    onChange: () => undefined,
    onBug: assert.ifError,
  });
  const steady: Run = async (onRunning, signal) => {
    onRunning();
    await sleep(clock, YEAR, signal);
  };
  const failing: Run = async () => {
    throw BROKEN;
  };
  const state = (name: string): unknown =>
    supervisor.report.find((service) => service.name === name)?.state;
  return { world, clock, supervisor, failures, steady, failing, state };
}

function gaps({ startedAt }: Service): number[] {
  return startedAt.slice(1).map((at, index) => at - (startedAt[index] ?? 0));
}

void test('a service waits until it is started, and is started once', async () => {
  const { world, clock, supervisor, steady, state } = open();
  const service = new Service('files', clock, steady);
  supervisor.add(service);
  await world.pass(1_000);
  assert.equal(state('files'), 'waiting');
  supervisor.start('files');
  supervisor.start('files');
  await world.pass(1_000);
  assert.equal(state('files'), 'running');
  assert.equal(service.startedAt.length, 1);
  await supervisor[Symbol.asyncDispose]();
});

void test('one that fails is tried again with longer and longer waits; the others go on', async () => {
  const { world, clock, supervisor, failures, steady, failing, state } = open();
  const bad = new Service('bad', clock, failing);
  const good = new Service('good', clock, steady);
  for (const service of [bad, good]) supervisor.add(service);
  for (const { name } of [bad, good]) supervisor.start(name);
  await world.pass(250_000);
  assert.deepEqual(gaps(bad), [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]);
  assert.deepEqual(good.startedAt.length, 1);
  assert.equal(state('good'), 'running');
  const [report] = supervisor.report;
  assert.equal(report?.state, 'failed');
  assert.equal(report.problem?.code, 'ADDRESS_IN_USE');
  assert.equal(report.restarts, 10);
  assert.equal(report.nextTryAt, (bad.startedAt.at(-1) ?? 0) + 60_000);
  assert.deepEqual(failures[0], ['bad', BROKEN]);
  assert.equal(failures.length, 10);
  await supervisor[Symbol.asyncDispose]();
});

void test('who ran well for long begins anew with short waits', async () => {
  const { world, clock, supervisor, failing } = open();
  const longer: Run = async (onRunning, signal) => {
    onRunning();
    await sleep(clock, 130_000, signal);
    throw BROKEN;
  };
  const service = new Service('x', clock, failing, failing, failing, longer, failing);
  supervisor.add(service);
  supervisor.start('x');
  await world.pass(141_000);
  assert.deepEqual(gaps(service), [1_000, 2_000, 4_000, 131_000, 2_000]);
  await supervisor[Symbol.asyncDispose]();
});

void test('a restart that is asked for comes at once, and counts as none', async () => {
  const { world, clock, supervisor, failures, steady } = open();
  const service = new Service('x', clock, steady);
  supervisor.add(service);
  supervisor.start('x');
  await world.pass(1_000);
  supervisor.restart('x');
  await world.pass(0);
  assert.equal(service.startedAt.length, 2);
  assert.equal(supervisor.report[0]?.restarts, 0);
  assert.deepEqual(failures, []);
  await supervisor[Symbol.asyncDispose]();
});

void test('a restart that is asked for after a failure does not wait for the next try', async () => {
  const { world, clock, supervisor, steady, failing, state } = open();
  const service = new Service('x', clock, failing, failing, failing, failing, steady);
  supervisor.add(service);
  supervisor.start('x');
  await world.pass(7_500);
  assert.equal(state('x'), 'failed');
  supervisor.restart('x');
  await world.pass(0);
  assert.equal(state('x'), 'running');
  await supervisor[Symbol.asyncDispose]();
});

void test('what goes wrong beyond its sight fails it as if it had failed itself', async () => {
  const { world, clock, supervisor, failures, steady, state } = open();
  supervisor.add(new Service('x', clock, steady));
  supervisor.fail('x', BROKEN); // it does not run: nothing to fail
  supervisor.start('x');
  await world.pass(10);
  supervisor.fail('x', BROKEN);
  await world.pass(10);
  assert.equal(state('x'), 'failed');
  assert.deepEqual(failures, [['x', BROKEN]]);
  await world.pass(1_000);
  assert.equal(state('x'), 'running');
  await supervisor[Symbol.asyncDispose]();
});

void test('an abort of its own is a failure, and no reason to try without a pause', async () => {
  const { world, clock, supervisor } = open();
  const aborting: Run = async () => {
    throw new DOMException('mine', 'AbortError');
  };
  const service = new Service('x', clock, aborting);
  supervisor.add(service);
  supervisor.start('x');
  await world.pass(3_500);
  assert.deepEqual(gaps(service), [1_000, 2_000]);
  await supervisor[Symbol.asyncDispose]();
});

void test('one that has nothing to do is off', async () => {
  const { world, clock, supervisor, state } = open();
  supervisor.add(new Service('x', clock, async () => undefined));
  supervisor.start('x');
  await world.pass(10_000);
  assert.equal(state('x'), 'off');
  await supervisor[Symbol.asyncDispose]();
});

void test('what goes wrong while it ends is told, and the end is awaited', async () => {
  const { world, clock, supervisor, failures } = open();
  let hasEnded = false;
  const stubborn: Run = async (onRunning, signal) => {
    onRunning();
    await sleep(clock, YEAR, signal).catch(() => undefined);
    await sleep(clock, 500, new AbortController().signal);
    hasEnded = true;
    throw BROKEN;
  };
  supervisor.add(new Service('x', clock, stubborn));
  supervisor.start('x');
  await world.pass(10);
  await world.run(() => supervisor[Symbol.asyncDispose](), 1_000);
  assert.equal(hasEnded, true);
  assert.deepEqual(failures, [['x', BROKEN]]);
});
