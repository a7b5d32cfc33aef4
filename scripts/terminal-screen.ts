// A recording of a terminal (asciicast v2), and the screen that it shows at a moment.

/** What was written, and when. */
export interface Recording {
  /** Cells. */
  readonly width: number;
  readonly height: number;
  readonly command: string;
  readonly outputs: readonly Output[];
}

export interface Output {
  /** Since the start. */
  readonly seconds: number;
  readonly text: string;
}

/** One JSON value a line: a header, then `[seconds, "o", text]`. */
export function formatRecording({ width, height, command, outputs }: Recording): string {
  const header = { version: 2, width, height, command };
  const events = outputs.map(({ seconds, text }) => [Number(seconds.toFixed(3)), 'o', text]);
  return [header, ...events].map((line) => `${JSON.stringify(line)}\n`).join('');
}

export function parseRecording(text: string): Recording {
  const [first = '', ...lines] = text.trimEnd().split('\n');
  const { version, width, height, command } = JSON.parse(first);
  if (version !== 2) throw new Error(`not an asciicast of version 2: ${first}`);
  const outputs = lines.map((line) => {
    const [seconds, kind, written] = JSON.parse(line);
    if (kind !== 'o') throw new Error(`not output: ${line}`);
    return { seconds, text: written };
  });
  return { width, height, command, outputs };
}

/** The rows of the screen at a moment, without what is empty at their ends. */
export function screenAt({ width, outputs }: Recording, seconds: number): readonly string[] {
  const screen = new Screen(width);
  for (const output of outputs) if (output.seconds <= seconds) screen.write(output.text);
  return screen.rows;
}

/** An escape sequence (ECMA-48), a line's end, or one character. */
// oxlint-disable-next-line no-control-regex -- escape sequences begin with one
const TOKEN = /\u001b\[(\??)(\d*)([A-Za-z])|[^]/gu;

/** A terminal without scrolling and colours: what it cannot show it refuses, so that no picture lies. */
class Screen {
  readonly #width: number;
  readonly #rows: string[][] = [];
  #row = 0;
  #column = 0;

  constructor(width: number) {
    this.#width = width;
  }

  get rows(): readonly string[] {
    return this.#rows.map((row) => row.join('').trimEnd());
  }

  write(text: string): void {
    for (const [token, mark, number, command] of text.matchAll(TOKEN)) {
      if (command !== undefined && mark === '') this.#obey(command, Number(number), token);
      else if (command === undefined) this.#put(token);
      // modes, such as the cursor being hidden, change no text
    }
  }

  #obey(command: string, count: number, token: string): void {
    const row = this.#cells();
    if (command === 'A') this.#row = Math.max(this.#row - Math.max(count, 1), 0);
    else if (command === 'G') this.#column = Math.max(count, 1) - 1;
    else if (command === 'K' && count === 0) row.length = Math.min(row.length, this.#column);
    else if (command === 'J' && count === 0) {
      row.length = Math.min(row.length, this.#column);
      this.#rows.length = this.#row + 1;
    } else throw new Error(`an escape sequence that is not known here: ${JSON.stringify(token)}`);
  }

  #put(character: string): void {
    if (character === '\r') this.#column = 0;
    else if (character === '\n') this.#row += 1;
    else if (character < ' ' || character === '\u007f') {
      throw new Error(`a control character that is not known here: ${JSON.stringify(character)}`);
    } else {
      const row = this.#cells();
      while (row.length < this.#column) row.push(' ');
      row[this.#column] = character;
      this.#column = Math.min(this.#column + 1, this.#width - 1);
    }
  }

  #cells(): string[] {
    while (this.#rows.length <= this.#row) this.#rows.push([]);
    return this.#rows[this.#row] ?? [];
  }
}
