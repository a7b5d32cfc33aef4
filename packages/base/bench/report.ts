/** How a bench prints: its machine first, then a line for each measurement. */
import { availableParallelism, cpus } from 'node:os';

export function printMachine(): void {
  const model = cpus()[0]?.model ?? 'unknown processor';
  const { platform, arch, version } = process;
  console.log(`${model}, ${availableParallelism()} cores, ${platform} ${arch}, Node ${version}`);
}

export interface Measured {
  readonly input: string;
  readonly bytes: number;
  readonly milliseconds: number;
  /** User and system time of this process over all its threads. */
  readonly cpuMilliseconds: number;
}

export function printMeasured({ input, bytes, milliseconds, cpuMilliseconds }: Measured): void {
  const rate = bytes / 1e6 / (milliseconds / 1e3);
  const cost = cpuMilliseconds / 1e3 / (bytes / 1e9);
  console.log(`${input}: ${rate.toFixed(0)} MB/s, ${cost.toFixed(2)} CPU s/GB`);
}

/** Runs `work` and takes its time. */
export async function measure(
  input: string,
  bytes: number,
  work: () => Promise<void>,
): Promise<Measured> {
  const start = performance.now();
  const cpuStart = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(cpuStart);
  return {
    input,
    bytes,
    milliseconds: performance.now() - start,
    cpuMilliseconds: (user + system) / 1e3,
  };
}
