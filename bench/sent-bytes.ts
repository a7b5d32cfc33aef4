/** How evenly a process sends, watched from outside. */
import { fileURLToPath } from 'node:url';
import { PYTHON } from '../packages/bittorrent/test/interop/peers/libtorrent.ts';
import { PeerProcess } from '../packages/bittorrent/test/interop/peers/peer-process.ts';
import { cpuSeconds } from './process-meter.ts';

const SCRIPT = fileURLToPath(new URL('sent-bytes.py', import.meta.url));

/** As the script has it. */
const LOOKS_PER_SECOND = 10;

/** A time in seconds, and how many bytes had been sent by then. */
type Look = readonly [at: number, bytes: number];

/** Bytes per second. */
export interface Pace {
  /** In the busiest of the seconds counted from the first byte. */
  readonly wholeSecondMax: number;
  /** In the busiest second wherever it begins, to a tenth of a second. */
  readonly anySecondMax: number;
}

export class SentBytesMeter implements AsyncDisposable {
  readonly #process: PeerProcess;

  private constructor(process: PeerProcess) {
    this.#process = process;
  }

  /** Resolves when it has looked at the process `pid` for the first time. */
  static async start(pid: number, signal: AbortSignal): Promise<SentBytesMeter> {
    await using resources = new AsyncDisposableStack();
    const command = { command: PYTHON, args: () => [SCRIPT, String(pid)] };
    const process = resources.use(await PeerProcess.start(command, signal));
    await process.whenEvent('watching');
    resources.move();
    return new SentBytesMeter(process);
  }

  /** What watching has cost until now. */
  get cpuSeconds(): number {
    return cpuSeconds(this.#process.pid);
  }

  async stop(): Promise<Pace> {
    await this.#process.stop();
    const { looks } = await this.#process.whenEvent('summary');
    return paceOf(looks as readonly Look[]); // our own script's
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#process[Symbol.asyncDispose]();
  }
}

/** The last second is not whole, and left out. */
function paceOf(looks: readonly Look[]): Pace {
  const before = looks.findLastIndex(([, bytes]) => bytes === looks[0]?.[1]);
  const sending = looks.slice(before);
  const rates = sending.slice(LOOKS_PER_SECOND).map(([at, bytes], index) => {
    const [begin = 0, bytesThen = 0] = sending[index] ?? [];
    return (bytes - bytesThen) / (at - begin);
  });
  const whole = rates.filter((_, index) => index % LOOKS_PER_SECOND === 0);
  return { wholeSecondMax: Math.max(...whole), anySecondMax: Math.max(...rates) };
}
