/** Where a program's time went, by the profiles that Node writes with --cpu-prof. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Lines for each profile. */
const TOP_COUNT = 15;

interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string };
  }[];
  /** Ids of the nodes that were running, and the microseconds since the one before. */
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** For each profile of a folder: its functions by the time spent in themselves. */
export function profileReport(folder: string): readonly string[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.cpuprofile'));
  return names.toSorted().flatMap((name) => {
    const profile: CpuProfile = JSON.parse(readFileSync(join(folder, name), 'utf8'));
    return [`${name}:`, ...topFunctions(profile)];
  });
}

function topFunctions(profile: CpuProfile): readonly string[] {
  const labels = new Map(profile.nodes.map(({ id, callFrame }) => [id, labelOf(callFrame)]));
  const times = new Map<string, number>();
  let total = 0;
  for (const [index, id] of profile.samples.entries()) {
    const label = labels.get(id) ?? '(unknown)';
    const time = profile.timeDeltas[index] ?? 0;
    total += time;
    times.set(label, (times.get(label) ?? 0) + time);
  }
  const sorted = [...times].toSorted(([, a], [, b]) => b - a).slice(0, TOP_COUNT);
  return sorted.map(([label, time]) => {
    const percent = ((time / total) * 100).toFixed(1).padStart(5);
    return `  ${percent} %  ${(time / 1e6).toFixed(2)} s  ${label}`;
  });
}

function labelOf({ functionName, url }: CpuProfile['nodes'][number]['callFrame']): string {
  const file = url.slice(url.lastIndexOf('/') + 1);
  return `${functionName || '(anonymous)'}${file && ` (${file})`}`;
}
