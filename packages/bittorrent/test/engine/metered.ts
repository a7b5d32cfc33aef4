/** Ports that count what goes through their connections, and when. */
import type { Conn, Millis, Ports } from '@coequal/base';

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
    const { net } = ports;
    return {
      ...ports,
      net: {
        dial: async (to, signal) => {
          this.dials += 1;
          return this.#watch(await net.dial(to, signal));
        },
        listen: (at, onConn, signal) => net.listen(at, (conn) => onConn(this.#watch(conn)), signal),
        udp: (at, onDatagrams, signal) => net.udp(at, onDatagrams, signal),
        resolve: (host, signal) => net.resolve(host, signal),
      },
    };
  }

  #watch(conn: Conn): Conn {
    const now = (): Millis => this.#clock?.now() ?? 0;
    const { sent, received } = this;
    const noteQueued = (): void => {
      this.queuedMax = Math.max(this.queuedMax, conn.queuedBytes);
    };
    return {
      remote: conn.remote,
      local: conn.local,
      get queuedBytes() {
        return conn.queuedBytes;
      },
      get onDrain() {
        return conn.onDrain;
      },
      set onDrain(onDrain) {
        conn.onDrain = onDrain;
      },
      start: (onBytes, onClose) =>
        conn.start((view) => {
          received.push({ at: now(), length: view.length });
          onBytes(view);
        }, onClose),
      pause: () => conn.pause(),
      resume: () => conn.resume(),
      send: (chunks, onSent) => {
        const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
        sent.push({ at: now(), length });
        const isBelow = conn.send(chunks, onSent);
        noteQueued();
        return isBelow;
      },
      close: (why) => conn.close(why),
    };
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
