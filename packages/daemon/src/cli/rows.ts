/** Rows of a terminal that are drawn again and again, by cli-progress. */
import { MultiBar } from 'cli-progress';
import type { Bar } from 'cli-progress';

/** Rows left to what was there before; cli-progress also needs one below the last bar. */
const ROWS_SPARED = 3;

/** A terminal that does not say its size is taken for the classic one. */
const ROWS_ASSUMED = 24;
const COLUMNS_ASSUMED = 80;

/** Quick enough for the eye; figures change once a second. */
const REDRAWS_PER_SECOND = 4;

/** A terminal that bars are drawn on: stderr. */
export interface BarTerminal extends NodeJS.WritableStream {
  readonly rows?: number | undefined;
  readonly columns?: number | undefined;
}

/** Never more rows than the terminal has room for. */
export class Rows {
  readonly #terminal: BarTerminal;
  readonly #multiBar: MultiBar;
  readonly #bars: Bar[] = [];

  constructor(terminal: BarTerminal) {
    this.#terminal = terminal;
    this.#multiBar = new MultiBar({
      stream: terminal,
      format: (_options, _params, { line }) => line,
      fps: REDRAWS_PER_SECOND,
      clearOnComplete: true,
      hideCursor: true,
      forceRedraw: true,
      gracefulExit: false, // signals are the shell's
    });
  }

  get max(): number {
    return Math.max((this.#terminal.rows || ROWS_ASSUMED) - ROWS_SPARED, 1);
  }

  get columns(): number {
    return this.#terminal.columns || COLUMNS_ASSUMED;
  }

  show(texts: readonly string[]): void {
    const { max } = this;
    // more than there is room for only after the terminal was made smaller
    for (const bar of this.#bars.splice(max)) this.#multiBar.remove(bar);
    while (this.#bars.length < Math.min(texts.length, max)) {
      this.#bars.push(this.#multiBar.create(1, 0, { line: '' }));
    }
    for (const [index, bar] of this.#bars.entries()) bar.update({ line: texts[index] ?? '' });
  }

  /** A line that stays, above the bars. */
  log(line: string): void {
    if (this.#bars.length === 0) {
      this.#terminal.write(`${line}\n`);
      return;
    }
    this.#multiBar.log(`${line}\n`);
    this.#multiBar.update();
  }

  close(): void {
    if (this.#bars.length > 0) this.#multiBar.stop();
    this.#bars.length = 0;
  }
}
