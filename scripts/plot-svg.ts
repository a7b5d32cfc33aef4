// Curves as an SVG that is at home on light and dark pages: panels below each other, over one axis.

export interface Curve {
  readonly name: string;
  /** `bound`: what is not to be gone over. */
  readonly kind: 'first' | 'second' | 'plain' | 'bound';
  /** Along the axis, and up. */
  readonly points: readonly (readonly [number, number])[];
  /** Each point is a measurement of its own. */
  readonly hasDots?: boolean;
}

export interface Panel {
  /** What goes up, with its unit. */
  readonly title: string;
  readonly height: number;
  /** What is above it is drawn there. */
  readonly max: number;
  readonly marks: readonly number[];
  readonly curves: readonly Curve[];
}

export interface Axis {
  /** What goes along, with its unit. */
  readonly title: string;
  readonly min: number;
  readonly max: number;
  readonly isLogarithmic?: boolean;
  readonly marks: readonly number[];
  /** Parts in which something else is the case. */
  readonly shades?: readonly { readonly from: number; readonly until: number }[];
}

/** Units of the picture. */
const WIDTH = 760;
const LEFT = 56;
const RIGHT = 736;
const MARGIN = 16;
/** From the top of a panel to its curves: its title is there. */
const HEAD = 30;
/** Between the lowest panel and the end: the axis and its title. */
const FOOT = 48;
const GAP = 22;
/** Of a name in the legend: its sample, and about a letter. */
const SAMPLE_WIDTH = 30;
const LETTER_WIDTH = 6.4;

const STYLE = `
    .paper { fill: #ffffff; stroke: #d0d7de }
    text { fill: #24292f; font: 12px system-ui, 'DejaVu Sans', sans-serif }
    .mark { fill: #57606a }
    .head { font-weight: 600 }
    .grid { stroke: #d8dee4 }
    .shade { fill: #eef1f4 }
    .curve { fill: none; stroke-width: 2; stroke-linejoin: round }
    .first { stroke: #0b6e99 }
    .second { stroke: #c2410c }
    .plain { stroke: #24292f }
    .bound { stroke: #57606a; stroke-dasharray: 6 4 }
    circle.first { fill: #0b6e99 }
    circle.second { fill: #c2410c }
    circle.bound { fill: #57606a; stroke: none }
    @media (prefers-color-scheme: dark) {
      .paper { fill: #0d1117; stroke: #30363d }
      text { fill: #e6edf3 }
      .mark { fill: #9198a1 }
      .grid { stroke: #30363d }
      .shade { fill: #1c2128 }
      .first { stroke: #58b6e0 }
      .second { stroke: #f0883e }
      .plain { stroke: #e6edf3 }
      .bound { stroke: #9198a1 }
      circle.first { fill: #58b6e0 }
      circle.second { fill: #f0883e }
      circle.bound { fill: #9198a1 }
    }`;

/** `title` is what a reader who does not see the picture is told first; then all its text. */
export function renderPlot(title: string, panels: readonly Panel[], axis: Axis): string {
  let top = MARGIN;
  const drawn: string[] = [];
  for (const panel of panels) {
    drawn.push(drawPanel(panel, axis, top));
    top += HEAD + panel.height + GAP;
  }
  const bottom = top - GAP;
  const height = bottom + FOOT;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">`,
    `<title>${title}</title>`,
    `<style>${STYLE}\n</style>`,
    `<rect class="paper" x="0.5" y="0.5" width="${WIDTH - 1}" height="${height - 1}" rx="6"/>`,
    ...drawn,
    ...axis.marks.map((mark) => text(mark.toLocaleString('en'), xOf(mark, axis), bottom + 18)),
    text(axis.title, (LEFT + RIGHT) / 2, bottom + 36, 'head'),
    '</svg>\n',
  ].join('\n');
}

function drawPanel({ title, height, max, marks, curves }: Panel, axis: Axis, top: number): string {
  const bottom = top + HEAD + height;
  const yOf = (value: number): number => bottom - (Math.min(value, max) / max) * height;
  const lines = marks.map((mark) => {
    const y = round(yOf(mark));
    return (
      `<line class="grid" x1="${LEFT}" x2="${RIGHT}" y1="${y}" y2="${y}"/>` +
      `<text class="mark" x="${LEFT - 8}" y="${y + 4}" text-anchor="end">${mark}</text>`
    );
  });
  const shades = (axis.shades ?? []).map(({ from, until }) => {
    const [x, end] = [xOf(from, axis), xOf(until, axis)];
    return `<rect class="shade" x="${x}" y="${top + HEAD}" width="${round(end - x)}" height="${height}"/>`;
  });
  const paths = curves.map(({ points, kind, hasDots }) => {
    const places = points.map(([x, y]) => [xOf(x, axis), round(yOf(y))] as const);
    const dots = places.map(([x, y]) => `<circle class="${kind}" cx="${x}" cy="${y}" r="3.5"/>`);
    const path = places.map(([x, y]) => `${x},${y}`).join(' ');
    return `<polyline class="curve ${kind}" points="${path}"/>${hasDots === true ? dots.join('') : ''}`;
  });
  const head = `<text class="head" x="${LEFT}" y="${top + 16}">${title}</text>`;
  return [...shades, ...lines, head, ...legend(curves, top), ...paths].join('\n');
}

/** At the right of the title; one curve needs none. */
function legend(curves: readonly Curve[], top: number): string[] {
  if (curves.length < 2) return [];
  let x = RIGHT;
  return curves.toReversed().map(({ name, kind }) => {
    const label = `<text x="${x}" y="${top + 16}" text-anchor="end">${name}</text>`;
    x = round(x - name.length * LETTER_WIDTH);
    const sample = `<line class="curve ${kind}" x1="${round(x - SAMPLE_WIDTH - 2)}" x2="${round(x - 8)}" y1="${top + 12}" y2="${top + 12}"/>`;
    x -= SAMPLE_WIDTH + 14;
    return sample + label;
  });
}

function text(words: string, x: number, y: number, name = 'mark'): string {
  return `<text class="${name}" x="${x}" y="${y}" text-anchor="middle">${words}</text>`;
}

function xOf(value: number, { min, max, isLogarithmic }: Axis): number {
  const scale = isLogarithmic === true ? Math.log : (each: number): number => each;
  const part = (scale(value) - scale(min)) / (scale(max) - scale(min));
  return round(LEFT + part * (RIGHT - LEFT));
}

/** A tenth of a unit is finer than a screen. */
function round(value: number): number {
  return Math.round(value * 10) / 10;
}
