/** Reads a QR code that was written to a terminal. */
import jsqr from 'jsqr';

/** Its types are of another form of module than the file that Node loads. */
const readQr = jsqr as unknown as typeof jsqr.default;

/** Of a screen, for each module. */
const PIXELS = 4;

/** What a camera sees of a code in a terminal. Undefined: it is none that a reader knows. */
export function readQrText(text: string): string | undefined {
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
