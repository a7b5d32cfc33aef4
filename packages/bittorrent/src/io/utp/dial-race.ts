/** Which transport a peer is dialled over: TCP, uTP, or both, of which the first that connects is taken. */
import { LocalFault, sleep } from '@coequal/base';
import type { Conn, Endpoint, Millis, Net, Ports } from '@coequal/base';
import type { SharedUdp } from './shared-udp.ts';

/** `both`: TCP is dialled first, and uTP where that does not connect at once. */
export type Transport = 'tcp' | 'utp' | 'both';

/** The first has so long for itself: three round trips to the other side of the earth. */
const HEAD_START_MS: Millis = 1_000;

type Dial = Net['dial'];

export function dialOver(transport: Transport, udp: SharedUdp | undefined, ports: Ports): Dial {
  const { net, clock } = ports;
  const tcp: Dial = (to, signal) => net.dial(to, signal);
  if (udp === undefined || transport === 'tcp') return tcp;
  const utp: Dial = (to, signal) => udp.dial(to, signal);
  if (transport === 'utp') return utp;
  return (to, signal) => race([tcp, utp], to, clock, signal);
}

/** The other way round, where both are used: uTP has the time for itself. */
export function dialUtpFirst(
  transport: Transport,
  udp: SharedUdp | undefined,
  { net, clock }: Ports,
): Dial | undefined {
  if (udp === undefined || transport !== 'both') return undefined;
  const tcp: Dial = (to, signal) => net.dial(to, signal);
  const utp: Dial = (to, signal) => udp.dial(to, signal);
  return (to, signal) => race([utp, tcp], to, clock, signal);
}

/** Rejects with what the first met with when both fail, or the signal's reason. */
async function race(
  [first, second]: readonly [Dial, Dial],
  to: Endpoint,
  clock: Ports['clock'],
  signal: AbortSignal,
): Promise<Conn> {
  const attempts = [new Attempt(first, to, signal)];
  try {
    await headStart(attempts, clock, signal);
    // without an address to leave from, the other has none either
    if (isAddressGone(attempts[0]?.problem)) throw attempts[0]?.problem;
    if (attempts.every(({ conn }) => conn === undefined)) {
      attempts.push(new Attempt(second, to, signal));
      const allEnded = Promise.all(attempts.map(({ ended }) => ended));
      await Promise.race([allEnded, ...attempts.map(({ connected }) => connected)]);
    }
    signal.throwIfAborted();
    const quickest = attempts.find(({ conn }) => conn !== undefined)?.take();
    if (quickest === undefined) throw attempts[0]?.problem;
    return quickest;
  } finally {
    for (const attempt of attempts) attempt.giveUp();
  }
}

/** Resolves when the first has ended, or its time for itself is over. */
async function headStart(
  [first]: readonly Attempt[],
  clock: Ports['clock'],
  signal: AbortSignal,
): Promise<void> {
  const over = new AbortController();
  try {
    const time = sleep(clock, HEAD_START_MS, AbortSignal.any([signal, over.signal]));
    await Promise.race([first?.ended, time]);
  } finally {
    over.abort();
  }
}

/** One of the dials that run beside each other. */
class Attempt {
  conn: Conn | undefined;
  problem: unknown;
  /** Resolves when it has a connection, and never when it has none. */
  readonly connected: Promise<void>;
  /** Resolves in any case. */
  readonly ended: Promise<void>;
  readonly #stop = new AbortController();

  constructor(dial: Dial, to: Endpoint, signal: AbortSignal) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.connected = promise;
    this.ended = this.#run(dial, to, AbortSignal.any([signal, this.#stop.signal]), resolve);
  }

  /** Its connection, which is no longer its own. */
  take(): Conn | undefined {
    const { conn } = this;
    this.conn = undefined;
    return conn;
  }

  /** Ends the dial, and a connection that nobody took. */
  giveUp(): void {
    this.#stop.abort();
    if (this.conn !== undefined) discard(this.conn);
    this.conn = undefined;
  }

  async #run(dial: Dial, to: Endpoint, signal: AbortSignal, onConn: () => void): Promise<void> {
    try {
      const conn = await dial(to, signal);
      if (this.#stop.signal.aborted) discard(conn);
      else {
        this.conn = conn;
        onConn();
      }
    } catch (error) {
      this.problem = error;
    }
  }
}

function isAddressGone(problem: unknown): boolean {
  return problem instanceof LocalFault && problem.code === 'ADDRESS_GONE';
}

function discard(conn: Conn): void {
  conn.start(
    () => {},
    () => {},
  );
  conn.close();
}
