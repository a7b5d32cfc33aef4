import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { PeerLink } from '../../../src/io/swarm/peer-link.ts';
import type { Doorkeeper } from '../../../src/io/swarm/peer-link.ts';
import { SharedRates } from '../../../src/io/swarm/shared-limits.ts';
import type {
  LimitedSender,
  Patience,
  UploadLimiter,
} from '../../../src/io/swarm/upload-limiter.ts';
import { FakeClock, FakeConn } from './fake-conn.ts';

const BLOCK = 16_384;
const RATE = 100 * BLOCK;
const FOR_EVER = new AbortController().signal;
const NOBODY: Doorkeeper = {
  admit() {
    throw new Error('no handshake comes here');
  },
  unopened: () => undefined,
};

/** Blocks of a link without end, as a peer that is unchoked asks for them. */
function sendWithoutEnd(
  limiter: UploadLimiter,
  clock: FakeClock,
  patience: Patience = 0,
): { blocks: number; readonly link: PeerLink } {
  const link = new PeerLink(patience, new FakeConn(), clock, NOBODY);
  const sent = { blocks: 0, link };
  const sender: LimitedSender = {
    pump() {
      while (limiter.take(BLOCK, link, sender, patience)) sent.blocks += 1;
    },
  };
  sender.pump(link);
  return sent;
}

/** A download of a guest, which reads and sends no more than it may; counts what it has sent. */
function sendBeside(
  rates: SharedRates,
  length: number,
): { bytes: number; readonly leave: AbortController; readonly ended: Promise<unknown> } {
  const leave = new AbortController();
  const sent = { bytes: 0, leave, ended: Promise.resolve<unknown>(undefined) };
  sent.ended = (async () => {
    using sending = rates.sendBeside(length);
    while (sent.bytes < length)
      sent.bytes += await sending.next(Math.min(262_144, length - sent.bytes), leave.signal);
  })().catch((error: unknown) => error);
  return sent;
}

/** Time as machines and as promises have it. */
async function pass(clock: FakeClock, ms: number): Promise<void> {
  for (const end = clock.now() + ms; clock.now() < end;) {
    clock.pass(1);
    await setImmediate();
  }
}

test('without a limit what is sent beside the torrents waits for nothing', async () => {
  const clock = new FakeClock();
  const rates = new SharedRates({}, clock);
  using sending = rates.sendBeside(1_000_000);
  assert.equal(await sending.next(262_144, FOR_EVER), 262_144);
  rates.setLimits({ uploadBytesPerSecondMax: BLOCK });
  const limited = sending.next(262_144, FOR_EVER);
  await pass(clock, 10);
  assert.equal(await limited, BLOCK, 'a limit that comes holds at once');
  rates.setLimits({});
  assert.equal(await sending.next(262_144, FOR_EVER), 262_144);
  assert.equal(clock.timers, 0);
});

test('links and what is sent beside them share the limit in turns', async () => {
  const clock = new FakeClock();
  const rates = new SharedRates({ uploadBytesPerSecondMax: RATE }, clock);
  const links = [0, 1].map(() => sendWithoutEnd(rates.upload, clock));
  const guests = [0, 1].map(() => sendBeside(rates, 1e9));
  await pass(clock, 10_000);
  const blocks = [...links.map((each) => each.blocks), ...guests.map(({ bytes }) => bytes / BLOCK)];
  const total = blocks.reduce((sum, each) => sum + each, 0);
  assert.ok(Math.abs(total - 1_000) <= 8, `${total} blocks in ten seconds`);
  assert.ok(Math.max(...blocks) - Math.min(...blocks) <= 12, blocks.join(' '));
  for (const { leave, ended } of guests) {
    leave.abort();
    await ended;
  }
});

test('neither links that can wait nor guests beside them starve', async () => {
  const clock = new FakeClock();
  const rates = new SharedRates({ uploadBytesPerSecondMax: RATE }, clock);
  const patient = sendWithoutEnd(rates.upload, clock, 3);
  const guest = sendBeside(rates, 1e9);
  await pass(clock, 5_000);
  assert.ok(patient.blocks > 230 && guest.bytes > 230 * BLOCK, `${patient.blocks} ${guest.bytes}`);
  const before = guest.bytes;
  const urgent = sendWithoutEnd(rates.upload, clock); // as among links, the patient one waits for it
  const waited = patient.blocks;
  await pass(clock, 5_000);
  assert.ok(urgent.blocks > 230 && guest.bytes - before > 230 * BLOCK);
  assert.ok(patient.blocks - waited <= 1);
  guest.leave.abort();
  await guest.ended;
});

test('what a guest leaves goes to others, and what it took and did not send comes back', async () => {
  const clock = new FakeClock();
  const rates = new SharedRates({ uploadBytesPerSecondMax: RATE }, clock);
  {
    using sending = rates.sendBeside(BLOCK);
    assert.equal(await sending.next(1, FOR_EVER), 1);
  }
  const link = sendWithoutEnd(rates.upload, clock);
  assert.ok(link.blocks >= 1, 'what was given back can be had');
  const gone = sendBeside(rates, 1e9);
  gone.leave.abort(new Error('it left'));
  assert.match(String(await gone.ended), /it left/);
  const before = link.blocks;
  await pass(clock, 1_000);
  assert.ok(link.blocks - before >= 98, `${link.blocks - before} blocks`);
  rates.upload.forget(link.link);
  const timers = clock.timers; // those of the link's own
  const alone = sendBeside(rates, 1e9);
  await pass(clock, 10);
  alone.leave.abort();
  await alone.ended;
  assert.equal(clock.timers, timers, 'nobody who waits is no reason to stay awake');
});

test('what comes in beside the torrents shares the limit of reading with connections', async () => {
  const clock = new FakeClock();
  const rates = new SharedRates({ downloadBytesPerSecondMax: RATE }, clock);
  const conn = new FakeConn();
  const guests = [rates.readBeside(), rates.readBeside()];
  const read = [0, 0, 0];
  await pass(clock, 10);
  for (const end = clock.now() + 10_000; clock.now() < end; clock.pass(1)) {
    if (!conn.isPaused) {
      read[0] = (read[0] ?? 0) + BLOCK;
      rates.download.spend(BLOCK, conn);
    }
    for (const [index, guest] of guests.entries()) {
      if (guest.held !== undefined) continue;
      read[index + 1] = (read[index + 1] ?? 0) + BLOCK;
      guest.spend(BLOCK);
    }
  }
  const total = read.reduce((sum, bytes) => sum + bytes, 0);
  assert.ok(Math.abs(total - 10 * RATE) <= 8 * BLOCK, `${total} bytes in ten seconds`);
  assert.ok(Math.max(...read) - Math.min(...read) <= 3 * BLOCK, read.join(' '));
  rates.download.forget(conn);
  const [first, second] = guests;
  first?.spend(BLOCK);
  second?.spend(BLOCK);
  const { held } = first ?? {};
  assert.ok(held);
  for (const guest of guests) guest[Symbol.dispose]();
  await held; // who waits for it is let go
  first?.spend(BLOCK);
  assert.deepEqual([first?.held, clock.timers], [undefined, 0]);
});
