/** Chooses how a transfer is shown: to a program, on a terminal, or as a log. */
import { linesView } from './lines-view.ts';
import type { Shell } from './shell.ts';
import { jsonView } from './transfer-view.ts';
import type { TransferView } from './transfer-view.ts';

/** `now` in milliseconds. */
export async function openView(shell: Shell, now: () => number): Promise<TransferView> {
  if (shell.isJson) return jsonView(shell);
  if (process.stderr.isTTY) {
    const { barsView } = await import('./bars-view.ts');
    return barsView(shell, process.stderr);
  }
  return linesView(shell, now);
}
