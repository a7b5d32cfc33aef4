import assert from 'node:assert/strict';
import { test } from 'node:test';
import jsqr from 'jsqr';
import { qrText } from '../../src/remote-page/qr-text.ts';

/** Its types are of another form of module than the file that Node loads. */
const readQr = jsqr as unknown as typeof jsqr.default;

/** Of a screen, for each module. */
const PIXELS = 4;

/** What a reader sees of it. */
function readBack(text: string): string | undefined {
  const rows = text.split('\n').flatMap((line) => {
    // a line begins with the colours and ends without them
    const halves = Array.from(line.slice(line.indexOf('m') + 1, line.lastIndexOf('\u001b')));
    return [halves.map((half) => '█▀'.includes(half)), halves.map((half) => '█▄'.includes(half))];
  });
  const [width, height] = [(rows[0]?.length ?? 0) * PIXELS, rows.length * PIXELS];
  const pixels = new Uint8ClampedArray(width * height * 4).fill(255);
  for (let at = 0; at < width * height; at += 1) {
    const [x, y] = [Math.floor((at % width) / PIXELS), Math.floor(at / width / PIXELS)];
    if (rows[y]?.[x] === true) pixels.fill(0, at * 4, at * 4 + 3);
  }
  return readQr(pixels, width, height)?.data;
}

void test('a QR code in the terminal is black on white, and reads as the link', () => {
  const link = `https://192.168.178.123:7228/login?code=${'Aa0_-'.repeat(5).slice(0, 22)}`;
  const shown = qrText(link);
  assert.equal(readBack(shown), link);
  for (const line of shown.split('\n')) {
    assert.ok(line.startsWith('\u001b[38;5;16;48;5;231m'));
    assert.ok(line.endsWith('\u001b[0m'));
  }
  // it fits a terminal of 80 columns and 24 lines
  assert.ok(shown.split('\n').length <= 22, String(shown.split('\n').length));
});
