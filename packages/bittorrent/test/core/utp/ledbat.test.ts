/** What LEDBAT is for: it fills a link with a short queue, gives way to TCP, and shares with its like. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DelayHistory } from '../../../src/core/utp/delay-history.ts';
import { Ledbat } from '../../../src/core/utp/ledbat.ts';
import { dial, feed, Link, RenoFlow, Timeline } from './bottleneck.ts';
import type { UtpEnd } from './bottleneck.ts';

const RATE = 1_250_000;
/** A home router's: 400 ms of that rate. */
const QUEUE_LENGTH = 500_000;
const PACKET_LENGTH = 1_380;

interface Bottleneck {
  readonly timeline: Timeline;
  readonly there: Link;
  readonly back: Link;
}

function openBottleneck(options: { rate?: number; queueLength?: number } = {}): Bottleneck {
  const { rate = RATE, queueLength = QUEUE_LENGTH } = options;
  const timeline = new Timeline();
  const there = new Link(timeline, { bytesPerSecond: rate, latencyMs: 20, queueLength });
  return { timeline, there, back: new Link(timeline, { latencyMs: 20 }) };
}

/** A flow that always has something to send; returns the end that receives. */
function startFlow({ timeline, there, back }: Bottleneck, clocks?: Clocks): UtpEnd {
  const { near, far } = dial(timeline, { there, back, ...(clocks !== undefined && { clocks }) });
  feed(timeline, near);
  return far;
}

type Clocks = readonly [(now: number) => number, (now: number) => number];

/** Share of the link that a flow gets in the seconds that follow, and how long the queue is on average. */
function observe(
  { timeline, there }: Bottleneck,
  seconds: number,
  ...flows: readonly { readonly received: number }[]
): { shares: number[]; queueMs: number } {
  const before = flows.map(({ received }) => received);
  const start = timeline.now;
  let queueMs = 0;
  for (let i = 1; i <= seconds * 10; i++) {
    timeline.run(start + i * 100);
    queueMs += there.queueMs / (seconds * 10);
  }
  const shares = flows.map(({ received }, i) => (received - (before[i] ?? 0)) / seconds / RATE);
  return { shares, queueMs };
}

test('alone it fills the link and keeps the queue near the target', (context) => {
  const bottleneck = openBottleneck();
  const flow = startFlow(bottleneck);
  bottleneck.timeline.run(10_000);
  const { shares, queueMs } = observe(bottleneck, 60, flow);
  context.diagnostic(`${shares.map((s) => s.toFixed(2)).join()} of the link, queue ${queueMs} ms`);
  assert.ok((shares[0] ?? 0) > 0.88, `${shares[0]} of the link`);
  assert.ok(queueMs > 50 && queueMs < 110, `${queueMs} ms of queue`);
  assert.equal(bottleneck.there.dropped, 0);
});

test('beside TCP it gives way, and takes the link again afterwards', () => {
  const bottleneck = openBottleneck();
  const { timeline, there, back } = bottleneck;
  const flow = startFlow(bottleneck);
  timeline.run(20_000);
  const tcp = new RenoFlow(timeline, there, back);
  timeline.run(25_000);
  const beside = observe(bottleneck, 30, flow, tcp).shares;
  assert.ok((beside[0] ?? 1) < 0.05, `${beside[0]} of the link for uTP`);
  assert.ok((beside[1] ?? 0) > 0.9, `${beside[1]} of the link for TCP`);
  tcp.stop();
  timeline.run(65_000);
  const [after = 0] = observe(bottleneck, 20, flow).shares;
  assert.ok(after > 0.85, `${after} of the link`);
});

test('with a queue that is too short for the target it takes no more than TCP', () => {
  const bottleneck = openBottleneck({ queueLength: 60_000 });
  const { timeline, there, back } = bottleneck;
  const flow = startFlow(bottleneck);
  timeline.run(20_000);
  const tcp = new RenoFlow(timeline, there, back);
  timeline.run(30_000);
  const [utp = 1, other = 0] = observe(bottleneck, 60, flow, tcp).shares;
  assert.ok(utp < 1.2 * other, `${utp} for uTP, ${other} for TCP`);
});

test('two flows share about evenly, whichever came first', (context) => {
  for (const queueLength of [QUEUE_LENGTH, 60_000]) {
    const bottleneck = openBottleneck({ queueLength });
    const first = startFlow(bottleneck);
    bottleneck.timeline.run(20_000);
    const second = startFlow(bottleneck);
    bottleneck.timeline.run(40_000);
    const { shares, queueMs } = observe(bottleneck, 60, first, second);
    const [one = 0, two = 0] = shares;
    context.diagnostic(`${one.toFixed(2)} and ${two.toFixed(2)}, queue ${queueMs.toFixed(0)} ms`);
    assert.ok(Math.min(one, two) > 0.35, `${one} and ${two} of the link`);
    assert.ok(one + two > 0.85, `${one + two} of the link`);
    assert.ok(queueMs < 115, `${queueMs} ms of queue`);
  }
});

