/** Ports that count what goes through their connections, and when. */
import type { Conn, Millis, Ports } from '@coequal/base';
import { withConns, withNet, wrapConn } from '../wrapped-ports.ts';

interface Passed {
  readonly at: Millis;
  readonly length: number;
}

export class Meter {
  readonly sent: Passed[] = [];
  readonly received: Passed[] = [];
  dials = 0;
  queuedMax = 0;
  #clock: Ports['clock'] | undefined;

  wrap(ports: Ports): Ports {
    this.#clock = ports.clock;
    return withNet(
      withConns(ports, (conn) => this.#watch(conn)),
      (net) => ({
        dial: (to, signal) => {
          this.dials += 1;
          return net.dial(to, signal);
        },
      }),
    );
  }

  #watch(conn: Conn): Conn {
    const now = (): Millis => this.#clock?.now() ?? 0;
    const { sent, received } = this;
    return wrapConn(conn, {
      start: (onBytes, onClose) =>
        conn.start((view) => {
          received.push({ at: now(), length: view.length });
          onBytes(view);
        }, onClose),
      send: (chunks, onSent) => {
        const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
        sent.push({ at: now(), length });
        const isBelow = conn.send(chunks, onSent);
        this.queuedMax = Math.max(this.queuedMax, conn.queuedBytes);
        return isBelow;
      },
    });
  }
}

/** Bytes in the fullest second, wherever it begins. */
export function fullestSecond(passed: readonly Passed[]): number {
  let fullest = 0;
  let sum = 0;
  let first = 0;
  for (const { at, length } of passed) {
    sum += length;
    for (let left = passed[first]; left !== undefined && left.at <= at - 1_000;) {
      sum -= left.length;
      left = passed[++first];
    }
    fullest = Math.max(fullest, sum);
  }
  return fullest;
}

/** Bytes per second from the first to the last. */
export function meanRate(passed: readonly Passed[]): number {
  const sum = passed.reduce((total, { length }) => total + length, 0);
  const lastedMs = (passed.at(-1)?.at ?? 0) - (passed[0]?.at ?? 0);
  return (sum * 1_000) / lastedMs;
}
