/** What is to be reached, by case, and whether it was. */
import { FIGURES, formatFigure, summaryOf } from './figures.ts';
import type { FigureName, Figures } from './figures.ts';

type Goal = {
  /** Which way of the case must reach it. */
  readonly way: string;
} & (
  | { readonly type: 'at-most'; readonly figure: FigureName; readonly atMost: number }
  /** At most so many times the figure of another way. */
  | {
      readonly type: 'times';
      readonly figure: FigureName;
      readonly than: string;
      readonly atMost: number;
    }
  /** At least so many times as fast as another way, by the figure that is told of every run. */
  | { readonly type: 'speed'; readonly than: string; readonly atLeast: number }
);

const OURS = 'coequal → coequal';
const THEIRS = 'libtorrent → libtorrent';

const GOALS: Readonly<Record<string, readonly Goal[]>> = {
  pair: [
    { way: OURS, type: 'speed', than: THEIRS, atLeast: 1.25 },
    { way: OURS, type: 'times', figure: 'cpuSeconds', than: THEIRS, atMost: 0.8 },
    { way: 'libtorrent → coequal', type: 'speed', than: THEIRS, atLeast: 1 },
    { way: 'coequal → libtorrent', type: 'speed', than: THEIRS, atLeast: 1 },
    { way: OURS, type: 'at-most', figure: 'leechAnonymousMib', atMost: 120 },
    { way: 'libtorrent → coequal', type: 'at-most', figure: 'leechAnonymousMib', atMost: 120 },
  ],
  small: [{ way: OURS, type: 'speed', than: THEIRS, atLeast: 1 }],
  v2: [{ way: OURS, type: 'speed', than: THEIRS, atLeast: 1 }],
  utp: [{ way: OURS, type: 'speed', than: 'webtorrent → webtorrent', atLeast: 2.5 }],
  recheck: [{ way: 'coequal', type: 'speed', than: 'libtorrent', atLeast: 1.2 }],
  create: [
    { way: 'v1: coequal', type: 'times', figure: 'seconds', than: 'v1: mktorrent', atMost: 1.3 },
    { way: 'v2: coequal', type: 'speed', than: 'v2: libtorrent', atLeast: 1.3 },
    { way: 'hybrid: coequal', type: 'speed', than: 'hybrid: libtorrent', atLeast: 1.3 },
  ],
  magnet: [{ way: 'coequal', type: 'at-most', figure: 'milliseconds', atMost: 20 }],
  swarm: [
    { way: 'coequal', type: 'speed', than: 'libtorrent', atLeast: 1 },
    { way: 'coequal', type: 'at-most', figure: 'seedAnonymousMib', atMost: 150 },
  ],
  limited: [
    { way: 'coequal', type: 'at-most', figure: 'seconds', atMost: 7.1 },
    { way: 'coequal', type: 'at-most', figure: 'copies', atMost: 1.05 },
    { way: 'coequal', type: 'at-most', figure: 'wholeSecondMax', atMost: 1.02 },
    { way: 'coequal', type: 'at-most', figure: 'seedAnonymousMib', atMost: 150 },
  ],
  idle: [
    { way: 'coequal', type: 'at-most', figure: 'residentMib', atMost: 100 },
    { way: 'coequal', type: 'at-most', figure: 'idleCpuPercent', atMost: 0.5 },
    { way: 'coequal', type: 'at-most', figure: 'seconds', atMost: 1 },
  ],
  start: [
    { way: 'coequal --version', type: 'at-most', figure: 'milliseconds', atMost: 45 },
    { way: 'coequal info x.torrent', type: 'at-most', figure: 'milliseconds', atMost: 90 },
  ],
};

/** In percent of all cores; with more of them busy elsewhere, times say little. */
export const DISTURBANCE_MAX = 10;

/** Figures that other processes change. */
const TIMES: ReadonlySet<FigureName> = new Set(['seconds', 'milliseconds']);

export interface Verdict {
  readonly goal: string;
  readonly measured: string;
  readonly isMet: boolean;
  /** What is said of time says little: too much of the cores was busy elsewhere. */
  readonly isDisturbed: boolean;
}

/** Goals whose ways were not measured are left out. */
export function verdictsOn(
  name: string,
  main: FigureName,
  runsOf: ReadonlyMap<string, readonly Figures[]>,
): readonly Verdict[] {
  const valueOf = (way: string, figure: FigureName): number | undefined =>
    summaryOf(runsOf.get(way) ?? [], figure);
  return (GOALS[name] ?? []).flatMap((goal) => verdictOn(goal, main, valueOf) ?? []);
}

function verdictOn(
  goal: Goal,
  main: FigureName,
  valueOf: (way: string, figure: FigureName) => number | undefined,
): Verdict | undefined {
  const figure = goal.type === 'speed' ? main : goal.figure;
  const own = valueOf(goal.way, figure);
  const other = goal.type === 'at-most' ? 1 : valueOf(goal.than, figure);
  if (own === undefined || other === undefined) return undefined;
  const ways = goal.type === 'at-most' ? [goal.way] : [goal.way, goal.than];
  const disturbances = ways.map((way) => valueOf(way, 'disturbance') ?? 0);
  const isDisturbed = TIMES.has(figure) && Math.max(...disturbances) > DISTURBANCE_MAX;
  const { label } = FIGURES[figure];
  switch (goal.type) {
    case 'at-most':
      return {
        goal: `${goal.way}: ${label} at most ${goal.atMost}`,
        measured: formatFigure(figure, own),
        isMet: own <= goal.atMost,
        isDisturbed,
      };
    case 'times':
      return {
        goal: `${goal.way}: ${label} at most ${goal.atMost} × ${goal.than}`,
        measured: (own / other).toFixed(2),
        isMet: own <= goal.atMost * other,
        isDisturbed,
      };
    case 'speed':
      return {
        goal: `${goal.way}: at least ${goal.atLeast} × as fast as ${goal.than}`,
        measured: (other / own).toFixed(2),
        isMet: other >= goal.atLeast * own,
        isDisturbed,
      };
  }
}
