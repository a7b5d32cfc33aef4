// The picture in README.md shows what a run really printed.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { pictureOf } from '../terminal-picture.ts';
import { formatRecording, parseRecording, screenAt } from '../terminal-screen.ts';
import { renderSvg } from '../terminal-svg.ts';

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');

function recordingOf(...texts: readonly string[]): ReturnType<typeof parseRecording> {
  const outputs = texts.map((text, index) => ({ seconds: index + 1, text }));
  return { width: 20, height: 5, command: 'a command', outputs };
}

test('docs/terminal.svg is what docs/terminal.cast looks like', () => {
  const recording = parseRecording(read('../../docs/terminal.cast'));
  const hint = 'render it: node scripts/terminal-picture.ts';
  assert.ok(read('../../docs/terminal.svg') === pictureOf(recording), hint);
});

test('a recording is read back as it was written', () => {
  const recording = recordingOf('▕██▏ 100 %\r\n', 'done\r\n');
  assert.deepEqual(parseRecording(formatRecording(recording)), recording);
});

test('a screen shows what was written up to its moment', () => {
  const recording = recordingOf(
    'one\r\ntwo',
    '\u001b[1A\u001b[1Gnew\u001b[0K',
    '\u001b[1G\u001b[0J',
  );
  assert.deepEqual(screenAt(recording, 1), ['one', 'two']);
  assert.deepEqual(screenAt(recording, 2), ['new', 'two']);
  assert.deepEqual(screenAt(recording, 3), ['']);
});

test('what a screen cannot show is refused, not left out', () => {
  assert.throws(() => screenAt(recordingOf('\u001b[31mred'), 1), /escape sequence/);
  assert.throws(() => screenAt(recordingOf('a\tb'), 1), /control character/);
});

test('all text of a screen is in the picture, and bars are drawn', () => {
  const rows = ['peer <1>  ▕██▌ ▏  62 %'];
  const svg = renderSvg('a & b', [{ caption: '$ run', rows }], 30);
  for (const text of ['a &amp; b', '$ run', 'peer &lt;1&gt;', '62 %'])
    assert.ok(svg.includes(text));
  assert.match(svg, /class="done" x="\S+" y="\S+" width="21"/); // 2.5 cells of 8.4
});
