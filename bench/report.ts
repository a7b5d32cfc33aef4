/** How results are told: the machine, then a table in Markdown. */
import { availableParallelism, cpus, loadavg, release, type, totalmem } from 'node:os';
import type { Measured } from './measure.ts';

export interface Result {
  readonly name: string;
  readonly runs: readonly Measured[];
}

export function machine(): readonly string[] {
  const gib = (totalmem() / 2 ** 30).toFixed(0);
  const [load = 0] = loadavg();
  return [
    `- ${cpus()[0]?.model.trim() ?? 'unknown processor'}, ${availableParallelism()} cores, ${gib} GiB`,
    `- ${type()} ${release()}, Node ${process.version}`,
    `- ${new Date().toISOString().slice(0, 16)}Z, load average at the start ${load.toFixed(2)}`,
  ];
}

/** Of each result the run with the median time; `reference` names the one that others are compared with. */
export function table(
  results: readonly Result[],
  length: number,
  reference: string,
): readonly string[] {
  const referenceRuns = results.find(({ name }) => name === reference)?.runs;
  const referenceSeconds = referenceRuns && median(referenceRuns).seconds;
  const isTransfer = results.some(({ runs }) => runs[0]?.seed !== undefined);
  const head = [
    isTransfer ? 'seed → leech' : 'client',
    'wall s (all runs)',
    'MB/s',
    isTransfer ? 'CPU s seed + leech' : 'CPU s',
    isTransfer ? 'anonymous MiB seed, leech' : 'anonymous MiB',
    'other processes',
    `speed, ${reference} = 1`,
  ];
  const rows = results.map(({ name, runs }) => {
    const { seconds, seed, leech, disturbance } = median(runs);
    const all = runs.map((run) => run.seconds.toFixed(2)).join(', ');
    const cpu = [seed, leech].flatMap((end) => (end ? [end.cpuSeconds.toFixed(2)] : []));
    const memory = [seed, leech].flatMap((end) => (end ? [String(end.anonymousMib)] : []));
    return [
      name,
      `${seconds.toFixed(2)} (${all})`,
      (length / 1e6 / seconds).toFixed(0),
      cpu.join(' + '),
      memory.join(', '),
      `${(disturbance * 100).toFixed(0)} %`,
      referenceSeconds === undefined ? '' : (referenceSeconds / seconds).toFixed(2),
    ];
  });
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
}

function median(runs: readonly Measured[]): Measured {
  const sorted = runs.toSorted((a, b) => a.seconds - b.seconds);
  const middle = sorted[Math.floor((sorted.length - 1) / 2)];
  if (!middle) throw new Error('nothing was measured');
  return middle;
}
