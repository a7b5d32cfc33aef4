/**
 * What the session layer alone costs: two sessions in one process, each message copied once as a carrier would, beside
 * the same messages merely copied. `node packages/mesh/bench/session.ts [MEGABYTES]`.
 */
import { measure, printMachine, printMeasured } from '../../base/bench/report.ts';
import { decodeFrame } from '../src/core/session/frames.ts';
import type { StreamFrame } from '../src/core/session/frames.ts';
import { Session } from '../src/core/session/session.ts';
import { sessionLimits } from '../src/io/links/link-limits.ts';

const CHUNK = 65_536;
const ROUNDS = 3;
const total = Math.ceil((Number(process.argv[2] ?? '4000') * 1e6) / CHUNK) * CHUNK;
const message = new Uint8Array(CHUNK + 64);
const chunk = new Uint8Array(CHUNK).fill(7);

function copied(parts: readonly Uint8Array[]): Uint8Array {
  let at = 0;
  for (const part of parts) {
    message.set(part, at);
    at += part.length;
  }
  return message.subarray(0, at);
}

function copyOnly(): void {
  const head = new Uint8Array(11);
  for (let left = total; left > 0; left -= CHUNK) copied([head, chunk]);
}

function overSessions(): void {
  const limits = (): ReturnType<typeof sessionLimits> => sessionLimits('contact', 'bulk');
  const a = new Session('bulk', true, limits);
  const b = new Session('bulk', false, limits);
  const stream = a.open('bench/1', performance.now());
  let left = total;
  let received = 0;
  while (received < total) {
    const now = performance.now();
    while (left > 0 && stream.queuedBytes < CHUNK * 8) {
      a.send(stream, [chunk]);
      left -= CHUNK;
    }
    for (let parts = a.next(now); parts !== undefined; parts = a.next(now)) {
      const got = b.receive(decodeFrame(copied(parts)) as StreamFrame, now);
      if (got.type === 'offered') b.accept(got.stream);
      if (got.type !== 'data') continue;
      received += got.bytes.length;
      b.read(got.stream, got.bytes.length, now);
    }
    for (let parts = b.next(now); parts !== undefined; parts = b.next(now)) {
      a.receive(decodeFrame(copied(parts)) as StreamFrame, now);
    }
    const back = b.acknowledgement(now + 10);
    const ack = back && decodeFrame(back);
    if (ack?.type === 'acknowledge') a.acknowledge(ack.position, ack.delay / 10, now);
  }
}

printMachine();
console.log(`${total / 1e6} MB, one process`);
for (let round = 0; round < ROUNDS; round++) {
  printMeasured(await measure('copied once', total, async () => copyOnly()));
  printMeasured(await measure('the same by two sessions', total, async () => overSessions()));
}
