/** Progress of work on this computer, such as hashing: a bar on a terminal, events with --json, else nothing. */
import { formatPercent } from './format.ts';
import type { Shell } from './shell.ts';

/** Between two events or redraws. */
const INTERVAL_MS = 250;

export interface WorkView extends Disposable {
  progress(done: number, total: number, format: (amount: number) => string): void;
}

/** `verb` as in "hashing", the name of the field in events. */
export async function openWorkView(shell: Shell, verb: string): Promise<WorkView> {
  let toldAt = -Infinity;
  const isDue = (): boolean => {
    if (performance.now() - toldAt < INTERVAL_MS) return false;
    toldAt = performance.now();
    return true;
  };
  if (shell.isJson) {
    return {
      progress(done, total) {
        if (isDue()) shell.emit({ event: 'progress', done, total });
      },
      [Symbol.dispose]: () => undefined,
    };
  }
  if (!process.stderr.isTTY) {
    return { progress: () => undefined, [Symbol.dispose]: () => undefined };
  }
  const [{ Rows }, { barText }] = await Promise.all([import('./rows.ts'), import('./bar-text.ts')]);
  const rows = new Rows(process.stderr);
  return {
    progress(done, total, format) {
      if (!isDue()) return;
      const figures = `${format(done)} of ${format(total)}`;
      rows.show([`${verb}  ${barText(done, total)} ${formatPercent(done, total)}  ${figures}`]);
    },
    [Symbol.dispose]: () => rows.close(),
  };
}
