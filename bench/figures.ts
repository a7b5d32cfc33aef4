/** What is measured: names, units, and what stands for several runs. */

interface FigureKind {
  readonly label: string;
  readonly digits: number;
  /** A bound must hold in every run: the highest stands for all, not the median. */
  readonly isPeak?: true;
}

/** Anonymous memory is a program's own: what it maps of files is not counted. */
export const FIGURES = {
  seconds: { label: 'wall s', digits: 2 },
  milliseconds: { label: 'ms', digits: 1 },
  cpuSeconds: { label: 'CPU s', digits: 2 },
  seedCpuSeconds: { label: 'CPU s, seed', digits: 2 },
  leechCpuSeconds: { label: 'CPU s, leech', digits: 2 },
  anonymousMib: { label: 'peak anonymous MiB', digits: 1, isPeak: true },
  seedAnonymousMib: { label: 'peak anonymous MiB, seed', digits: 1, isPeak: true },
  leechAnonymousMib: { label: 'peak anonymous MiB, leech', digits: 1, isPeak: true },
  copies: { label: 'copies the seed sent', digits: 2 },
  wastedMb: { label: 'wasted MB', digits: 1 },
  wholeSecondMax: { label: 'most in a whole second ÷ limit', digits: 3, isPeak: true },
  anySecondMax: { label: 'most in any second ÷ limit', digits: 3, isPeak: true },
  residentMib: { label: 'resident MiB', digits: 1, isPeak: true },
  idleCpuPercent: { label: 'CPU while idle, % of a core', digits: 2 },
  disturbance: { label: 'other processes, % of the cores', digits: 0 },
} as const satisfies Readonly<Record<string, FigureKind>>;

export type FigureName = keyof typeof FIGURES;

/** Of one run. */
export type Figures = Readonly<Partial<Record<FigureName, number>>>;

/** What stands for several runs; undefined when it was not measured. */
export function summaryOf(runs: readonly Figures[], name: FigureName): number | undefined {
  const values = runs.flatMap((run) => run[name] ?? []);
  if (values.length === 0) return undefined;
  return isPeak(name) ? Math.max(...values) : median(values);
}

export function formatFigure(name: FigureName, value: number | undefined): string {
  return value?.toFixed(FIGURES[name].digits) ?? '';
}

function isPeak(name: FigureName): boolean {
  return 'isPeak' in FIGURES[name];
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const [low = 0, high = 0] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  return (low + high) / 2;
}
