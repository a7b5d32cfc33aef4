/** A QR code (ISO/IEC 18004) for a terminal: two rows of modules in one line of text. */
import { encode } from 'uqr';

/** Modules of white around it, which readers need. */
const BORDER = 4;
/** Black on white, whatever the colours of the terminal are: readers know no others. */
const BLACK_ON_WHITE = '\u001b[38;5;16;48;5;231m';
const AS_BEFORE = '\u001b[0m';

export function qrText(text: string): string {
  const { data } = encode(text, { ecc: 'L', border: BORDER });
  const lines: string[] = [];
  for (let at = 0; at < data.length; at += 2) {
    const [upper = [], lower = []] = [data[at], data[at + 1]];
    const halves = upper.map((isBlack, column) => halfBlock(isBlack, lower[column] ?? false));
    lines.push(`${BLACK_ON_WHITE}${halves.join('')}${AS_BEFORE}`);
  }
  return lines.join('\n');
}

function halfBlock(upper: boolean, lower: boolean): string {
  if (upper) return lower ? '█' : '▀';
  return lower ? '▄' : ' ';
}
