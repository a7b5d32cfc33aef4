// The picture in README.md: docs/terminal.svg, rendered from the recorded run docs/terminal.cast.
//
//   node scripts/terminal-picture.ts            render it again
//   node scripts/terminal-picture.ts --record   run the command in a terminal first (needs util-linux)
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { formatRecording, parseRecording, screenAt } from './terminal-screen.ts';
import type { Output, Recording } from './terminal-screen.ts';
import { renderSvg } from './terminal-svg.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const RECORDING = join(ROOT, 'docs/terminal.cast');
const PICTURE = join(ROOT, 'docs/terminal.svg');

const COMMAND = 'coequal demo';
/** Of util-linux: runs a command in a pseudo-terminal, and notes when it writes what. */
const RECORDER = 'script';
const WIDTH = 92;
const HEIGHT = 24;

/** The screen in the middle of the run, and the last one. */
export function pictureOf(recording: Recording): string {
  const { command, width, outputs } = recording;
  const end = outputs.at(-1)?.seconds ?? 0;
  const [half, whole] = [screenAt(recording, end / 2), screenAt(recording, end)];
  const title = `${command}, after ${inSeconds(end / 2)} and at its end`;
  return renderSvg(
    title,
    [
      { caption: `$ ${command}`, rows: half },
      { caption: `at the end, ${inSeconds(end / 2)} later`, rows: whole },
    ],
    width,
  );
}

function inSeconds(seconds: number): string {
  return `${seconds.toFixed(1)} s`;
}

/** Runs the command in a terminal of this size. */
function record(): Recording {
  const folder = mkdtempSync(join(tmpdir(), 'coequal-record-'));
  try {
    const [log, timing] = [join(folder, 'log'), join(folder, 'timing')];
    const run = `stty cols ${WIDTH} rows ${HEIGHT}; exec ${COMMAND}`;
    execFileSync(RECORDER, ['-q', '-e', '-m', 'advanced', '-O', log, '-T', timing, '-c', run], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: {
        ...process.env,
        PATH: [join(ROOT, 'node_modules/.bin'), process.env['PATH']].join(delimiter),
      },
    });
    const outputs = readOutputs(readFileSync(log), readFileSync(timing, 'utf8'));
    return { width: WIDTH, height: HEIGHT, command: COMMAND, outputs };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** `O <seconds since the last> <bytes>` for each write; the log opens with a line of its own. */
function readOutputs(log: Uint8Array, timing: string): Output[] {
  const decoder = new TextDecoder(); // a character may be cut in two by a write
  const outputs: Output[] = [];
  let at = log.indexOf(0x0a) + 1;
  let seconds = 0;
  for (const line of timing.split('\n')) {
    const [kind, delay, length] = line.split(' ');
    if (kind !== 'O') continue;
    seconds += Number(delay);
    const bytes = log.subarray(at, at + Number(length));
    outputs.push({ seconds, text: decoder.decode(bytes, { stream: true }) });
    at += bytes.length;
  }
  return outputs;
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { record: { type: 'boolean' } } });
  if (values.record) writeFileSync(RECORDING, formatRecording(record()));
  writeFileSync(PICTURE, pictureOf(parseRecording(readFileSync(RECORDING, 'utf8'))));
}