test('clocks that differ and drift apart do no harm', () => {
  for (const drift of [-5e-4, 5e-4]) {
    const bottleneck = openBottleneck();
    const clocks: Clocks = [(now) => now, (now) => 4_294_960 + now * (1 + drift)];
    const flow = startFlow(bottleneck, clocks);
    bottleneck.timeline.run(20_000);
    const { shares, queueMs } = observe(bottleneck, 100, flow);
    assert.ok((shares[0] ?? 0) > 0.8, `${shares[0]} of the link with drift ${drift}`);
    assert.ok(queueMs < 200, `${queueMs} ms of queue with drift ${drift}`);
  }
});

test('a loss halves the window, and a timeout begins anew', () => {
  const ledbat = new Ledbat(PACKET_LENGTH);
  for (let i = 0; i < 100; i++) ledbat.onAck(PACKET_LENGTH, true, 50, i);
  const { window } = ledbat;
  assert.equal(window, 103 * PACKET_LENGTH);
  ledbat.onLoss(50, 100);
  assert.equal(ledbat.window, window / 2);
  ledbat.onTimeout();
  assert.equal(ledbat.window, PACKET_LENGTH);
  for (let i = 0; i < 200; i++) ledbat.onLoss(50, 200 + i);
  assert.equal(ledbat.window, PACKET_LENGTH, 'a packet may always go');
});

test('the window does not grow while it is not used', () => {
  const ledbat = new Ledbat(PACKET_LENGTH);
  const { window } = ledbat;
  for (let i = 0; i < 100; i++) ledbat.onAck(100, false, 50, i);
  assert.equal(ledbat.window, window);
});

test('after a pause it begins with few packets, and is soon where it was', () => {
  const ledbat = new Ledbat(PACKET_LENGTH);
  for (let i = 0; i < 100; i++) ledbat.onAck(PACKET_LENGTH, true, 50, i);
  ledbat.onLoss(50, 100);
  const { window } = ledbat;
  ledbat.onIdle();
  assert.equal(ledbat.window, 3 * PACKET_LENGTH);
  for (let i = 0; i < 100; i++) ledbat.onAck(PACKET_LENGTH, true, 50, 5_000);
  assert.ok(ledbat.window >= window && ledbat.window < 1.2 * window);
});

/** As long as the queue is to look from now on. */
function setQueue({ delays }: Ledbat, queueMs: number): void {
  delays.addBase(1_000, 0);
  for (let i = 0; i < 4; i++) delays.add(1_000 + queueMs * 1_000, 1);
}

test('who does not fill its window is spared the slowdowns', () => {
  const ledbat = new Ledbat(PACKET_LENGTH);
  setQueue(ledbat, 20);
  for (let i = 0; i < 20; i++) ledbat.onAck(PACKET_LENGTH, true, 50, i);
  ledbat.onLoss(50, 100);
  const { window } = ledbat;
  for (let i = 0; i < 100; i++) ledbat.onAck(PACKET_LENGTH, false, 50, 200 + i * 10);
  assert.equal(ledbat.window, window);
  ledbat.onAck(PACKET_LENGTH, true, 50, 2_000);
  assert.ok(ledbat.window < window);
});

test('where there is no queue there are no slowdowns, until there is one', () => {
  const ledbat = new Ledbat(PACKET_LENGTH);
  setQueue(ledbat, 5);
  for (let i = 0; i < 20; i++) ledbat.onAck(PACKET_LENGTH, true, 50, i);
  ledbat.onLoss(50, 100);
  const { window } = ledbat;
  for (let i = 0; i < 100; i++) ledbat.onAck(PACKET_LENGTH, true, 50, 200 + i * 10);
  assert.ok(ledbat.window > window);
  setQueue(ledbat, 20);
  ledbat.onAck(PACKET_LENGTH, true, 50, 2_000);
  assert.ok(ledbat.window < window);
});

test('the base delay is the least of ten minutes, over the wrap of 32 bits', () => {
  const delays = new DelayHistory();
  delays.add(0xffff_fff0, 0);
  for (let i = 0; i < 4; i++) delays.add(20_000 - 16, 1_000 + i);
  assert.equal(delays.queueMs, 20);
  for (let minute = 1; minute <= 11; minute++) {
    for (let i = 0; i < 4; i++) delays.add(20_000 - 16, minute * 60_001 + i);
  }
  assert.equal(delays.queueMs, 0, 'a longer way is known as such after ten minutes');
});

test('one sample that was held up says nothing', () => {
  const delays = new DelayHistory();
  for (let i = 0; i < 4; i++) delays.add(1_000, i);
  delays.add(500_000, 5);
  assert.equal(delays.queueMs, 0);
});

test('a peer whose clock is fast does not look like a queue', () => {
  const delays = new DelayHistory();
  for (let i = 0; i < 4; i++) delays.add(1_000, i);
  for (let i = 0; i < 4; i++) delays.add(3_000, 10 + i);
  assert.equal(delays.queueMs, 2);
  delays.onPeerBaseFell(2_000);
  assert.equal(delays.queueMs, 0);
  delays.onPeerBaseFell(1_000_000);
  assert.equal(delays.queueMs, 0, 'another path is not a drift');
});
