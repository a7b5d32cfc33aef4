/** How results are told: the machine, then tables in Markdown. */
import { availableParallelism, cpus, loadavg, release, type, totalmem } from 'node:os';
import type { Case, Way } from './case.ts';
import { FIGURES, formatFigure, summaryOf } from './figures.ts';
import type { FigureName, Figures } from './figures.ts';
import { verdictsOn } from './goals.ts';

/** More of them than this are told by their lowest and highest. */
const RUNS_TOLD_MAX = 9;

export interface Result {
  readonly way: Way;
  readonly runs: readonly Figures[];
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

/** The figures of a case, then its goals. */
export function report(name: string, of: Case, results: readonly Result[]): readonly string[] {
  const runsOf = new Map(results.map(({ way, runs }) => [way.name, runs]));
  const verdicts = verdictsOn(name, of.main, runsOf);
  const goals = verdicts.map(({ goal, measured, isMet, isDisturbed }) => {
    return [goal, measured, (isMet ? 'met' : '**missed**') + (isDisturbed ? ', disturbed' : '')];
  });
  return [
    ...table(columnsOf(of, runsOf), results),
    ...(goals.length === 0 ? [] : ['', ...markdown(['goal', 'measured', ''], goals)]),
    ...(of.notes ?? []).flatMap((note) => ['', note]),
  ];
}

interface Column {
  readonly head: string;
  readonly cell: (result: Result) => string;
}

function columnsOf(
  { main, figures, length }: Case,
  runsOf: ReadonlyMap<string, readonly Figures[]>,
): readonly Column[] {
  const told: readonly FigureName[] = [...figures, 'disturbance'];
  const all = [...runsOf.values()].flat();
  const others = told.filter((name) => summaryOf(all, name) !== undefined);
  return [
    { head: '', cell: ({ way }) => way.name },
    mainColumn(main),
    ...(length === undefined ? [] : [rateColumn(main, length)]),
    ...others.map((name) => figureColumn(name)),
    ratioColumn('speed, reference = 1', main, runsOf, (own, reference) => reference / own),
    ...(figures.includes('cpuSeconds')
      ? [ratioColumn('CPU, reference = 1', 'cpuSeconds', runsOf, (own, other) => own / other)]
      : []),
  ];
}

function mainColumn(name: FigureName): Column {
  return {
    head: `${FIGURES[name].label} (all runs)`,
    cell({ runs }) {
      const values = runs.flatMap((run) => run[name] ?? []).toSorted((a, b) => a - b);
      const told = values.length <= RUNS_TOLD_MAX ? values : [values.at(0), values.at(-1)];
      const all = told.map((value) => formatFigure(name, value));
      const middle = formatFigure(name, summaryOf(runs, name));
      return `${middle} (${all.join(values.length <= RUNS_TOLD_MAX ? ', ' : ' to ')})`;
    },
  };
}

function rateColumn(main: FigureName, length: number): Column {
  return {
    head: 'MB/s',
    cell({ runs }) {
      const seconds = summaryOf(runs, main);
      return seconds === undefined ? '' : (length / 1e6 / seconds).toFixed(0);
    },
  };
}

function figureColumn(name: FigureName): Column {
  return {
    head: FIGURES[name].label,
    cell: ({ runs }) => formatFigure(name, summaryOf(runs, name)),
  };
}

function ratioColumn(
  head: string,
  name: FigureName,
  runsOf: ReadonlyMap<string, readonly Figures[]>,
  ratio: (own: number, reference: number) => number,
): Column {
  return {
    head,
    cell({ way, runs }) {
      const own = summaryOf(runs, name);
      const reference = summaryOf(runsOf.get(way.reference ?? '') ?? [], name);
      return own === undefined || reference === undefined ? '' : ratio(own, reference).toFixed(2);
    },
  };
}

function table(columns: readonly Column[], results: readonly Result[]): readonly string[] {
  const rows = results.map((result) => columns.map(({ cell }) => cell(result)));
  return markdown(
    columns.map(({ head }) => head),
    rows,
  );
}

function markdown(
  head: readonly string[],
  rows: readonly (readonly string[])[],
): readonly string[] {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
}
