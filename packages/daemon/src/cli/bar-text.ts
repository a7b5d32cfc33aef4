/** The text of progress rows: bars, figures, and names cut to the terminal's width. */
import { count, formatBytes, formatDuration, formatPercent, formatRate, plain } from './format.ts';
import type { TransferMoment } from './transfer-view.ts';

/** Characters of a bar: eighths make 160 steps of it. */
const BAR_WIDTH = 20;

/** Full, and the eighths of a cell. */
const CELLS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'] as const;

export function barText(part: number, whole: number): string {
  const share = whole === 0 ? 1 : Math.min(Math.max(part / whole, 0), 1);
  const eighths = Math.floor(share * BAR_WIDTH * 8);
  const drawn = '█'.repeat(Math.floor(eighths / 8)) + CELLS[eighths % 8];
  return `▕${drawn}${' '.repeat(BAR_WIDTH - displayWidth(drawn))}▏`;
}

/** The row of the whole transfer. What matters less is left out when the terminal is narrow. */
export function overallText(moment: TransferMoment, columns: number): string {
  const { have, total, down, up, peers, piecesHad, pieceCount, etaSeconds } = moment;
  const lead = `${barText(have, total)} ${formatPercent(have, total).padStart(5)}`;
  // by importance, so that each is taken while there is room
  const figures = [
    `${formatRate(down)} down`,
    ...(etaSeconds === undefined ? [] : [`${formatDuration(etaSeconds)} left`]),
    count(peers, 'peer'),
    `${formatRate(up)} up`,
    `${formatBytes(have)} of ${formatBytes(total)}`,
    count(piecesHad, 'piece').replace(' ', ` of ${pieceCount} `),
  ];
  let line = total === 0 ? 'asking peers what it holds' : lead;
  for (const figure of figures) {
    const longer = `${line}  ${figure}`;
    if (displayWidth(longer) >= columns) break;
    line = longer;
  }
  return line;
}

/** The row of one file. */
export function fileText(name: string, have: number, length: number, columns: number): string {
  const lead = `  ${barText(have, length)} ${formatPercent(have, length).padStart(5)}  `;
  return lead + cutStart(plain(name), columns - displayWidth(lead) - 1);
}

/** The end of a text that is too wide: of a path it says more than the beginning. */
export function cutStart(text: string, columns: number): string {
  if (displayWidth(text) <= columns) return text;
  const characters = Array.from(text);
  let width = 1;
  let from = characters.length;
  while (from > 0) {
    width += displayWidth(characters[from - 1] ?? '');
    if (width > columns) break;
    from -= 1;
  }
  return `…${characters.slice(from).join('')}`;
}

const WIDE =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\uff01-\uff60\u3000-\u303f]/u;
const NO_WIDTH = /[\p{Mn}\p{Me}\p{Cf}]/u;

/** Terminal cells: two for the characters of East Asia and emoji, none for what combines. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const character of text) {
    if (WIDE.test(character)) width += 2;
    else if (!NO_WIDTH.test(character)) width += 1;
  }
  return width;
}
