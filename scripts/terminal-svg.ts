// Screens of a terminal as an SVG that is at home on light and dark pages.

/** A screen, and what is said above it. */
export interface Frame {
  readonly caption: string;
  readonly rows: readonly string[];
}

/** Units of the picture. */
const CELL_WIDTH = 8.4;
const CELL_HEIGHT = 20;
const MARGIN = 20;
/** From the top of a row to the line that its letters stand on. */
const BASELINE = 14.5;
/** Of the parts of a progress bar, above and below it. */
const BAR_INSET = 4;

/** What begins a bar, its full and part-filled cells, and what ends it. */
const BAR = /▕([█▉▊▋▌▍▎▏ ]*)▏/gu;
const EIGHTHS = ' ▏▎▍▌▋▊▉█';

const STYLE = `
    .paper { fill: #f6f8fa; stroke: #d0d7de }
    text { fill: #24292f; font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace; white-space: pre }
    .caption { fill: #57606a }
    .rule { stroke: #d0d7de }
    .track { fill: #d8dee4 }
    .done { fill: #3d7a57 }
    @media (prefers-color-scheme: dark) {
      .paper { fill: #161b22; stroke: #30363d }
      text { fill: #e6edf3 }
      .caption { fill: #8d96a0 }
      .rule { stroke: #30363d }
      .track { fill: #30363d }
      .done { fill: #6fbf8e }
    }`;

/** `title` is what a reader who does not see the picture is told first; then all its text. */
export function renderSvg(title: string, frames: readonly Frame[], columns: number): string {
  const width = Math.ceil(columns * CELL_WIDTH + 2 * MARGIN);
  const parts: string[] = [];
  let top = MARGIN;
  for (const [index, { caption, rows }] of frames.entries()) {
    if (index > 0) {
      const y = top + CELL_HEIGHT / 2;
      parts.push(`<path class="rule" d="M${MARGIN} ${y}H${width - MARGIN}"/>`);
      top += CELL_HEIGHT;
    }
    parts.push(textAt(caption, 0, top, 'caption'));
    top += CELL_HEIGHT;
    for (const row of rows) {
      parts.push(...rowParts(row, top));
      top += CELL_HEIGHT;
    }
  }
  const height = top + MARGIN - 4;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `  <title>${escapeXml(title)}</title>`,
    `  <style>${STYLE}\n  </style>`,
    `  <rect class="paper" x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8"/>`,
    ...parts.map((part) => `  ${part}`),
    '</svg>\n',
  ].join('\n');
}

/** Bars are drawn, since fonts disagree on them; the rest is text, each run of it held to its cells. */
function rowParts(row: string, top: number): string[] {
  const parts: string[] = [];
  const withoutBars = row.replace(BAR, (bar, cells: string, column: number) => {
    parts.push(...barAt(cells, column + 1, top));
    return ' '.repeat(bar.length);
  });
  for (const { 0: run, index } of withoutBars.matchAll(/\S+(?: \S+)*/gu)) {
    parts.push(textAt(run, index, top));
  }
  return parts;
}

function barAt(cells: string, column: number, top: number): string[] {
  const eighths = Array.from(cells, (cell) => EIGHTHS.indexOf(cell));
  const done = eighths.reduce((sum, eighth) => sum + eighth, 0) / 8;
  const rect = (name: string, length: number): string => {
    const [x, width] = [round(MARGIN + column * CELL_WIDTH), round(length * CELL_WIDTH)];
    const [y, height] = [top + BAR_INSET, CELL_HEIGHT - 2 * BAR_INSET];
    return `<rect class="${name}" x="${x}" y="${y}" width="${width}" height="${height}"/>`;
  };
  return [rect('track', cells.length), ...(done > 0 ? [rect('done', done)] : [])];
}

function textAt(text: string, column: number, top: number, name?: string): string {
  const length = round(Array.from(text).length * CELL_WIDTH);
  const x = round(MARGIN + column * CELL_WIDTH);
  const kind = name === undefined ? '' : ` class="${name}"`;
  return `<text${kind} x="${x}" y="${top + BASELINE}" textLength="${length}">${escapeXml(text)}</text>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
