/** Time, and what else this machine did meanwhile. */
import { availableParallelism } from 'node:os';
import { machineCpuSeconds } from './process-meter.ts';

export class Stopwatch {
  readonly #begin = performance.now();
  readonly #machine = machineCpuSeconds();
  readonly #own = process.cpuUsage();

  /**
   * `measured`: processor time of the processes that are measured. What is neither theirs nor this harness's
   * is a disturbance, in percent of all cores.
   */
  stop(measured: number): { readonly seconds: number; readonly disturbance: number } {
    const seconds = (performance.now() - this.#begin) / 1_000;
    const { user, system } = process.cpuUsage(this.#own);
    const all = machineCpuSeconds() - this.#machine;
    const others = Math.max(all - (user + system) / 1e6 - measured, 0);
    return { seconds, disturbance: (100 * others) / (seconds * availableParallelism()) };
  }
}
